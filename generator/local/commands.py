"""Commands that the played team runs: whatever ends this process, a command ends first, and tidies up."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

LAST_WORDS_SECONDS = 45


@contextmanager
def running(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Run a command in a folder as long as the block lasts; its standard error goes with its standard output.

    It has a session of its own, so that a Ctrl-C reaches it from here alone, and only once: a second signal would
    break into its tidying up.
    """
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _end(process)


def _end(process: "subprocess.Popen[str]") -> None:
    """Let a command tidy up and go; one that does not is killed."""
    if process.poll() is None:
        process.terminate()
        try:
            process.communicate(timeout=LAST_WORDS_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
    process.communicate()
