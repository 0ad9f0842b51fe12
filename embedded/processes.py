"""Processes in a group of their own, so that whatever they start ends with them."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path


class ProcessGroup:
    """A command and all that it starts; what they write goes to one file."""

    def __init__(
        self, command: Sequence[str | Path], *, folder: Path, environment: Mapping[str, str], output: Path
    ) -> None:
        """Start at once."""
        with output.open("ab") as written:
            self._leader = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Return the id of the command's process, which is also that of the group."""
        return self._leader.pid

    @property
    def exit_code(self) -> int | None:
        """Return how the command itself ended, or None while it runs."""
        return self._leader.poll()

    def wait(self, seconds: float | None = None) -> int:
        """Wait for the command itself and return its exit code; raises subprocess.TimeoutExpired."""
        return self._leader.wait(seconds)

    def kill(self) -> None:
        """Kill the command and all that it started."""
        with suppress(ProcessLookupError):  # nothing of it is left
            os.killpg(self._leader.pid, signal.SIGKILL)
