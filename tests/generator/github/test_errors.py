"""Each way in which GitHub can refuse is one line that names the remedy."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from embedded.github.failures import Failure
from generator.errors import FOUND_PROBLEMS, SpotRunnerError
from generator.github import comments, issues, repository, settings, subject
from generator.github.connection import GitHub, connect
from generator.github.errors import explained
from tests.generator.reporting.status_server import StatusServer, answering, serving
from tests.github import REPOSITORY, GitHubServer

LIST = f"GET /repos/{REPOSITORY}/issues"
CREATE = f"POST /repos/{REPOSITORY}/issues"


def said(action: Callable[[], Any]) -> str:
    with pytest.raises(SpotRunnerError) as error:
        action()
    assert error.value.exit_code == FOUND_PROBLEMS
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_bad_token(github_server: GitHubServer) -> None:
    github = connect({**github_server.environ, "GITHUB_TOKEN": "ghs_old"})
    assert said(lambda: repository.about(github)) == (
        "GitHub: could not read the repository octo-org/runners: the token is not valid or has expired "
        "(Bad credentials): renew GITHUB_TOKEN or GH_TOKEN"
    )


CALLS: dict[str, tuple[str, Callable[[GitHub], Any]]] = {
    "list recent issues": ("issues: read", lambda github: issues.recent(github, "octocat")),
    "list open issues": ("issues: read", lambda github: issues.open_issues(github, "octocat")),
    "create an issue": ("issues: write", lambda github: issues.create(github, "t", "b")),
    "edit an issue": ("issues: write", lambda github: issues.edit(github, 1, body="b")),
    "close an issue": ("issues: write", lambda github: issues.close(github, 1, "completed", body="b")),
    "reopen an issue": ("issues: write", lambda github: issues.reopen(github, 1, body="b")),
    "comment on an issue": ("issues: write", lambda github: issues.comment(github, 1, "b")),
    "comment on a pull request": (
        "pull-requests: write", lambda github: comments.put_sticky(github, "pull request", 2, "<!-- plan -->", "b"),
    ),
    "comment on an issue once": (
        "issues: write", lambda github: comments.put_sticky(github, "issue", 1, "<!-- turn -->", "b"),
    ),
    "read the subject": ("actions: read", subject.read),
    "list environments": ("actions: read", settings.environments),
    "list workflows": ("actions: read", settings.workflows),
    "read whether Actions run": ("administration: read", settings.runs_actions),
    "enable a workflow": ("actions: write", lambda github: repository.enable_workflow(github, "status.yml")),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["integration", "personal access token"])
@pytest.mark.parametrize("call", CALLS)
def test_a_missing_permission_is_named(github_server: GitHubServer, call: str, kind: str) -> None:
    github_server.issue()
    github_server.issue(is_pull_request=True)
    github_server.give(permissions={}, kind=kind)
    permission, action = CALLS[call]
    message = said(lambda: action(github_server.connect()))
    assert f"the token lacks `{permission}`: add it to `permissions:` of the job" in message


def test_a_repository_that_cannot_be_seen(github_server: GitHubServer) -> None:
    github_server.give(repositories=())
    assert said(lambda: repository.about(github_server.connect())) == (
        "GitHub: could not read the repository octo-org/runners: there is no such thing, or the token may not see it: "
        "check GITHUB_REPOSITORY, and that the token has `metadata: read` there"
    )


def test_issues_that_are_switched_off(github_server: GitHubServer) -> None:
    github_server.repository.has_issues = False
    assert said(lambda: issues.create(github_server.connect(), "t", "b")) == (
        "GitHub: could not create an issue: Issues has been disabled in this repository: turn it on in the "
        "repository's settings"
    )


def test_a_text_that_is_refused(github_server: GitHubServer) -> None:
    assert said(lambda: issues.create(github_server.connect(), "t", "b" * 65537)) == (
        "GitHub: could not create an issue: Validation Failed: body is too long (maximum is 65536 characters) (422)"
    )


def test_a_field_that_is_refused_without_words(github_server: GitHubServer) -> None:
    github_server.issue()
    message = said(lambda: issues.close(github_server.connect(), 1, "tired", body="b"))  # type: ignore[arg-type]
    assert message.endswith("Validation Failed: state_reason is invalid (422)")


def test_an_archived_repository(github_server: GitHubServer) -> None:
    github_server.repository.archived = True
    message = said(lambda: issues.create(github_server.connect(), "t", "b"))
    assert message.endswith("Repository was archived so is read-only (403)")


def test_a_limit_that_is_used_up_for_long(github_server: GitHubServer) -> None:
    github_server.give(requests_per_hour=0)
    message = said(lambda: issues.recent(github_server.connect(), "octocat"))
    assert message.startswith("GitHub: could not list issues: the token's rate limit is used up: repeat the command in")
    assert message.endswith(" minutes, or use the token of an App, which may ask more")
    assert github_server.waits == []


def test_a_failure_of_github_itself(github_server: GitHubServer) -> None:
    github_server.played.failures.add(Failure(match=LIST, status=503, message="No server is available.", times=99))
    assert said(lambda: issues.recent(github_server.connect(), "octocat")) == (
        "GitHub: could not list issues: it failed by itself (No server is available, 503): see its status page, "
        "repeat this later"
    )


def test_an_answer_that_is_lost_may_hide_a_write(github_server: GitHubServer) -> None:
    github_server.played.failures.add(Failure(match=CREATE, effect="lost", when="after"))
    message = said(lambda: issues.create(github_server.connect(), "t", "b"))
    assert message.startswith("GitHub: could not create an issue: no answer (")
    assert message.endswith("if it was a write, look whether it was done before you repeat the command")


def test_nobody_at_the_address(github_server: GitHubServer) -> None:
    nobody = "http://127.0.0.1:1"  # a port that no server takes
    github = connect({**github_server.environ, "GITHUB_API_URL": nobody}, wait=github_server.waits.append)
    assert "no answer (" in said(lambda: issues.create(github, "t", "b"))


def test_a_repository_that_was_renamed(github_server: GitHubServer) -> None:
    github = github_server.connect()
    github_server.played.world.rename(github_server.repository, "machines")
    where = f"{github_server.played.api_url}/repositories/{github_server.repository.id}/issues"
    assert said(lambda: issues.recent(github, "octocat")) == (
        f"GitHub: could not list issues: it has moved to {where}: set GITHUB_REPOSITORY, or GITHUB_API_URL, to that"
    )
    assert f"it has moved to {where}: set" in said(lambda: issues.create(github, "t", "b"))
    assert github_server.repository.issues == {}


READS = {"read the subject", "list environments", "list workflows", "read whether Actions run", "list open issues"}
FOREIGN = [b"<!DOCTYPE html><p>Sign in</p>", b"{}", b"[1]", b'"x"', b"{no JSON", b'{"data": {}}', b"[{}]"]


@pytest.fixture
def foreign() -> Iterator[StatusServer]:
    with serving(answering(b"")) as server:
        yield server


@pytest.mark.parametrize("body", FOREIGN, ids=repr)
@pytest.mark.parametrize("call", [*sorted(CALLS.keys() - READS), "read the repository"])
def test_what_is_not_githubs_answer_is_one_line(foreign: StatusServer, call: str, body: bytes) -> None:
    foreign.replies = [answering(body)]
    address = foreign.url.removesuffix("/status")
    environ = {"GITHUB_API_URL": address, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": "ghs_job"}
    github = connect(environ, wait=lambda _: None)
    action = CALLS[call][1] if call in CALLS else repository.about
    message = said(lambda: action(github))
    assert message.endswith(": the answer is not GitHub's: check GITHUB_API_URL")


def test_a_proxy_that_fails() -> None:
    def action() -> None:
        with explained("list issues"):
            raise requests.exceptions.ProxyError("cannot connect\nto proxy")

    assert "no answer (cannot connect to proxy): check the network, the proxy" in said(action)
