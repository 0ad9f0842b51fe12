"""A zip whose bytes follow from its content alone: no clock, no umask, no order of a directory."""

import stat
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can name
READABLE = (stat.S_IFREG | 0o644) << 16
UNIX = 3
LEVEL = 6


def write(files: Mapping[PurePosixPath, Path], target: Path) -> None:
    """Write a zip of files under the names given, sorted; `target` appears whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".") as folder:
        unfinished = Path(folder, target.name)
        with zipfile.ZipFile(unfinished, "w") as archive:
            for name in sorted(files):
                archive.writestr(entry(name), files[name].read_bytes(), zipfile.ZIP_DEFLATED, LEVEL)
        unfinished.replace(target)


def entry(name: PurePosixPath) -> zipfile.ZipInfo:
    """Return a zip entry that is the same wherever and whenever it is made."""
    info = zipfile.ZipInfo(str(name), EARLIEST)
    info.create_system = UNIX
    info.external_attr = READABLE
    return info


def unpacked_size(path: Path) -> int:
    """Return the bytes that the files of a zip need when they are unpacked."""
    with zipfile.ZipFile(path) as archive:
        return sum(info.file_size for info in archive.infolist())
