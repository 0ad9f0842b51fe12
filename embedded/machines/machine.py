"""One machine: a folder, and the processes that stand for what runs on it."""

import shutil
import threading
from collections.abc import Mapping
from pathlib import Path

from embedded.machines.image import Image
from embedded.processes import ProcessGroup

COMMANDS = Path(__file__).parent / "commands"
SYSTEM = "/usr/local/bin:/usr/bin:/bin"  # without the folders of what only root calls: nothing there may be reached


class Machine:
    """The processes of one instance, all in one group."""

    def __init__(self, folder: Path, image: Image, environment: Mapping[str, str]) -> None:
        """Boot at once; `environment` says where this machine finds its AWS."""
        self.folder, self.ended = folder, threading.Event()
        played = folder / "played"
        shutil.copytree(COMMANDS, played)
        for name in ("home", "tmp"):
            (folder / name).mkdir()
        script = image.install(folder)
        known = self._environment(played, image, environment)
        self._processes = ProcessGroup([script], folder=folder, environment=known, output=folder / "console")

    @property
    def console(self) -> str:
        """Return what its processes wrote so far."""
        return (self.folder / "console").read_text(errors="replace")

    @property
    def pid(self) -> int:
        """Return the id of the process of its script, which is also that of the group."""
        return self._processes.pid

    def exit_code(self, seconds: float) -> int:
        """Wait for the end of its script, and of no other process; raises subprocess.TimeoutExpired."""
        return self._processes.wait(seconds)

    def end(self) -> None:
        """Kill everything that runs on it; may be called again."""
        if not self.ended.is_set():
            self._processes.kill()
            self._processes.wait()
            self.ended.set()

    def _environment(self, played: Path, image: Image, given: Mapping[str, str]) -> dict[str, str]:
        own = {name: value.replace("{machine}", str(self.folder)) for name, value in image.environment.items()}
        always = {
            "HOME": str(self.folder / "home"),
            "LANG": "C.UTF-8",
            "MACHINE": str(self.folder),
            "PATH": ":".join([str(played), *map(str, image.path), SYSTEM]),
            "TMPDIR": str(self.folder / "tmp"),
            **given,
        }
        return {**always, **own, "MACHINE_KEEPS": ",".join([*always, "MACHINE_KEEPS"])}
