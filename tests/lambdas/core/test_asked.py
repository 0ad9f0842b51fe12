"""What GitHub's answer about a job tells that no event did."""

from datetime import timedelta
from typing import Any

import pytest

from lambdas.core import asked, job_messages, messages, times
from lambdas.core.errors import InvalidDeliveryError
from tests.lambdas.deliveries import a_payload
from tests.lambdas.makers import at

NOW = at(60)
ROW: dict[str, Any] = {
    "jobId": 101, "runId": 11, "runAttempt": 1, "repository": "octo-org/app", "labels": ["spotrunner/linux-x64"],
    "appId": "1", "installationId": 77, "preset": "linux-x64", "cpu": 0, "ram": 0, "status": "queued",
    "receivedAt": times.text(at(0)),
}  # fmt: skip


def an_answer(status: str, **fields: Any) -> dict[str, Any]:
    """Return GitHub's job."""
    return dict(a_payload(status, **fields)["workflow_job"])


def told(row: dict[str, Any], answer: dict[str, Any] | None) -> str | None:
    event = asked.news(row, answer, NOW)
    return event and event.job.action


NEWS = {
    "it runs": ("queued", "in_progress", "in_progress"),
    "it has ended": ("queued", "completed", "completed"),
    "it runs, and has ended": ("in_progress", "completed", "completed"),
    "it waits still": ("queued", "queued", None),
    "it runs still": ("in_progress", "in_progress", None),
    "it is about to be queued": ("queued", "pending", None),
    "GitHub lags behind the event": ("in_progress", "queued", None),
    "an approval is missing": ("waiting", "waiting", None),
}


@pytest.mark.parametrize("what", NEWS)
def test_an_answer_stands_for_the_event_that_was_missed(what: str) -> None:
    known, said, expected = NEWS[what]
    assert told({**ROW, "status": known}, an_answer(said)) == expected


def test_the_event_is_one_that_the_queue_carries_and_says_all_that_the_answer_does() -> None:
    answer = an_answer(
        "completed", conclusion="success", runner_id=5, runner_name="i-1", completed_at="2026-11-23T12:09:00Z"
    )
    event = asked.news(ROW, answer, NOW)
    assert event
    assert messages.parse(messages.text(event)) == event
    said = job_messages.to_json(event)
    assert (said["conclusion"], said["runnerName"], said["installationId"], said["preset"]) == (
        "success", "i-1", 77, "linux-x64",
    )  # fmt: skip


def test_a_job_that_github_does_not_know_has_ended_now() -> None:
    event = asked.news(ROW, None, NOW)
    assert event
    assert (event.job.action, event.job.completed_at, event.job.runner_name) == ("completed", NOW, None)


def test_an_answer_that_lacks_what_it_must_have_is_an_error() -> None:
    with pytest.raises(InvalidDeliveryError, match="lacks what it must have"):
        asked.news(ROW, {"status": "completed"}, NOW)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"receivedAt": times.text(NOW - timedelta(minutes=14))}, False),
        ({"restartedAt": times.text(NOW - timedelta(minutes=14))}, False),
        ({"restartedAt": times.text(NOW - timedelta(minutes=15))}, True),
        ({"launchId": "launch-1"}, False),
        ({"status": "in_progress"}, False),
        ({"receivedAt": None}, True),
    ],
)  # fmt: skip
def test_a_message_is_lost_if_nothing_came_of_it_for_a_quarter_of_an_hour(
    changes: dict[str, Any],
    expected: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert asked.is_lost({**ROW, **changes}, NOW) is expected
