"""What is repeated, and how long GitHub is waited for; the waits are recorded, and the played time passes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from embedded.github.failures import Failure
from generator.errors import SpotRunnerError
from generator.github import issues
from generator.github.retrying import LONGEST_WAIT_SECONDS
from tests.github import BOT, REPOSITORY, GitHubServer

LIST = f"GET /repos/{REPOSITORY}/issues"
CREATE = f"POST /repos/{REPOSITORY}/issues"
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


def fails(action: Callable[[], Any]) -> str:
    with pytest.raises(SpotRunnerError) as error:
        action()
    return str(error.value)


@pytest.mark.parametrize("status", [403, 429])
def test_the_primary_limit_is_waited_for_until_it_is_reset(github_server: GitHubServer, status: int) -> None:
    github_server.played.limits.hour, github_server.played.limits.status = timedelta(seconds=30), status
    github_server.give(requests_per_hour=1)
    github = github_server.connect()
    issues.recent(github, BOT)
    assert issues.recent(github, BOT).complete
    assert github_server.waits
    assert all(0 < seconds <= 31 for seconds in github_server.waits)


@pytest.mark.parametrize("status", [403, 429])
def test_the_secondary_limit_is_waited_for_as_long_as_it_says(github_server: GitHubServer, status: int) -> None:
    github_server.played.limits.writes_per_minute, github_server.played.limits.status = 2, status
    github = github_server.connect()
    for title in ("a", "b", "c"):
        issues.create(github, title, "")
    assert github_server.waits == [60]
    assert [one.title for one in github_server.repository.issues.values()] == ["a", "b", "c"]


@pytest.mark.parametrize("status", [403, 429])
def test_a_limit_that_does_not_say_how_long_is_a_minute(github_server: GitHubServer, status: int) -> None:
    github_server.played.failures.add(Failure(match=LIST, status=status, message=SECONDARY))
    issues.recent(github_server.connect(), BOT)
    assert github_server.waits == [60]


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize("headers", [{}, {"Retry-After": "50"}], ids=["unsaid", "said"])
def test_all_waits_of_a_request_have_one_bound(
    github_server: GitHubServer, status: int, headers: dict[str, str]
) -> None:
    github_server.played.failures.add(Failure(match=LIST, status=status, message=SECONDARY, headers=headers, times=99))
    message = fails(lambda: issues.recent(github_server.connect(), BOT))
    assert "rate limit is used up: repeat the command in a minute" in message
    assert 0 < sum(github_server.waits) <= LONGEST_WAIT_SECONDS


def test_short_limits_without_end_are_given_up(github_server: GitHubServer) -> None:
    headers = {"Retry-After": "1"}
    github_server.played.failures.add(Failure(match=CREATE, status=403, message=SECONDARY, headers=headers, times=99))
    message = fails(lambda: issues.create(github_server.connect(), "t", "b"))
    assert "rate limit is used up: repeat the command later" in message
    assert len(github_server.asked()) == 6


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_wait_that_is_too_long_is_not_begun(github_server: GitHubServer, status: int) -> None:
    headers = {"Retry-After": "900"}
    github_server.played.failures.add(Failure(match=LIST, status=status, message=SECONDARY, headers=headers))
    message = fails(lambda: issues.recent(github_server.connect(), BOT))
    assert ("repeat the command in 15 minutes" in message) == (status != 503)
    assert (github_server.waits, len(github_server.asked())) == ([], 1)


def test_a_missing_permission_is_not_waited_for(github_server: GitHubServer) -> None:
    github_server.give(permissions={})
    fails(lambda: issues.create(github_server.connect(), "t", "b"))
    assert (github_server.waits, len(github_server.asked())) == ([], 1)


@pytest.mark.parametrize(("effect", "when"), [("error", "before"), ("lost", "before"), ("lost", "after")])
def test_reading_is_repeated_after_a_failure(github_server: GitHubServer, effect: str, when: str) -> None:
    github_server.played.failures.add(Failure(match=LIST, effect=effect, when=when, times=2))
    issues.recent(github_server.connect(), BOT)
    assert github_server.asked() == [LIST] * 3


def test_closing_is_repeated_since_twice_is_once(github_server: GitHubServer) -> None:
    github_server.issue()
    github_server.played.failures.add(Failure(match="PATCH .*", effect="lost", when="after"))
    assert issues.close(github_server.connect(), 1, "completed", body="b").state == "closed"


@pytest.mark.parametrize(("effect", "when"), [("error", "after"), ("lost", "after")])
def test_an_issue_is_never_filed_twice(github_server: GitHubServer, effect: str, when: str) -> None:
    github_server.played.failures.add(Failure(match=CREATE, effect=effect, when=when))
    fails(lambda: issues.create(github_server.connect(), "t", "b"))
    assert len(github_server.repository.issues) == 1


def test_failures_are_repeated_slower_and_slower(github_server: GitHubServer) -> None:
    github_server.played.failures.add(Failure(match=LIST, status=502, times=99))
    fails(lambda: issues.recent(github_server.connect(), BOT))
    assert github_server.waits == [0, 1, 2, 4, 8]


def test_only_the_waits_for_a_limit_are_told(github_server: GitHubServer, caplog: pytest.LogCaptureFixture) -> None:
    github_server.played.limits.writes_per_minute = 1
    github = github_server.connect()
    issues.create(github, "a", "")
    issues.create(github, "b", "")
    github_server.played.failures.add(Failure(match=LIST))
    issues.recent(github, BOT)
    assert caplog.messages == ["GitHub's rate limit: waiting 60 seconds"]
