"""One reproducible zip per function: what it imports, nothing else, named by the hash of its sources."""

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from generator import archive, import_graph, wheels
from generator.errors import SpotRunnerError, UsageError

ROOT = Path(__file__).parents[1]
BUILDER = "1"  # the builder's version: raised when the same sources are bundled in another way
LOCK = Path("lambdas", "requirements.txt")
# Functions that may carry third-party wheels, and do once they import one; boto3 comes from the runtime.
MAY_CARRY_WHEELS = frozenset({"launch", "reconcile"})
RUNTIME = frozenset({"boto3", "botocore", *sys.stdlib_module_names})
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LARGEST_ZIP = 50 * 2**20
LARGEST_UNPACKED = 250 * 2**20


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """One function's zip: `key` in the artifact bucket, `path` on this disk, `size` in bytes."""

    function: str
    key: str
    path: Path
    size: int


def keys(root: Path = ROOT) -> dict[str, str]:
    """Return the S3 key of every function's bundle, from the sources alone: the same for every target, no network."""
    return {function: key(root, function) for function in import_graph.functions(root)}


def key(root: Path, function: str) -> str:
    """Return the S3 key of one function: a SHA-256 over its sources, its lock and the builder's version."""
    needs = import_graph.needs(root, function)
    sources = [(str(file), digest(root / file)) for file in needs.files]
    lock = digest(root / LOCK) if carries_wheels(function, needs) else None
    content = json.dumps({"builder": BUILDER, "lock": lock, "sources": sources}, sort_keys=True)
    return f"bundles/{function}-{hashlib.sha256(content.encode()).hexdigest()}.zip"


def carries_wheels(function: str, needs: import_graph.Needs) -> bool:
    """Tell whether a function's zip holds the wheels: five megabytes are unpacked at each cold start."""
    return function in MAY_CARRY_WHEELS and not needs.outside.keys() <= RUNTIME


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def build(root: Path, target: str, out: Path) -> tuple[Bundle, ...]:
    """Bundle every function for a target, `production` or `host`, into a folder of `out`; see `building`."""
    return tuple(building(root, target, out))


def building(root: Path, target: str, out: Path) -> Iterator[Bundle]:
    """Bundle the functions one by one, sorted by name, so that a caller can show how far it is.

    Raises UsageError for an unknown target, SpotRunnerError when a function cannot run in Lambda as it is.
    """
    if target not in wheels.TARGETS:
        raise UsageError(f"target is {target!r}, expected {' or '.join(sorted(wheels.TARGETS))}")
    for function in import_graph.functions(root):
        yield bundle(root, function, target, out)


def bundle(root: Path, function: str, target: str, out: Path) -> Bundle:
    """Bundle one function and check that Lambda takes it."""
    needs = import_graph.needs(root, function)
    files = {file: root / file for file in needs.files}
    if carries_wheels(function, needs):
        files |= wheels.files(root / LOCK, wheels.TARGETS[target], out / "wheels")
    refuse_missing(function, needs.outside, files)
    name = key(root, function)
    path = out / target / PurePosixPath(name).name
    archive.write(files, path)
    made = Bundle(function=function, key=name, path=path, size=path.stat().st_size)
    refuse_large(path.name, made.size, archive.unpacked_size(path))
    return made


def refuse_missing(function: str, outside: Mapping[str, PurePosixPath], files: Mapping[PurePosixPath, Path]) -> None:
    """Refuse imports that nobody would answer in Lambda."""
    carried = {name.parts[0].removesuffix(".py") for name in files}
    for module, file in outside.items():
        if module not in RUNTIME and module not in carried:
            raise SpotRunnerError(
                f"{file}: imports {module}, which {function} does not have in Lambda: "
                "expected the standard library, boto3, or a wheel of a function that carries wheels"
            )


def refuse_large(name: str, size: int, unpacked: int) -> None:
    """Refuse a bundle that Lambda would not take; sizes in bytes."""
    if size > LARGEST_ZIP or unpacked > LARGEST_UNPACKED:
        raise SpotRunnerError(
            f"{name}: {size:,} bytes, unpacked {unpacked:,}: "
            f"Lambda takes {LARGEST_ZIP:,} and {LARGEST_UNPACKED:,}; import less or carry fewer wheels"
        )
