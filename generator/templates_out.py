"""The folder templates_out/: written whole, never edited by hand, compared with what the project renders to."""

import difflib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from generator.errors import SpotRunnerError

FOLDER = "templates_out"
OF_PRESETS = "preset-*.json"
READABLE = 0o644


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One file that is not as rendered; `diff` is a unified diff from the file to what is rendered.

    A `stray` file is rendered from nothing; one of a preset that is gone is `gone`.
    """

    file: str
    kind: Literal["differs", "missing", "gone", "stray"]
    diff: str = ""

    def __str__(self) -> str:
        """Return a line that says what is wrong and what mends it."""
        return f"{FOLDER}/{self.file} {REMEDIES[self.kind]}"


@dataclass(frozen=True, kw_only=True)
class Written:
    """What writing changed, by file name; `stray` files were left alone."""

    written: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    stray: tuple[str, ...]


def differences(root: Path, rendered: Mapping[str, str]) -> tuple[Difference, ...]:
    """Return every file that is not as rendered, by name."""
    folder = root / FOLDER
    names = sorted({*rendered, *_present(folder)})
    return tuple(difference for name in names for difference in _difference(folder / name, rendered.get(name)))


def refuse(found: Iterable[Difference]) -> None:
    """Raise with a line for each file that is not as rendered, unless there is none."""
    lines = [str(difference) for difference in found]
    if lines:
        raise SpotRunnerError("\n".join(lines))


def write(root: Path, rendered: Mapping[str, str]) -> Written:
    """Write what differs, each file whole or not at all, and remove files of presets that are gone, nothing else."""
    folder = root / FOLDER
    found = differences(root, rendered)
    with _explained(folder):
        folder.mkdir(exist_ok=True)
        for difference in found:
            if difference.kind == "gone":
                (folder / difference.file).unlink()
            elif difference.file in rendered:
                _replace(folder / difference.file, rendered[difference.file])
    written = tuple(each.file for each in found if each.file in rendered)
    return Written(
        written=written,
        removed=tuple(each.file for each in found if each.kind == "gone"),
        unchanged=tuple(sorted(rendered.keys() - set(written))),
        stray=tuple(each.file for each in found if each.kind == "stray"),
    )


def _present(folder: Path) -> Iterator[str]:
    if folder.is_dir():
        yield from (path.name for path in folder.iterdir() if not path.name.startswith("."))


def _difference(path: Path, rendered: str | None) -> Iterator[Difference]:
    if rendered is None:
        yield Difference(file=path.name, kind="gone" if path.match(OF_PRESETS) else "stray")
        return
    with _explained(path):
        found = path.read_bytes() if path.exists() else None
    if found is None:
        yield Difference(file=path.name, kind="missing")
    elif found != rendered.encode():
        yield Difference(file=path.name, kind="differs", diff=_diff(path.name, found, rendered))


def _diff(name: str, found: bytes, rendered: str) -> str:
    before = found.decode("utf-8", "backslashreplace").splitlines(keepends=True)
    lines = difflib.unified_diff(
        before, rendered.splitlines(keepends=True), fromfile=f"{FOLDER}/{name}", tofile=f"{FOLDER}/{name} as rendered"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _replace(path: Path, content: str) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode())
        Path(temporary).chmod(READABLE)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SpotRunnerError(f"{error.filename or path} cannot be used: {error.strerror}") from error


REMEDIES = {
    "differs": "is not what the project renders to: run `spot-runner render`, and never edit it by hand",
    "missing": "is missing: run `spot-runner render`",
    "gone": "belongs to a preset that is gone: run `spot-runner render`",
    "stray": "is rendered from nothing: remove it",
}
