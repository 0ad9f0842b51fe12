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

    def begin(self, branch: str) -> None:
        """Begin a branch at the tip of main."""
        self.git("switch", "--quiet", "--create", branch, "main")

    def commit(self, message: str) -> None:
        """Commit everything on the branch that is checked out, and push it."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        self.push()

    def revert(self) -> None:
        """Revert the last commit on the branch that is checked out, and push it."""
        self.git("revert", "--no-edit", "HEAD")
        self.push()

    def merge(self, message: str) -> str:
        """Squash the branch that is checked out into main, push main, and return the short name of its tip."""
        branch = self.git("branch", "--show-current")
        self.git("switch", "--quiet", "main")
        self.git("merge", "--quiet", "--squash", branch)
        self.git("commit", "--quiet", "--message", message)
        self.push()
        return self.git("rev-parse", "--short", "HEAD")

    def push(self) -> None:
        """Push the branch that is checked out."""
        self.git("push", "--quiet", "--set-upstream", "origin", "HEAD")


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
    repository.commit("Runners for everyone")
    return repository
