"""The doctor run in a team's files, and an account and a GitHub that are set up."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from embedded.aws.server import EmbeddedAws
from embedded.github.server import PlayedGitHub
from generator.cli import app
from tests import team
from tests.github import GitHubServer, serve

Run = Callable[..., tuple[int, str, str]]
ADMINISTRATOR = {"actions": "read", "administration": "read"}
Rows = Callable[..., dict[str, list[dict[str, Any]]]]


@pytest.fixture
def rows(run: Run) -> Rows:
    """Run the doctor and return what it found, by what each row is about."""

    def examine(*arguments: str) -> dict[str, list[dict[str, Any]]]:
        _, out, _ = run("doctor", "--json", *arguments)
        found: dict[str, list[dict[str, Any]]] = {}
        for row in json.loads(out)["findings"]:
            found.setdefault(row["about"], []).append(row)
        return found

    return examine


@pytest.fixture
def aws(embedded: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> EmbeddedAws:
    """Reach the embedded AWS by the SDK's own configuration."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", embedded.url)
    return embedded


@pytest.fixture
def github(github_server: GitHubServer, monkeypatch: pytest.MonkeyPatch) -> GitHubServer:
    """Reach the played GitHub as an administrator's shell does."""
    github_server.played.world.user_id("octo-org")  # named first, so that each owner has the same id
    github_server.give(permissions=ADMINISTRATOR, kind="personal access token")
    for name, value in github_server.environ.items():
        monkeypatch.setenv(name, value)
    return github_server


@pytest.fixture
def no_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Have no credentials at all."""
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(variable)
    for variable in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))


@pytest.fixture(scope="module")
def bootstrapped(embedded: EmbeddedAws) -> None:
    """Bootstrap for the repository of a played GitHub, once: each played one gives its repository the same ids."""
    with PlayedGitHub() as played, pytest.MonkeyPatch.context() as patch:
        for name, value in {**serve(played).environ, "AWS_ENDPOINT_URL": embedded.url}.items():
            patch.setenv(name, value)
        app(["bootstrap", "-C", str(team.FOLDER), "--yes"], standalone_mode=False)


@pytest.fixture
def set_up(bootstrapped: None, aws: EmbeddedAws, github: GitHubServer) -> GitHubServer:  # noqa: ARG001 - done once
    """Reach an account that was set up for this GitHub's repository."""
    return github
