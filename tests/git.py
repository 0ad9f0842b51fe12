"""Real git repositories: one that is worked in, its bare origin, and clones as actions/checkout makes them."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

CONFIGURATION = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main")
ALL_HISTORY = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder and return what it printed."""
    done = subprocess.run(["git", *CONFIGURATION, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A work tree on branch main."""

    path: Path

    def commit(self, file: str, text: str = "x") -> str:
        """Write a file, commit everything, and return the commit."""
        (self.path / file).write_text(text)
        return self.commit_all(file)

    def commit_all(self, message: str) -> str:
        """Commit whatever there is, and return the commit."""
        git(self.path, "add", "--all")
        git(self.path, "commit", "--quiet", "--message", message)
        return git(self.path, "rev-parse", "HEAD")

    def push(self, *options: str) -> str:
        """Push main, and return its tip."""
        git(self.path, "push", "--quiet", "--set-upstream", *options, "origin", "main")
        return git(self.path, "rev-parse", "HEAD")


def work_tree_with_origin(folder: Path) -> Repository:
    """Make `work`, whose remote `origin` is the bare repository `origin.git` beside it."""
    git(folder, "init", "--quiet", "--bare", "origin.git")
    git(folder, "init", "--quiet", "work")
    git(folder / "work", "remote", "add", "origin", str(folder / "origin.git"))
    return Repository(path=folder / "work")


def checked_out(folder: Path, name: str, origin: Path, sha: str, reference: str = "refs/heads/main") -> Path:
    """Clone as actions/checkout does it with `fetch-depth: 0`, for an event about a commit of a branch.

    Without a `reference` as with `ref: ${{ github.sha }}`: HEAD is detached.
    https://github.com/actions/checkout/blob/main/src/git-source-provider.ts
    """
    clone = folder / name
    git(folder, "init", "--quiet", name)
    git(clone, "remote", "add", "origin", str(origin))
    git(clone, "fetch", "--prune", "--no-recurse-submodules", "origin", *ALL_HISTORY)
    if not reference:
        git(clone, "checkout", "--force", sha)
        return clone
    branch = reference.removeprefix("refs/heads/")
    if git(clone, "rev-parse", f"refs/remotes/origin/{branch}") != sha:
        git(clone, "fetch", "--prune", "origin", f"+{sha}:refs/remotes/origin/{branch}")
    git(clone, "checkout", "--force", "-B", branch, f"refs/remotes/origin/{branch}")
    return clone
