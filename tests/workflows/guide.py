"""docs/gitops.md as a new team reads it: its set-up, block by block, from an empty folder."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt

from embedded.aws.server import EmbeddedAws
from embedded.github.id_tokens import Job
from embedded.github.server import PlayedGitHub
from embedded.github.world import Repository, Token
from tests import team
from tests.git import checked_out, git
from tests.workflows.act import BIN, Act, Run

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "gitops.md"
SECONDS = 120
ADMINISTRATOR = {"actions": "read", "administration": "read"}
# ssh, were GitHub a folder: git calls it with the host and the command that is to be run there.
SSH = """#!/bin/sh
[ "$1" = git@github.com ] && cd "$GITHUB_FOLDER" && exec git shell -c "$2"
"""
GIT_CONFIG = "[user]\n\tname = A platform team\n\temail = platform@example.invalid\n"


def blocks() -> list[tuple[str, str]]:
    """Return the fenced blocks of the guide's set-up, in their order: language and text."""
    text = GUIDE.read_text(encoding="utf-8").partition("\n## Set-up\n")[2].partition("\n## ")[0]
    return [(token.info, token.content) for token in MarkdownIt().parse(text) if token.type == "fence"]


def settings() -> dict[str, str]:
    """Return what the set-up tells a team to write into spot-runner.yaml, by the last part of each key."""
    (text,) = [text for language, text in blocks() if language == "yaml"]
    return dict(_leaves(yaml.safe_load(text)))


def full_name() -> str:
    """Return the repository that the set-up clones."""
    named = re.search(r"git clone git@github\.com:(\S+)\.git", "\n".join(commands()))
    assert named
    return named[1]


def commands() -> list[str]:
    """Return the lines that the set-up tells a team to type."""
    return [line for language, text in blocks() if language == "sh" for line in text.splitlines()]


@dataclass(kw_only=True)
class Newcomer:
    """Somebody who types what the guide says, with an account, a GitHub and a machine that has just been set up."""

    home: Path
    aws: EmbeddedAws
    github: PlayedGitHub
    repository: Repository
    act: Act
    typed: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    @property
    def origin(self) -> Path:
        """Return the repository at GitHub."""
        return self.home / "github.com" / f"{self.repository.full_name}.git"

    @property
    def around(self) -> dict[str, str]:
        """Return what leads commands to the played clouds."""
        return {
            "AWS_ENDPOINT_URL": self.aws.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "GITHUB_API_URL": self.github.api_url,
            "SPOT_RUNNER_TARGET": "host",
        }

    def be_at_home(self) -> None:
        """Set the newcomer's machine up: git knows who they are, and how GitHub is reached."""
        person = self.home / "person"
        person.mkdir()
        (person / ".gitconfig").write_text(GIT_CONFIG)
        (person / "ssh").write_text(SSH)
        (person / "ssh").chmod(0o755)

    def use_the_template(self) -> None:
        """Make the repository of everything that is committed here, as GitHub does: in one commit.

        Presets and settings are those that the template comes with, whatever a team has made of them here.
        """
        git(self.home, "init", "--quiet", "--bare", str(self.origin))
        git(self.home, "clone", "--quiet", str(self.origin), "template")
        for name in git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines():
            if not name.startswith(team.THEIRS) and (ROOT / name).is_file():
                (self.home / "template" / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, self.home / "template" / name)
        team.put(self.home / "template")
        git(self.home / "template", "add", "--all")
        git(self.home / "template", "commit", "--quiet", "--message", "Initial commit")
        git(self.home / "template", "push", "--quiet", "origin", "main")

    def follow(self) -> None:
        """Do what the set-up says; what is pushed starts a deployment."""
        folder = self.home / "empty"
        folder.mkdir()
        for language, text in blocks():
            if language == "yaml":
                _edit(folder / "spot-runner.yaml", settings())
                continue
            for line in text.splitlines():
                before = self.tip()
                folder = self.type(line, folder)
                if self.tip() != before:
                    self.runs.append(self.deployed())

    def type(self, line: str, folder: Path) -> Path:
        """Run one line in a shell, which must succeed, and return the folder in which it leaves the shell."""
        self.typed.append(line)
        if (folder / "Makefile").exists():
            _install(folder / ".venv")
        done = subprocess.run(
            ["sh", "-c", f"{line} && pwd"], cwd=folder, env=self._shell(), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return Path(done.stdout.splitlines()[-1])

    def tip(self) -> str:
        """Return the commit that GitHub has on main."""
        return git(self.origin, "rev-parse", "main")

    def deployed(self) -> Run:
        """Run deploy.yml for a push, as GitHub does."""
        clone = checked_out(self.home, f"clone-{len(self.runs)}", self.origin, self.tip())
        job = self.github.job(Job(repository=self.repository, environment="production"))
        owner, name = self.repository.owner, self.repository.name
        payload = {"ref": "refs/heads/main", "repository": {"name": name, "owner": {"login": owner}}}
        named = {"GITHUB_REPOSITORY": self.repository.full_name}
        return self.act.run(clone, "deploy.yml", "push", payload, {**self.around, **named, **job})

    def readme(self) -> str:
        """Return the README that people see at GitHub."""
        return git(self.origin, "show", "main:README.md")

    def _shell(self) -> dict[str, str]:
        """Return the newcomer's environment: nothing of this project, and the rights that the guide asks for."""
        self.github.world.tokens["github_pat"] = Token(
            login="octocat", permissions=ADMINISTRATOR, repositories=(self.repository.full_name,),
            kind="personal access token",
        )  # fmt: skip
        return {
            **self.around,
            "PATH": os.pathsep.join(one for one in os.environ["PATH"].split(os.pathsep) if Path(one) != BIN),
            "HOME": str(self.home / "person"),
            "GIT_SSH_COMMAND": str(self.home / "person" / "ssh"),
            "GIT_SSH_VARIANT": "simple",
            "GITHUB_FOLDER": str(self.home / "github.com"),
            "GITHUB_TOKEN": "github_pat",
            "AWS_ACCESS_KEY_ID": "administrator",
            "AWS_SECRET_ACCESS_KEY": "any",
        }


def _leaves(tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _leaves(value)
        else:
            yield key, value


def _edit(file: Path, values: Mapping[str, str]) -> None:
    """Give each key of a file, which must be there once, another value."""
    text = file.read_text(encoding="utf-8")
    for key, value in values.items():
        text, found = re.subn(rf"(?m)^(\s*{key}:) .*$", rf"\1 {json.dumps(value)}", text)
        assert found == 1, key
    file.write_text(text, encoding="utf-8")


def _install(folder: Path) -> None:
    """Stand in for what `make` downloads: an environment that is ready, newer than the locks of any clone."""
    folder.mkdir(exist_ok=True)
    if not (folder / "bin").exists():
        (folder / "bin").symlink_to(BIN)
    (folder / "ready").touch()
