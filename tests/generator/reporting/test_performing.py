"""The real client against the played GitHub: what is asked of it, what it holds afterwards."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from embedded.github.failures import Failure
from generator.errors import SpotRunnerError
from generator.reporting.listing import Listed
from generator.reporting.performing import Report, keep_in_step
from generator.reporting.run import MOST_NEW
from generator.reporting.watch import NoAnswer
from tests.generator.reporting.report_makers import a_preset, an_answer, known, ready
from tests.github import BOT, REPOSITORY, GitHubServer

LIST = f"GET /repos/{REPOSITORY}/issues"
FAILED = an_answer(a_preset())
READY = an_answer(ready())
AGAIN = an_answer(a_preset(since="2026-11-24T12:00:00Z"))
Step = Callable[..., Report]


@pytest.fixture
def step(github_server: GitHubServer) -> Step:
    """Run once, as a job would, at the played GitHub's own time."""

    def run(answer: Any, **changes: Any) -> Report:
        github_server.played.calls.clear()
        now: datetime = github_server.played.clock.now()
        about = known(**changes)
        return keep_in_step(Listed(github=github_server.connect(), author=about.author), answer, about, now, MOST_NEW)

    return run


def whats(report: Report) -> list[str]:
    assert report.errors == ()
    return [done.what for done in report.done]


def issue(server: GitHubServer, number: int = 1) -> Any:
    return server.repository.issues[number]


def close_a_hundred(server: GitHubServer) -> None:
    """Let another workflow file, and close, as many issues as a page holds."""
    for _ in range(100):
        other = server.issue(title="by another workflow")
        other.state, other.state_reason, other.closed_at = "closed", "completed", server.played.clock.now()


@pytest.mark.parametrize("answer", [READY, FAILED], ids=["healthy", "failed and reported"])
def test_a_run_that_changes_nothing_lists_once_and_asks_no_more(
    github_server: GitHubServer, step: Step, answer: Any
) -> None:
    step(answer)
    assert whats(step(answer)) == []
    assert github_server.asked() == [LIST]


def test_what_is_respected_as_not_planned_costs_one_list_too(github_server: GitHubServer, step: Step) -> None:
    step(FAILED)
    issue(github_server).state, issue(github_server).state_reason = "closed", "not_planned"
    issue(github_server).closed_at = github_server.played.clock.now()
    assert whats(step(FAILED)) == []
    assert github_server.asked() == [LIST]


def test_an_issue_lives_and_is_opened_again_and_lives(github_server: GitHubServer, step: Step) -> None:
    assert whats(step(FAILED)) == ["opened"]
    assert (issue(github_server).author, issue(github_server).state) == (BOT, "open")
    assert whats(step(READY)) == ["commented on", "closed"]
    assert (issue(github_server).state, issue(github_server).state_reason) == ("closed", "completed")
    assert whats(step(READY)) == []
    assert whats(step(AGAIN)) == ["commented on", "reopened"]
    assert whats(step(AGAIN)) == []
    assert whats(step(READY)) == ["commented on", "closed"]
    assert list(github_server.repository.issues) == [1]
    assert [comment.author for comment in issue(github_server).comments] == [BOT] * 3


def test_a_new_issue_is_filed_when_it_breaks_after_more_than_a_week(github_server: GitHubServer, step: Step) -> None:
    step(FAILED)
    step(READY)
    github_server.played.clock.forward(timedelta(days=8).total_seconds())
    assert whats(step(AGAIN)) == ["opened"]
    assert list(github_server.repository.issues) == [1, 2]


def test_a_strangers_copy_of_the_marker_is_not_touched(github_server: GitHubServer, step: Step) -> None:
    step(FAILED)
    copied = github_server.issue(author="somebody", body=issue(github_server).body)
    before = copied.updated_at
    assert whats(step(READY)) == ["commented on", "closed"]
    assert (copied.state, copied.updated_at, copied.comments) == ("open", before, [])


def test_two_left_by_overlapping_runs_become_one(github_server: GitHubServer, step: Step) -> None:
    step(FAILED)
    github_server.issue(body=issue(github_server).body)
    assert whats(step(FAILED)) == ["commented on", "closed"]
    assert (issue(github_server).state, issue(github_server, 2).state) == ("open", "closed")
    assert "#1" in issue(github_server, 2).comments[0].body
    assert whats(step(FAILED)) == []


def test_more_issues_than_a_page_holds_hide_no_open_one(github_server: GitHubServer, step: Step) -> None:
    step(FAILED)
    github_server.played.clock.forward(60)
    for _ in range(100):
        github_server.issue(title="by another workflow")
    assert whats(step(FAILED)) == []
    assert [asked.rpartition("/")[2] for asked in github_server.asked()] == [
        "issues"
    ] * 3  # the last ones, all open ones
    assert whats(step(READY)) == ["commented on", "closed"]


