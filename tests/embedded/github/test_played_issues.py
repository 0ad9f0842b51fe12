"""Issues, comments and workflows of the played GitHub do what GitHub's do."""

from github.Repository import Repository

from tests.github import BOT, REPOSITORY, GitHubServer

MINUTE = 60


def repository(server: GitHubServer) -> Repository:
    return server.client().get_repo(REPOSITORY)


def numbers(server: GitHubServer, **how: str) -> list[int]:
    return [one.number for one in repository(server).get_issues(**how)]


def three_issues(server: GitHubServer) -> None:
    """Open three, a minute apart; then change the first."""
    for author in (BOT, "octocat", BOT):
        server.issue(author)
        server.played.clock.forward(MINUTE)
    repository(server).get_issue(1).edit(body="changed")


def test_issues_are_listed_newest_first_or_as_asked(github_server: GitHubServer) -> None:
    three_issues(github_server)
    assert numbers(github_server) == [3, 2, 1]
    assert numbers(github_server, direction="asc") == [1, 2, 3]
    assert numbers(github_server, sort="updated") == [1, 3, 2]
    github_server.played.world.add_comment(github_server.repository.issues[2], "octocat", "hm")
    assert numbers(github_server, sort="comments")[0] == 2


def test_issues_are_listed_by_author_state_and_time(github_server: GitHubServer) -> None:
    three_issues(github_server)
    repository(github_server).get_issue(3).edit(state="closed")
    assert numbers(github_server) == [2, 1]
    assert numbers(github_server, state="closed") == [3]
    assert numbers(github_server, state="all", creator=BOT) == [3, 1]
    changed = github_server.repository.issues[1].updated_at
    assert [one.number for one in repository(github_server).get_issues(state="all", since=changed)] == [3, 1]


def test_pull_requests_are_among_the_issues(github_server: GitHubServer) -> None:
    github_server.issue(is_pull_request=True)
    (found,) = repository(github_server).get_issues()
    assert found.pull_request is not None
    assert found.html_url == f"{github_server.played.server_url}/{REPOSITORY}/pull/1"


def test_an_issue_is_closed_for_a_reason_and_reopened(github_server: GitHubServer) -> None:
    github_server.issue()
    issue = repository(github_server).get_issue(1)
    issue.edit(state="closed")
    assert (issue.state, issue.state_reason, issue.closed_by.login) == ("closed", "completed", BOT)
    assert issue.closed_at is not None
    issue.edit(state="closed", state_reason="not_planned")
    assert issue.state_reason == "not_planned"
    issue.edit(state="open")
    assert (issue.state, issue.state_reason, issue.closed_at, issue.closed_by) == ("open", "reopened", None, None)


def test_long_lists_come_in_pages(github_server: GitHubServer) -> None:
    for _ in range(65):
        github_server.issue()
    assert numbers(github_server) == list(range(65, 0, -1))
    assert [dict(call.query).get("page", "1") for call, _ in github_server.played.calls] == ["1", "2", "3"]
    assert [call.path for call, _ in github_server.played.calls][1:] == [
        f"/repositories/{github_server.repository.id}/issues"
    ] * 2


def test_a_page_holds_a_hundred_at_most(github_server: GitHubServer) -> None:
    for _ in range(101):
        github_server.issue()
    headers, page = github_server.client().requester.requestJsonAndCheck(
        "GET", f"/repos/{REPOSITORY}/issues", parameters={"per_page": 500}
    )
    assert len(page) == 100
    assert 'page=2>; rel="next"' in headers["link"]


def test_a_comment_is_written_changed_and_deleted(github_server: GitHubServer) -> None:
    github_server.issue()
    github_server.played.clock.forward(MINUTE)
    issue = repository(github_server).get_issue(1)
    comment = issue.create_comment("first")
    assert github_server.repository.issues[1].updated_at > github_server.repository.issues[1].created_at
    comment.edit("second")
    assert [(one.body, one.user.login) for one in issue.get_comments()] == [("second", BOT)]
    assert list(issue.get_comments(since=comment.updated_at)) == [comment]
    comment.delete()
    assert list(issue.get_comments()) == []


def test_a_workflow_is_disabled_and_enabled(github_server: GitHubServer) -> None:
    made = github_server.played.world.add_workflow(github_server.repository, "status.yml")
    path = f"/repos/{REPOSITORY}/actions/workflows/status.yml"
    github_server.client().requester.requestJsonAndCheck("PUT", f"{path}/disable")
    assert repository(github_server).get_workflow(made.id).state == "disabled_manually"
    github_server.client().requester.requestJsonAndCheck("PUT", f"{path}/enable")
    assert repository(github_server).get_workflow("status.yml").state == "active"


def test_an_older_repository_has_no_ids_in_its_subject(github_server: GitHubServer) -> None:
    github_server.repository.immutable_subject = False
    _, answer = github_server.client().requester.requestJsonAndCheck(
        "GET", f"/repos/{REPOSITORY}/actions/oidc/customization/sub"
    )
    assert answer["sub_claim_prefix"] == f"repo:{REPOSITORY}"


def test_a_merged_pull_request_is_closed_and_says_when(github_server: GitHubServer) -> None:
    request = github_server.issue(is_pull_request=True)
    github_server.played.clock.forward(MINUTE)
    github_server.played.world.merge(request, "octocat")
    found = repository(github_server).get_issue(1)
    assert (found.state, found.closed_at, found.closed_by.login) == ("closed", request.merged_at, "octocat")
    assert found.pull_request is not None
    assert found.pull_request.raw_data["merged_at"] == f"{request.merged_at:%Y-%m-%dT%H:%M:%SZ}"
