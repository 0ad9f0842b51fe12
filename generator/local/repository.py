"""A real git repository of a team that uses spot-runner, in a temporary directory."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from generator.errors import SpotRunnerError

AUTHOR = ("-c", "user.name=A platform team", "-c", "user.email=platform@example.invalid")
INPUTS = ("spot-runner.yaml", "presets", "templates_out")


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A git work tree; `origin` is a bare repository beside it, so that branches have a tip to be compared with."""

    path: Path

    def git(self, *arguments: str) -> str:
        """Run git and return what it printed."""
        run = subprocess.run(["git", *AUTHOR, *arguments], cwd=self.path, capture_output=True, text=True, check=False)
        if run.returncode:
            raise SpotRunnerError(f"git {' '.join(arguments)} failed: {run.stderr.strip()}")
        return run.stdout.strip()

    def merge(self, message: str) -> str:
        """Commit everything, push it to main, and return the commit's short name."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.push()

    def revert(self) -> str:
        """Revert the last commit, push the revert, and return its short name."""
        self.git("revert", "--no-edit", "HEAD")
        return self.push()

    def push(self) -> str:
        """Push main and return the short name of its tip."""
        self.git("push", "--quiet", "--set-upstream", "origin", "main")
        return self.git("rev-parse", "--short", "HEAD")


def found_repository(project: Path, home: Path) -> Repository:
    """Copy what a team commits from `project` into a new repository below `home`, with one commit on main."""
    work, origin = home / "team", home / "team.git"
    work.mkdir()
    for name in INPUTS:
        source = project / name
        if source.is_dir():
            shutil.copytree(source, work / name)
        else:
            shutil.copy(source, work / name)
    repository = Repository(path=work)
    subprocess.run(["git", "init", "--quiet", "--bare", str(origin)], check=True)
    repository.git("init", "--quiet", "--initial-branch", "main")
    repository.git("remote", "add", "origin", str(origin))
    repository.merge("Runners for everyone")
    return repository
