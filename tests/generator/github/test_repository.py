import pytest

from generator.errors import SpotRunnerError
from generator.github import repository
from generator.github.repository import RepositoryFacts
from tests.github import REPOSITORY, GitHubServer


def test_a_repository_is_described(github_server: GitHubServer) -> None:
    assert repository.about(github_server.connect()) == RepositoryFacts(
        id=github_server.repository.id,
        full_name=REPOSITORY,
        private=True,
        default_branch="main",
        url=f"{github_server.played.server_url}/{REPOSITORY}",
    )
    assert github_server.asked() == [f"GET /repos/{REPOSITORY}"]


def test_a_workflow_that_was_disabled_runs_again(github_server: GitHubServer) -> None:
    workflow = github_server.played.world.add_workflow(
        github_server.repository, "status.yml", state="disabled_inactivity"
    )
    for _ in range(2):
        repository.enable_workflow(github_server.connect(), "status.yml")
        assert workflow.state == "active"


def test_a_workflow_that_is_not_there_is_named(github_server: GitHubServer) -> None:
    with pytest.raises(SpotRunnerError, match=r"could not enable the workflow none\.yml: there is no such thing"):
        repository.enable_workflow(github_server.connect(), "none.yml")
