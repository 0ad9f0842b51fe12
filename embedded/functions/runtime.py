"""What a function finds beside its own code: the runtime, boto3 and time-machine, and nothing else of this machine."""

import importlib.metadata
import re
from pathlib import Path

PACKAGES = ("awslambdaric", "boto3", "time-machine")
_EXTRA = re.compile(r";.*\bextra\b")


def make_runtime_directory(directory: Path) -> None:
    """Fill `directory` with links to the installed runtime packages and all that they need."""
    for distribution in _closure(PACKAGES):
        for entry in {Path(file).parts[0] for file in distribution.files or ()}:
            link, target = directory / entry, Path(str(distribution.locate_file(entry)))
            if entry not in {"..", "__pycache__"} and not link.exists():
                link.symlink_to(target.resolve())


def _closure(names: tuple[str, ...]) -> list[importlib.metadata.Distribution]:
    found: dict[str, importlib.metadata.Distribution] = {}
    wanted = list(names)
    while wanted:
        name = re.sub(r"[-_.]+", "-", wanted.pop()).lower()
        if name not in found:
            found[name] = importlib.metadata.distribution(name)
            wanted += [
                match[0]
                for requirement in found[name].requires or ()
                if not _EXTRA.search(requirement) and (match := re.match(r"[\w.-]+", requirement))
            ]
    return list(found.values())
