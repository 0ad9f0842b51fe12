import pytest

from embedded.github.failures import Failure
from generator.errors import SpotRunnerError
from generator.github import settings, subject
from generator.github.settings import Environment, Workflow
from generator.github.subject import Subject
from tests.github import GitHubServer

ADMINISTRATOR = {"actions": "read", "administration": "read"}


def test_the_subject_of_a_new_repository_holds_ids(github_server: GitHubServer) -> None:
    owner, repository = github_server.played.world.user_id("octo-org"), github_server.repository.id
    read = subject.read(github_server.connect())
    assert read == Subject(prefix=f"repo:octo-org@{owner}/runners@{repository}", uses_default=True)
    assert read.is_usual


def test_the_subject_of_an_older_repository_holds_none(github_server: GitHubServer) -> None:
    github_server.repository.immutable_subject = False
    assert subject.read(github_server.connect()).prefix == "repo:octo-org/runners"


def test_an_answer_that_is_not_githubs_is_said_to_be_none(github_server: GitHubServer) -> None:
    github_server.played.failures.add(Failure(match=".*/sub", status=200))
    with pytest.raises(SpotRunnerError, match="has no use_default: check GITHUB_API_URL"):
        subject.read(github_server.connect())
    github_server.played.calls.clear()  # such an answer is not in GitHub's description


def test_a_template_of_the_repositorys_own_is_read_with_its_claims(github_server: GitHubServer) -> None:
    github_server.repository.claim_keys = ("repo", "job_workflow_ref")
    read = subject.read(github_server.connect())
    assert (read.uses_default, read.claim_keys, read.is_usual) == (False, ("repo", "job_workflow_ref"), False)


@pytest.mark.parametrize("enabled", [True, False])
def test_whether_actions_run_is_read_by_an_administrator(github_server: GitHubServer, *, enabled: bool) -> None:
    github_server.give(permissions=ADMINISTRATOR)
    github_server.repository.actions_enabled = enabled
    assert settings.runs_actions(github_server.connect()) is enabled


def test_a_job_may_not_read_whether_actions_run_and_is_told_which_right_that_takes(github_server: GitHubServer) -> None:
    with pytest.raises(SpotRunnerError, match="the token lacks `administration: read`"):
        settings.runs_actions(github_server.connect())


def test_environments_tell_whether_they_take_some_branches_only(github_server: GitHubServer) -> None:
    github_server.repository.environments = {"production": True, "test": False}
    assert settings.environments(github_server.connect()) == (
        Environment(name="production", limits_branches=True),
        Environment(name="test", limits_branches=False),
    )


def test_workflows_tell_their_files_and_states(github_server: GitHubServer) -> None:
    github_server.played.world.add_workflow(github_server.repository, "status.yml", state="disabled_inactivity")
    (found,) = settings.workflows(github_server.connect())
    assert found == Workflow(path=".github/workflows/status.yml", state="disabled_inactivity")
