"""What a machine boots with: a script and what it finds around it, in a folder that stands for the machine."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

IDLE = "#!/bin/sh\nexec sleep infinity\n"


@dataclass(frozen=True, kw_only=True)
class Image:
    """What every instance runs.

    `script` is what runs at boot, with its `#!` line; `files` are further programs, by their path below the machine's
    folder. `environment` goes above what a machine is told by itself; `{machine}` in it stands for that folder. `path`
    holds folders of programs that the machine's own PATH lists, behind the commands that are played. `withheld` are
    paths of metadata, such as `meta-data/tags/instance/team`, of which a machine is not told.

    `tag` is a tag of the images that `script` is baked into; without it, it is in every image. Any other image has
    nothing of its own to run, but a script in its user data, as cloud-init runs one at the first boot.
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html
    """

    script: str
    files: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    path: tuple[Path, ...] = ()
    withheld: frozenset[str] = frozenset()
    tag: str = ""

    def of(self, tags: Collection[str], user_data: str) -> "Image":
        """Return what an instance runs whose image has these tags, and that was given these user data."""
        if not self.tag or self.tag in tags:
            return self
        return replace(self, script=user_data if user_data.startswith("#!") else IDLE)

    def install(self, machine: Path) -> Path:
        """Write all programs below a machine's folder and return the path of the script."""
        for name, text in {**self.files, "boot": self.script}.items():
            program = machine / name
            program.parent.mkdir(parents=True, exist_ok=True)
            program.write_text(text)
            program.chmod(0o755)
        return machine / "boot"
