"""What the played GitHub refuses, seen through PyGithub; the fixture holds each answer against GitHub's description."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from github import Github
from github.GithubException import GithubException
from github.Repository import Repository

from tests.github import REPOSITORY, GitHubServer

READS = {"issues": "read", "actions": "read"}


def refused(action: Callable[[], Any]) -> tuple[int, str]:
    with pytest.raises(GithubException) as refusal:
        action()
    return refusal.value.status, refusal.value.data["message"]


def details(action: Callable[[], Any]) -> list[tuple[str, str]]:
    with pytest.raises(GithubException) as refusal:
        action()
    assert (refusal.value.status, refusal.value.data["message"]) == (422, "Validation Failed")
    return [(one["field"], one["code"]) for one in refusal.value.data["errors"]]


def repository(client: Github) -> Repository:
    return client.get_repo(REPOSITORY)


def ask(client: Github, method: str, path: str, **named: Any) -> Any:
    return client.requester.requestJsonAndCheck(method, path, **named)


def test_an_unknown_token_is_bad_credentials(github_server: GitHubServer) -> None:
    client = github_server.client("ghs_expired")
    assert refused(lambda: repository(client).complete()) == (401, "Bad credentials")


def test_nobody_must_sign_in_before_writing(github_server: GitHubServer) -> None:
    github_server.repository.private = False
    client = github_server.client("")
    repository(client).complete()
    assert refused(lambda: repository(client).create_issue("t")) == (401, "Requires authentication")
    assert refused(lambda: client.get_user().complete()) == (401, "Requires authentication")


WRITES: dict[str, Callable[[Github], Any]] = {
    "an issue": lambda client: repository(client).create_issue("t"),
    "an issue's text": lambda client: repository(client).get_issue(1).edit(body="b"),
    "a comment": lambda client: repository(client).get_issue(1).create_comment("b"),
    "a comment's text": lambda client: ask(
        client, "PATCH", f"/repos/{REPOSITORY}/issues/comments/{FIRST_COMMENT}", input={"body": "b"}
    ),
    "a comment's end": lambda client: ask(client, "DELETE", f"/repos/{REPOSITORY}/issues/comments/{FIRST_COMMENT}"),
    "a workflow's rest": lambda client: ask(client, "PUT", f"/repos/{REPOSITORY}/actions/workflows/status.yml/disable"),
    "a workflow's return": lambda client: ask(
        client, "PUT", f"/repos/{REPOSITORY}/actions/workflows/status.yml/enable"
    ),
}
FIRST_COMMENT = 1005  # ids count from 1001: repository, workflow, issue and pull request come before it


def filled(server: GitHubServer) -> GitHubServer:
    world = server.played.world
    world.add_workflow(server.repository, "status.yml")
    issue = server.issue()
    server.issue(is_pull_request=True)
    assert world.add_comment(issue, "octocat", "hm").id == FIRST_COMMENT
    return server


@pytest.mark.parametrize("what", WRITES)
@pytest.mark.parametrize("private", [True, False], ids=["private", "public"])
def test_writing_needs_the_permission(github_server: GitHubServer, what: str, *, private: bool) -> None:
    filled(github_server).repository.private = private
    github_server.give(permissions=READS)
    refusal = refused(lambda: WRITES[what](github_server.client()))
    assert refusal == (403, "Resource not accessible by integration")
    github_server.give()
    WRITES[what](github_server.client())


def test_a_personal_access_token_is_called_one(github_server: GitHubServer) -> None:
    github_server.give(login="octocat", kind="personal access token", permissions=READS)
    refusal = refused(lambda: repository(github_server.client()).create_issue("t"))
    assert refusal == (403, "Resource not accessible by personal access token")


def test_a_refusal_names_the_permissions_that_are_accepted(github_server: GitHubServer) -> None:
    filled(github_server)
    github_server.give(permissions=READS)
    with pytest.raises(GithubException) as refusal:
        repository(github_server.client()).get_issue(2).create_comment("b")
    assert (refusal.value.headers or {})["x-accepted-github-permissions"] == "issues=write; pull_requests=write"


def test_the_permission_on_pull_requests_is_enough_for_them_only(github_server: GitHubServer) -> None:
    filled(github_server)
    github_server.give(permissions={"pull_requests": "write"})
    client = github_server.client()
    repository(client).get_issue(2).create_comment("b")
    refusal = refused(lambda: repository(client).get_issue(1).create_comment("b"))
    assert refusal == (403, "Resource not accessible by integration")


def test_private_things_need_the_permission_to_read_and_public_ones_do_not(github_server: GitHubServer) -> None:
    filled(github_server)
    github_server.give(permissions={})
    client = github_server.client()
    refusal = refused(lambda: list(repository(client).get_issues()))
    assert refusal == (403, "Resource not accessible by integration")
    github_server.repository.private = False
    assert [one.number for one in repository(client).get_issues(direction="asc")] == [1, 2]
    subject = f"/repos/{REPOSITORY}/actions/oidc/customization/sub"
    assert refused(lambda: ask(client, "GET", subject)) == (403, "Resource not accessible by integration")


def test_an_app_is_no_user(github_server: GitHubServer) -> None:
    refusal = refused(lambda: github_server.client().get_user().complete())
    assert refusal == (403, "Resource not accessible by integration")
    github_server.give(login="octocat", kind="personal access token")
    assert github_server.client().get_user().login == "octocat"


def test_a_private_repository_of_others_is_not_found(github_server: GitHubServer) -> None:
    github_server.give(repositories=("octo-org/other",))
    assert refused(lambda: repository(github_server.client()).complete()) == (404, "Not Found")


NOWHERE = {
    "repository": "/repos/octo-org/nothing",
    "repository by id": "/repositories/999999/issues",
    "issue": f"/repos/{REPOSITORY}/issues/77",
    "issue without a number": f"/repos/{REPOSITORY}/issues/latest",
    "workflow": f"/repos/{REPOSITORY}/actions/workflows/none.yml",
}


@pytest.mark.parametrize("what", NOWHERE)
def test_what_is_not_there_is_not_found(github_server: GitHubServer, what: str) -> None:
    assert refused(lambda: ask(github_server.client(), "GET", NOWHERE[what])) == (404, "Not Found")


def test_a_comment_that_is_not_there_is_not_found(github_server: GitHubServer) -> None:
    path = f"/repos/{REPOSITORY}/issues/comments/77"
    assert refused(lambda: ask(github_server.client(), "PATCH", path, input={"body": "b"})) == (404, "Not Found")


def test_an_archived_repository_is_read_only(github_server: GitHubServer) -> None:
    github_server.repository.archived = True
    client = github_server.client()
    repository(client).complete()
    refusal = refused(lambda: repository(client).create_issue("t"))
    assert refusal == (403, "Repository was archived so is read-only.")


@pytest.mark.parametrize("action", ["list", "create"])
def test_a_repository_may_have_no_issues(github_server: GitHubServer, action: str) -> None:
    github_server.repository.has_issues = False
    there = repository(github_server.client())
    ways: dict[str, Callable[[], Any]] = {
        "list": lambda: list(there.get_issues()),
        "create": lambda: there.create_issue("t"),
    }
    assert refused(ways[action]) == (410, "Issues has been disabled in this repository.")


INVALID: dict[str, tuple[str, str, Callable[[Repository], Any]]] = {
    "an empty title": ("title", "missing_field", lambda it: it.create_issue("  ")),
    "a long title": ("title", "custom", lambda it: it.create_issue("t" * 257)),
    "a long text": ("body", "custom", lambda it: it.create_issue("t", body="b" * 65537)),
    "a long text later": ("body", "custom", lambda it: it.get_issue(1).edit(body="b" * 65537)),
    "an unknown state": ("state", "invalid", lambda it: it.get_issue(1).edit(state="half")),
    "an unknown reason": (
        "state_reason", "invalid", lambda it: it.get_issue(1).edit(state="closed", state_reason="tired"),
    ),
    "an empty comment": ("body", "missing_field", lambda it: it.get_issue(1).create_comment(" ")),
    "a long comment": ("body", "custom", lambda it: it.get_issue(1).create_comment("b" * 65537)),
}  # fmt: skip


@pytest.mark.parametrize("what", INVALID)
def test_a_field_is_refused(github_server: GitHubServer, what: str) -> None:
    github_server.issue()
    field, code, action = INVALID[what]
    assert details(lambda: action(repository(github_server.client()))) == [(field, code)]


def test_the_longest_that_is_accepted(github_server: GitHubServer) -> None:
    made = repository(github_server.client()).create_issue("t" * 256, body="b" * 65536)
    assert (len(made.title), len(made.body or "")) == (256, 65536)


@pytest.mark.parametrize("path", ["issues", "issues/1/comments"])
def test_what_is_required_must_be_there(github_server: GitHubServer, path: str) -> None:
    github_server.issue()
    status, message = refused(lambda: ask(github_server.client(), "POST", f"/repos/{REPOSITORY}/{path}", input={}))
    assert (status, message.startswith("Invalid request.")) == (422, True)


@pytest.mark.parametrize("wrong", [{"state": "half"}, {"sort": "age"}, {"direction": "up"}], ids=str)
def test_a_listing_in_an_unknown_way_is_refused(github_server: GitHubServer, wrong: dict[str, str]) -> None:
    status, message = refused(lambda: list(repository(github_server.client()).get_issues(**wrong)))
    assert (status, message) == (422, "Validation Failed")


@pytest.mark.parametrize(("body", "status"), [("{", 400), ("[]", 422)], ids=["no JSON", "no object"])
def test_a_body_that_is_no_object_is_refused(github_server: GitHubServer, body: str, status: int) -> None:
    answer = requests.post(
        f"{github_server.played.api_url}/repos/{REPOSITORY}/issues",
        data=body,
        headers={"Authorization": "Bearer ghs_job"},
        timeout=10,
    )
    assert answer.status_code == status


UNPLAYED: dict[str, Callable[[Github], Any]] = {
    "path": lambda client: ask(client, "GET", "/emojis"),
    "method": lambda client: ask(client, "DELETE", f"/repos/{REPOSITORY}"),
    "parameter": lambda client: list(repository(client).get_issues(labels=["bug"])),
    "field": lambda client: repository(client).create_issue("t", labels=["bug"]),
    "query": lambda client: client.requester.graphql_query("query { viewer { email } }", {}),
}


@pytest.mark.parametrize("what", UNPLAYED)
def test_what_is_not_played_is_refused_aloud(github_server: GitHubServer, what: str) -> None:
    status, message = refused(lambda: UNPLAYED[what](github_server.client()))
    assert (status, message.startswith("the played GitHub ")) == (501, True)
