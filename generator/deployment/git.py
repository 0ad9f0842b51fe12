"""What git knows: the commit that last touched a preset, and whether HEAD may decide that a preset is gone."""

import os
import subprocess
from pathlib import Path

from generator.errors import SpotRunnerError

REMOTE_SECONDS = 60
FULL_CLONE = "fetch the whole history (`git fetch --unshallow`, or `fetch-depth: 0` of actions/checkout)"


def last_commit(root: Path, paths: tuple[str, ...]) -> str:
    """Return the commit that last touched any of the paths, or an empty string outside of git."""
    return _git(root, "log", "-1", "--format=%H", "--", *paths) or ""


def check_tip(root: Path) -> None:
    """Refuse to prune from a shallow clone, a detached HEAD, or a HEAD that is not the tip of its branch.

    The tip is asked of the remote itself: a clone does not know what was merged since it was made. A branch without
    a remote is its own tip.
    """
    head = _git(root, "rev-parse", "HEAD")
    if not head:
        raise _refused("this is not a git repository with a commit", "run it in the repository")
    if _git(root, "rev-parse", "--is-shallow-repository") != "false":
        raise _refused("this clone is shallow", FULL_CLONE)
    branch = _git(root, "symbolic-ref", "--quiet", "--short", "HEAD")
    if not branch:
        raise _refused(f"HEAD is detached at {head[:12]}", "check out the branch that is deployed")
    remote = _git(root, "config", f"branch.{branch}.remote")
    reference = _git(root, "config", f"branch.{branch}.merge")
    if remote and reference:
        _check_remote(root, head, branch, remote, reference)


def _check_remote(root: Path, head: str, branch: str, remote: str, reference: str) -> None:
    answer = _git(root, "ls-remote", "--exit-code", remote, reference)
    if not answer:
        raise _refused(f"{remote} does not tell the tip of {reference}", "check the network and the credentials of git")
    tip = answer.split()[0]
    if tip != head:
        raise _refused(
            f"HEAD is {head[:12]}, the tip of {remote}/{branch} is {tip[:12]}", "deploy the tip: pull, or push first"
        )


def _refused(why: str, remedy: str) -> SpotRunnerError:
    return SpotRunnerError(f"--prune refused: {why}, so it cannot be known which presets are gone: {remedy}")


def _git(root: Path, *arguments: str) -> str | None:
    """Return what git prints, or None when it fails; it never asks for a password."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            timeout=REMOTE_SECONDS,
            check=False,
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
        )
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
