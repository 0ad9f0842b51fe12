"""Whatever ends `spot-runner local`, the commands that it runs end with it, and no folder stays."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LONGEST_SECONDS = 120


def processes_with(variable: str) -> list[str]:
    """Return the command lines of the processes that have a variable in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if variable.encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_text())
        except OSError:
            continue  # it has ended, or is somebody else's
    return found


@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_to_it_alone_ends_the_commands_too_and_no_folder_stays(
    tmp_path: Path, number: signal.Signals, exit_code: int
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "generator", "local", "--serve"],
        cwd=ROOT, env=os.environ | {"TMPDIR": str(tmp_path)}, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        said = next(line for line in process.stdout or () if "foundation: deploying" in line)  # by the command below it
        assert len(list(tmp_path.glob("spot-runner-*"))) == 2, said
        process.send_signal(number)
        process.communicate(timeout=LONGEST_SECONDS)
    assert process.returncode == exit_code
    assert processes_with(f"TMPDIR={tmp_path}") == []
    assert list(tmp_path.iterdir()) == []
