"""What a machine boots with: a script and what it finds around it, in a folder that stands for the machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Image:
    """What every instance runs.

    `script` is what runs at boot, with its `#!` line; `files` are further programs, by their path below the machine's
    folder. `environment` goes above what a machine is told by itself; `{machine}` in it stands for that folder. `path`
    holds folders of programs that the machine's own PATH lists, behind the commands that are played. `withheld` are
    paths of metadata, such as `meta-data/tags/instance/team`, of which a machine is not told.
    """

    script: str
    files: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    path: tuple[Path, ...] = ()
    withheld: frozenset[str] = frozenset()

    def install(self, machine: Path) -> Path:
        """Write all programs below a machine's folder and return the path of the script."""
        for name, text in {**self.files, "boot": self.script}.items():
            program = machine / name
            program.parent.mkdir(parents=True, exist_ok=True)
            program.write_text(text)
            program.chmod(0o755)
        return machine / "boot"
