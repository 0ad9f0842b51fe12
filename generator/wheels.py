"""Third-party wheels of functions, from a lock with hashes, for a Python that may not be this one."""

import hashlib
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import uv

from generator.errors import SpotRunnerError

LONGEST_REASON = 300
# What an installer writes about itself, and scripts: they differ by machine and time, and no function reads them.
INSTALLERS_OWN = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", ".lock"})


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a bundle will run: `tag` names it in the cache, `arguments` tell uv."""

    tag: str
    arguments: tuple[str, ...]


HOST = f"{sysconfig.get_platform()}-{sys.implementation.cache_tag}"
TARGETS = {
    # python3.13 on arm64 runs on Amazon Linux 2023, glibc 2.34:
    # https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
    "production": Target(
        tag="aarch64-manylinux_2_28-cpython-313",
        arguments=("--python-platform", "aarch64-manylinux_2_28", "--python-version", "3.13"),
    ),
    "host": Target(tag=HOST, arguments=()),
}


def files(lock: Path, target: Target, cache: Path) -> dict[PurePosixPath, Path]:
    """Return the files of a lock's wheels by their names in a bundle; they are installed into `cache` once.

    Raises SpotRunnerError when they cannot be installed.
    """
    tree = cache / f"{hashlib.sha256(lock.read_bytes()).hexdigest()[:16]}-{target.tag}"
    if not tree.exists():
        install(lock, target, tree)
    found = {PurePosixPath(path.relative_to(tree).as_posix()): path for path in tree.rglob("*") if path.is_file()}
    return {name: path for name, path in found.items() if belongs(name)}


def belongs(name: PurePosixPath) -> bool:
    """Tell whether a file of an installed tree belongs into a bundle."""
    return name.name not in INSTALLERS_OWN and name.parts[0] != "bin" and "__pycache__" not in name.parts


def install(lock: Path, target: Target, tree: Path) -> None:
    """Install a lock's wheels into `tree`, which appears whole or not at all; another process may be first."""
    tree.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=tree.parent, prefix=".") as folder:
        unfinished = Path(folder, "tree")
        run_uv(lock, target, unfinished)
        try:
            unfinished.rename(tree)
        except OSError:
            if not tree.exists():
                raise


def run_uv(lock: Path, target: Target, folder: Path) -> None:
    """Have uv install the wheels of a lock, exactly those, into a folder."""
    command = (
        *(uv.find_uv_bin(), "pip", "install", "--quiet", "--target", str(folder), "--python", sys.executable),
        *("--only-binary", ":all:", "--require-hashes", "--no-deps", "--link-mode", "copy", *target.arguments),
        *("--requirements", str(lock)),
    )
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        reason = " ".join(done.stderr.split())[:LONGEST_REASON]
        raise SpotRunnerError(
            f"{lock.parent.name}/{lock.name}: its wheels cannot be installed ({reason}): "
            "check the network, or name a mirror of PyPI in UV_DEFAULT_INDEX, and repeat"
        )
