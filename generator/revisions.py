"""What the project was at a git revision: read from the repository alone, the work tree stays as it is."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from generator.errors import SpotRunnerError, UsageError
from generator.git import FULL_CLONE


def base(root: Path, revision: str) -> str:
    """Return the commit at which HEAD left a revision: the merge base, so that what was merged since is not mixed in.

    Raises UsageError for a revision that is not there, SpotRunnerError where the history is too short to tell.
    """
    if _git(root, "rev-parse", "--verify", "--quiet", "HEAD") is None:
        raise SpotRunnerError("--against compares with git, and this is not a git repository with a commit")
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        raise UsageError(
            f"--against: {revision!r} is not a commit, branch or tag of this clone: fetch it, or {FULL_CLONE}"
        )
    found = _git(root, "merge-base", commit.strip(), "HEAD")
    if found is None:
        raise SpotRunnerError(f"--against: HEAD and {revision!r} have no common commit in this clone: {FULL_CLONE}")
    return found.strip()


def names(root: Path, commit: str, folder: str) -> tuple[str, ...]:
    """Return the names of the files that a folder of the project had, sorted."""
    listed = _git(root, "ls-tree", "--name-only", "-z", commit, f"./{folder}/") or ""
    return tuple(sorted(_names(listed)))


def file(root: Path, commit: str, path: str) -> str | None:
    """Return the text of a file of the project, or None if it was not there."""
    return _git(root, "cat-file", "blob", f"{commit}:./{path}")


def _names(listed: str) -> Iterator[str]:
    yield from (path.rpartition("/")[2] for path in listed.split("\0") if path)


def _git(root: Path, *arguments: str) -> str | None:
    """Return what git prints, or None when it fails."""
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
