from datetime import UTC, timedelta

from generator.github import issues
from tests.github import BOT, REPOSITORY, GitHubServer

PATH = f"/repos/{REPOSITORY}/issues"


def test_an_issue_is_created_edited_closed_and_reopened_with_one_request_each(github_server: GitHubServer) -> None:
    github = github_server.connect()
    made = issues.create(github, "linux-x64 is degraded", "no AMI")
    assert (made.number, made.title, made.body, made.state, made.author) == (
        1, "linux-x64 is degraded", "no AMI", "open", BOT,
    )  # fmt: skip
    assert made.url == f"{github_server.played.server_url}/{REPOSITORY}/issues/1"
    assert issues.edit(github, 1, body="still none").body == "still none"
    closed = issues.close(github, 1, "completed", body="one again")
    assert (closed.state, closed.state_reason, closed.body) == ("closed", "completed", "one again")
    reopened = issues.reopen(github, 1, body="none again")
    assert (reopened.state, reopened.state_reason, reopened.closed_at) == ("open", "reopened", None)
    assert reopened.body == "none again"
    issues.comment(github, 1, "failed again")
    assert [one.body for one in github_server.repository.issues[1].comments] == ["failed again"]
    assert github_server.asked() == [
        f"POST {PATH}", f"PATCH {PATH}/1", f"PATCH {PATH}/1", f"PATCH {PATH}/1", f"POST {PATH}/1/comments",
    ]  # fmt: skip


def test_an_issue_is_closed_as_not_planned(github_server: GitHubServer) -> None:
    github_server.issue()
    assert issues.close(github_server.connect(), 1, "not_planned", body="b").state_reason == "not_planned"


def test_times_are_aware(github_server: GitHubServer) -> None:
    github_server.issue()
    github_server.played.clock.forward(60)
    closed = issues.close(github_server.connect(), 1, "completed", body="b")
    assert closed.created_at.tzinfo is UTC
    assert closed.closed_at is not None
    assert (closed.closed_at - closed.created_at, closed.updated_at) == (timedelta(seconds=60), closed.closed_at)


def test_recent_is_one_request_for_own_issues_of_every_state_last_change_first(github_server: GitHubServer) -> None:
    for author in (BOT, "octocat", BOT):
        github_server.issue(author)
        github_server.played.clock.forward(60)
    github = github_server.connect()
    issues.close(github, 1, "completed", body="b")
    github_server.played.calls.clear()
    listing = issues.recent(github, BOT)
    assert [(one.number, one.state) for one in listing.issues] == [(1, "closed"), (3, "open")]
    assert listing.complete
    ((call, _),) = github_server.played.calls
    assert (call.path, call.query) == (
        PATH,
        {"state": "all", "creator": BOT, "sort": "updated", "direction": "desc", "per_page": "100"},
    )


def test_pull_requests_are_no_issues_but_take_their_places(github_server: GitHubServer) -> None:
    for n in range(100):
        github_server.issue(is_pull_request=n != 50)
    listing = issues.recent(github_server.connect(), BOT)
    assert [one.number for one in listing.issues] == [51]
    assert not listing.complete
    assert [one.number for one in issues.open_issues(github_server.connect(), BOT)] == [51]


def test_a_listing_is_complete_below_a_hundred(github_server: GitHubServer) -> None:
    for _ in range(99):
        github_server.issue()
    assert issues.recent(github_server.connect(), BOT).complete
    github_server.issue()
    assert not issues.recent(github_server.connect(), BOT).complete


def test_open_issues_are_read_to_the_last_page(github_server: GitHubServer) -> None:
    for n in range(230):
        github_server.issue(BOT if n % 2 else "octocat")
    github = github_server.connect()
    issues.close(github, 2, "completed", body="b")
    github_server.played.calls.clear()
    found = issues.open_issues(github, BOT)
    assert [one.number for one in found] == list(range(4, 231, 2))
    assert len(github_server.asked()) == 2


def test_open_issues_come_in_an_order_that_no_change_disturbs(github_server: GitHubServer) -> None:
    issues.open_issues(github_server.connect(), BOT)
    ((call, _),) = github_server.played.calls
    assert (call.query["state"], call.query["sort"], call.query["direction"]) == ("open", "created", "asc")


def test_an_issue_without_a_text_has_an_empty_one(github_server: GitHubServer) -> None:
    github_server.issue(body=None)
    (found,) = issues.recent(github_server.connect(), BOT).issues
    assert found.body == ""
