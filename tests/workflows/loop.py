"""A team's whole loop: its repository, GitHub, an AWS account, and the workflows of this repository run by act."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import requests
import yaml

from embedded.aws.server import EmbeddedAws
from embedded.github.clock import Clock
from embedded.github.id_tokens import Job
from embedded.github.server import PlayedGitHub
from embedded.github.world import Issue, Repository, Token
from tests import team
from tests.git import checked_out, git, work_tree_with_origin
from tests.github_api import check
from tests.workflows.act import Act, Run

ROOT = Path(__file__).parents[2]
FULL_NAME = "octo-org/runners"
URL = f"https://github.com/{FULL_NAME}"
MAIN = "refs/heads/main"
BOT = "github-actions[bot]"
PERMISSIONS = {"issues": "write", "pull_requests": "write", "actions": "write"}
ADMINISTRATOR = {"AWS_ACCESS_KEY_ID": "administrator", "AWS_SECRET_ACCESS_KEY": "any"}
# What a team commits: all that is committed here but the tests of the tool, and what is its own.
LEFT_OUT = ("tests/", "bench/", "docs/", *team.THEIRS)


class AwsClock(Clock):
    """GitHub's time is AWS's."""

    def __init__(self, aws: EmbeddedAws) -> None:
        super().__init__()
        self._aws = aws

    def now(self) -> datetime:
        """Return the time, in whole seconds."""
        return self._aws.clock.now().replace(microsecond=0)


@dataclass(kw_only=True)
class Loop:
    """One team: what it does, and what others see of it."""

    home: Path
    aws: EmbeddedAws
    github: PlayedGitHub
    repository: Repository
    act: Act
    clones: int = 0

    # What the team does

    @property
    def work(self) -> Path:
        """Return the work tree in which the team edits."""
        return self.home / "work"

    def git(self, *arguments: str) -> str:
        """Run git in the work tree."""
        return git(self.work, *arguments)

    def commit(self, message: str) -> str:
        """Commit everything on the current branch, push it, and return the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.push()

    def push(self) -> str:
        """Push the current branch and return its tip."""
        branch = self.git("branch", "--show-current")
        self.git("push", "--quiet", "--set-upstream", "origin", branch)
        return self.git("rev-parse", "HEAD")

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that stands in a file, and render the templates."""
        path = self.work / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        rendered = self.command("render")
        assert rendered.returncode == 0, rendered.stderr

    def command(self, *arguments: str, environ: Mapping[str, str] = ADMINISTRATOR) -> subprocess.CompletedProcess[str]:
        """Run spot-runner in the work tree, as an administrator unless `environ` says who."""
        outside = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return subprocess.run(
            [sys.executable, "-m", "generator", *arguments], cwd=self.work, env={**outside, **self.around, **environ},
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    # What GitHub does

    @cached_property
    def around(self) -> dict[str, str]:
        """Return what leads every command to the played clouds, and what every job has."""
        return {
            "AWS_ENDPOINT_URL": self.aws.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "GITHUB_API_URL": self.github.api_url,
            "GITHUB_REPOSITORY": FULL_NAME,
            "GITHUB_TOKEN": "ghs_job",
            "PYTHONPATH": str(ROOT),
            "SPOT_RUNNER_TARGET": "host",
        }

    def checkout(self, sha: str, reference: str = "refs/heads/main") -> Path:
        """Return a new clone as actions/checkout makes it for an event."""
        self.clones += 1
        clone = checked_out(self.home, f"clone-{self.clones}", self.home / "origin.git", sha, reference)
        git(clone, "remote", "set-url", "origin", URL)
        git(clone, "config", f"url.file://{self.home}/origin.git.insteadOf", URL)
        return clone

    def pull_request(self, title: str) -> Issue:
        """Open a pull request from the current branch."""
        return self.github.world.add_issue(self.repository, "octocat", title, is_pull_request=True)

    def checked(self, pull_request: Issue, *, head: str = FULL_NAME, author: str = "octocat") -> Run:
        """Run check.yml for the tip of the current branch."""
        sha, base = self.git("rev-parse", "HEAD"), self.git("rev-parse", "origin/main")
        payload = {
            "number": pull_request.number,
            "pull_request": {
                "number": pull_request.number,
                "user": {"login": author},
                "head": {"sha": sha, "repo": {"full_name": head}},
                "base": {"sha": base, "ref": "main"},
            },
        }
        clone = self.checkout(base, reference="")  # GitHub merges the pull request into its branch as it is now
        git(clone, "merge", "--quiet", "--no-ff", "--no-edit", sha)
        reference = f"refs/pull/{pull_request.number}/merge"
        trusted = head == FULL_NAME
        return self._run(clone, "check.yml", "pull_request", payload, reference if trusted else None)

    def deployed(self, sha: str | None = None) -> Run:
        """Run deploy.yml for a push of main; `sha` is an old one when somebody runs it again."""
        clone = self.checkout(sha or self.git("rev-parse", "origin/main"))
        return self._run(clone, "deploy.yml", "push", {})

    def reported(self, cron: str = "7,37 * * * *") -> Run:
        """Run status.yml as its schedule does."""
        clone = self.checkout(self.git("rev-parse", "origin/main"))
        return self._run(clone, "status.yml", "schedule", {"schedule": cron})

    def rebuilt(self, preset: str) -> Run:
        """Run rebuild.yml as a person does."""
        clone = self.checkout(self.git("rev-parse", "origin/main"))
        payload = {"inputs": {"preset": preset, "environment": "production"}}
        return self._run(clone, "rebuild.yml", "workflow_dispatch", payload)

    def _run(
        self, clone: Path, workflow: str, event: str, payload: Mapping[str, Any], reference: str | None = MAIN
    ) -> Run:
        """Run a workflow for an event of a reference; None is a stranger's, who gets no token."""
        repository = {"full_name": FULL_NAME, "name": "runners", "owner": {"login": "octo-org"}}
        whole = {"ref": reference or MAIN, **payload, "repository": {**repository, "default_branch": "main"}}
        token = self.github.job(self._identity(clone, workflow, event, reference)) if reference else {}
        return self.act.run(clone, workflow, event, whole, {**self.around, **token})

    def _identity(self, clone: Path, workflow: str, event: str, reference: str) -> Job:
        """Return what a token says of the one job that may have one: its environment is what the file says."""
        jobs = yaml.safe_load((clone / ".github" / "workflows" / workflow).read_text())["jobs"].values()
        named = {str(job.get("environment", "")) for job in jobs if "id-token" in job["permissions"]} or {""}
        (environment,) = named
        environment = environment.replace("${{ matrix.environment }}", "production")
        return Job(repository=self.repository, event=event, ref=reference, environment=environment)

    # What everybody sees

    def status(self) -> dict[str, Any]:
        """Ask the deployed /status."""
        return dict(requests.get(f"{self.api_url}/status", timeout=30).json())

    def badge(self) -> str:
        """Ask for the README's badge."""
        return requests.get(f"{self.api_url}/badge.svg", timeout=30).text

    @property
    def api_url(self) -> str:
        """Return where the deployed API answers."""
        name = "/spot-runner/stack/api-url"
        return str(self.aws.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])

    def preset(self, name: str) -> dict[str, Any]:
        """Return what /status says of one preset."""
        return next(one for one in self.status()["presets"] if one["name"] == name)

    def template(self, preset: str) -> dict[str, Any]:
        """Return the template of a preset's stack as it is deployed."""
        cloudformation = self.aws.client("cloudformation")
        return dict(cloudformation.get_template(StackName=f"spot-runner-preset-{preset}")["TemplateBody"])

    def builds(self) -> int:
        """Return how many builds there ever were."""
        images = self.aws.client("imagebuilder")
        pages = images.get_paginator("list_image_build_versions").paginate()
        return sum(len(page["imageSummaryList"]) for page in pages)

    def issues(self) -> list[Issue]:
        """Return the issues that were filed, without pull requests."""
        return [one for one in self.repository.issues.values() if not one.is_pull_request]

    def pass_time(self, span: timedelta) -> None:
        """Let time pass in AWS and at GitHub; what falls due on the way happens."""
        self.aws.settle()
        self.aws.advance(span.total_seconds())
        self.aws.settle()


@contextmanager
def a_team(home: Path, start: datetime) -> Iterator[Loop]:
    """Give a team that has made a repository from this one, and an account where bootstrap has been."""
    with EmbeddedAws(start=start) as aws, PlayedGitHub(clock=AwsClock(aws)) as github:
        aws.imagebuilder.phase_seconds = 300
        repository = github.world.add_repository(FULL_NAME)
        github.world.add_workflow(repository, "status.yml")
        github.world.tokens["ghs_job"] = Token(login=BOT, permissions=PERMISSIONS, repositories=(FULL_NAME,))
        work = work_tree_with_origin(home).path
        for name in git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines():
            if not name.startswith(LEFT_OUT) and (ROOT / name).is_file():
                (work / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, work / name)
        team.put(work)
        loop = Loop(home=home, aws=aws, github=github, repository=repository, act=Act(home=home / "act"))
        loop.commit("From the template")
        set_up = loop.command("bootstrap", "--yes")
        assert set_up.returncode == 0, set_up.stderr
        yield loop
        check(github)
