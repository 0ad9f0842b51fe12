"""Whatever ends `spot-runner local`, the commands that it runs end with it, and no folder stays."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ELSEWHERE = "environments:\n  production: {account: '210987654321'}\n"
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


@pytest.mark.parametrize(
    ("number", "exit_code", "stack", "folders"),
    [(signal.SIGINT, 130, "bootstrap", 1), (signal.SIGTERM, 143, "foundation", 2)],  # a deploy has a folder of its own
    ids=["Ctrl-C", "SIGTERM"],
)
def test_a_signal_to_it_alone_ends_the_commands_too_and_no_folder_stays(
    root: Path, tmp_path: Path, number: signal.Signals, exit_code: int, stack: str, folders: int
) -> None:
    settings, home = root / "spot-runner.yaml", tmp_path / "home"
    settings.write_text(settings.read_text() + ELSEWHERE)  # what is played is production, wherever that is
    home.mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", "generator", "local", "--serve"],
        cwd=root, env=os.environ | {"TMPDIR": str(home)}, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        said = next(line for line in process.stdout or () if f"{stack}: deploying" in line)  # by the command below it
        assert len(list(home.glob("spot-runner-*"))) == folders, said
        assert len(processes_with(f"TMPDIR={home}")) > 1, said
        process.send_signal(number)
        process.communicate(timeout=LONGEST_SECONDS)
    assert process.returncode == exit_code
    assert processes_with(f"TMPDIR={home}") == []
    assert list(home.iterdir()) == []