@pytest.mark.parametrize("reason", ["not_planned", "completed"])
def test_what_was_closed_long_ago_is_found_behind_any_number_of_others(
    github_server: GitHubServer, step: Step, reason: str
) -> None:
    step(FAILED)
    closed = issue(github_server)
    closed.state, closed.state_reason, closed.closed_at = "closed", reason, github_server.played.clock.now()
    github_server.played.clock.forward(60)
    close_a_hundred(github_server)
    assert whats(step(FAILED)) == []
    assert (closed.state, len(github_server.repository.issues)) == ("closed", 101)
    assert whats(step(AGAIN)) == ["commented on", "reopened"]


def test_closed_issues_are_paged_through_only_before_something_new_is_filed(
    github_server: GitHubServer, step: Step
) -> None:
    close_a_hundred(github_server)
    assert whats(step(READY)) == []
    assert github_server.asked() == [LIST] * 2  # the last ones, all open ones
    assert whats(step(FAILED)) == ["opened"]
    assert github_server.asked().count(LIST) == 3  # and all closed ones


def test_a_run_files_twenty_and_the_next_one_more(github_server: GitHubServer, step: Step) -> None:
    broken = an_answer(*(a_preset(name=f"p{number}") for number in range(25)))
    first = step(broken)
    assert (first.opened, first.later) == (20, 5)
    second = step(broken)
    assert (second.opened, second.later, len(github_server.repository.issues)) == (5, 0, 25)


def test_a_run_that_is_cut_off_is_finished_by_the_next(github_server: GitHubServer, step: Step) -> None:
    step(FAILED)
    github_server.played.failures.add(Failure(match=rf"PATCH /repos/{REPOSITORY}/issues/1", status=422))
    assert len(step(READY).errors) == 1
    assert issue(github_server).state == "open"
    assert whats(step(READY)) == ["commented on", "closed"]
    assert len(issue(github_server).comments) == 1


def test_an_issue_is_closed_and_opened_again_together_with_what_it_remembers(
    github_server: GitHubServer, step: Step
) -> None:
    step(FAILED)
    for answer in (READY, AGAIN):
        step(answer)
        assert [asked for asked in github_server.asked() if asked.startswith("PATCH")] == [
            f"PATCH /repos/{REPOSITORY}/issues/1"
        ]


def test_trouble_with_one_issue_does_not_keep_others_from_theirs(github_server: GitHubServer, step: Step) -> None:
    github_server.played.failures.add(Failure(match=f"POST /repos/{REPOSITORY}/issues", status=422))
    report = step(an_answer(a_preset(name="gpu"), a_preset()))
    assert len(report.errors) == 1
    assert [(done.what, done.subject.name) for done in report.done] == [("opened", "linux-x64")]


def test_a_secondary_limit_is_waited_for(github_server: GitHubServer, step: Step) -> None:
    github_server.played.failures.add(
        Failure(
            match=f"POST /repos/{REPOSITORY}/issues",
            status=403,
            message="You have exceeded a secondary rate limit",
            headers={"Retry-After": "7"},
        )
    )
    before = github_server.played.clock.now()
    assert whats(step(FAILED)) == ["opened"]
    assert github_server.played.clock.now() - before >= timedelta(seconds=7)


def test_a_token_of_somebody_else_files_nothing(github_server: GitHubServer, step: Step) -> None:
    github_server.give(login="our-app[bot]")
    with pytest.raises(SpotRunnerError, match=r"looked for by github-actions\[bot\].*--author 'our-app\[bot\]'"):
        step(FAILED)
    assert github_server.repository.issues == {}
    assert whats(step(FAILED, author="our-app[bot]")) == ["opened"]
    assert whats(step(FAILED, author="our-app[bot]")) == []


def test_an_author_without_bot_is_somebody_else_who_would_file_anew_at_every_run(
    github_server: GitHubServer, step: Step
) -> None:
    with pytest.raises(SpotRunnerError, match=r"--author 'github-actions\[bot\]'"):
        step(FAILED, author="github-actions")
    assert github_server.repository.issues == {}


def test_no_answer_is_an_issue_and_presets_keep_theirs(github_server: GitHubServer, step: Step) -> None:
    step(FAILED)
    silent = NoAnswer(cause="unreachable", reason="the answer is 503, expected 200")
    assert whats(step(silent)) == ["opened"]
    assert whats(step(silent)) == []
    assert github_server.asked() == [LIST]
    assert whats(step(FAILED)) == ["commented on", "closed"]
    assert issue(github_server).state == "open"


def test_a_token_that_may_not_write_says_what_it_lacks(github_server: GitHubServer, step: Step) -> None:
    github_server.give(permissions={"issues": "read"})
    assert "`issues: write`" in step(FAILED).errors[0]
