"""What git knows of a preset: the commit that last touched it."""

import os
import re
import subprocess
from pathlib import Path

from generator.errors import SpotRunnerError

REMOTE_SECONDS = 60
RECIPE_HASH = re.compile(r'"RecipeHash": "([0-9a-f]{16})"')  # as templates_out/ writes it: one resource's property
FULL_CLONE = "fetch the whole history (`git fetch --unshallow`, or `fetch-depth: 0` of actions/checkout)"


def last_commit(root: Path, paths: tuple[str, ...]) -> str:
    """Return the commit that last touched any of the paths, or an empty string outside of git."""
    return run(root, "log", "-1", "--format=%H", "--", *paths) or ""


def origin(root: Path) -> str:
    """Return the URL of the remote `origin`, or an empty string where there is none."""
    return run(root, "remote", "get-url", "origin") or ""


def last_recipe_commit(root: Path, preset: str) -> str:
    """Return the commit that brought the preset's present recipe, a revert too; empty outside of git or if unsure.

    That is the last one that changed how often the template gives this hash to the custom resource. The oldest commit
    of a shallow clone seems to bring everything, so that a shallow clone is not believed.
    """
    found = _recipe_hash(root, preset, "HEAD")
    if found is None or run(root, "rev-parse", "--is-shallow-repository") != "false":
        return ""
    return run(root, "log", "-1", "--format=%H", f"-S{found[0]}", "--", _template(preset)) or ""


def recipe_hash_before(root: Path, preset: str, commit: str) -> str:
    """Return the hash of the other recipe that a revert of the commit brings back; empty where there was none.

    The commit that added a preset, or the first of a repository made from a template, takes no recipe's place.
    """
    before, after = (_recipe_hash(root, preset, revision) for revision in (f"{commit}^", commit))
    return before[1] if before and after and before[1] != after[1] else ""


def _template(preset: str) -> str:
    return f"templates_out/preset-{preset}.json"


def _recipe_hash(root: Path, preset: str, revision: str) -> re.Match[str] | None:
    return RECIPE_HASH.search(run(root, "show", f"{revision}:./{_template(preset)}") or "")


def refuse_shallow(root: Path) -> None:
    """Refuse a clone without its history: the commit that last touched a preset would be a wrong one."""
    if run(root, "rev-parse", "--is-shallow-repository") == "true":
        raise SpotRunnerError(
            f"deploy refused: this clone is shallow, so it cannot be known which commit last touched a preset: "
            f"{FULL_CLONE}"
        )


def run(root: Path, *arguments: str) -> str | None:
    """Return what git prints, without outer blanks, or None when it fails; it never asks for a password."""
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
