"""What tests of setting up share: a played GitHub, reached as an administrator's shell reaches it."""

import pytest

from tests.github import GitHubServer

ADMINISTRATOR = {"actions": "read", "administration": "read"}


@pytest.fixture
def github(github_server: GitHubServer, monkeypatch: pytest.MonkeyPatch) -> GitHubServer:
    github_server.give(permissions=ADMINISTRATOR, kind="personal access token")
    for name, value in github_server.environ.items():
        monkeypatch.setenv(name, value)
    return github_server
