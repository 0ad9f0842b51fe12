"""Which deliveries are repeated, and how far GitHub's list is read."""

from datetime import timedelta
from typing import Any

import pytest

from lambdas.core import redeliveries, times
from lambdas.core.redeliveries import Attempt, Reading
from tests.lambdas.makers import at

NOW = at(60)


def an_attempt(attempt_id: int = 10, **changes: Any) -> Attempt:
    """Return an attempt that failed half an hour ago."""
    fields = {"guid": f"guid-{attempt_id}", "event": "workflow_job", "status": "timed out", "status_code": 0}
    return Attempt(attempt_id=attempt_id, **{"delivered_at": at(30), **fields, **changes})


def chosen(*page: Attempt, mark: int = 0, **failing: str) -> list[int]:
    reading = Reading(mark=mark, failing={guid.replace("_", "-"): since for guid, since in failing.items()})
    return [one.attempt_id for one in redeliveries.to_repeat(page, set(), reading, NOW)]


def test_what_failed_is_repeated_once_for_all_its_attempts_job_1() -> None:
    assert chosen(an_attempt(12, guid="a"), an_attempt(11, guid="a"), an_attempt(10, guid="b")) == [12, 10]


NOT_REPEATED = {
    "what was delivered": an_attempt(status="OK", status_code=202),
    "what was taken, in whatever words": an_attempt(status="Accepted", status_code=202),
    "what the webhook refused for good": an_attempt(status="Invalid HTTP Response: 400", status_code=400),
    "what is too large": an_attempt(status="Invalid HTTP Response: 413", status_code=413),
    "another event": an_attempt(event="ping"),
    "what failed a day ago": an_attempt(delivered_at=NOW - timedelta(hours=24)),
    "what was read before": an_attempt(9),
}


@pytest.mark.parametrize("what", NOT_REPEATED)
def test_is_not_repeated(what: str) -> None:
    assert chosen(NOT_REPEATED[what], mark=9) == []


@pytest.mark.parametrize("code", [0, 401, 429, 500, 502, 503])
def test_is_repeated_whatever_the_code(code: int) -> None:
    assert chosen(an_attempt(status_code=code), mark=9) == [10]


def test_what_was_delivered_since_is_not_repeated() -> None:
    assert chosen(an_attempt(12, guid="a", status="OK", status_code=202), an_attempt(10, guid="a")) == []


def test_what_was_delivered_on_a_page_before_is_not_repeated() -> None:
    delivered: set[str] = set()
    redeliveries.to_repeat([an_attempt(12, guid="a", status="OK")], delivered, Reading(), NOW)
    assert redeliveries.to_repeat([an_attempt(10, guid="a")], delivered, Reading(), NOW) == ()


def test_an_event_that_has_failed_for_a_day_is_given_up_though_its_last_attempt_is_new() -> None:
    assert chosen(an_attempt(10), guid_10=times.text(NOW - timedelta(hours=24))) == []
    assert chosen(an_attempt(10), guid_10=times.text(NOW - timedelta(hours=23))) == [10]


def test_the_mark_moves_when_the_list_was_read_to_it_and_not_before() -> None:
    first = (an_attempt(30), an_attempt(20))
    reading = redeliveries.after_page(Reading(mark=5), first, first, "further", NOW)
    assert (reading.mark, reading.up_to, reading.cursor) == (5, 30, "further")
    last = (an_attempt(10), an_attempt(5))
    reading = redeliveries.after_page(reading, last, (), "even further", NOW)
    assert (reading.mark, reading.up_to, reading.cursor) == (30, 0, "")
    assert set(reading.failing) == {"guid-30", "guid-20"}


def test_the_end_of_the_list_ends_the_pass_and_an_empty_list_moves_nothing() -> None:
    assert redeliveries.after_page(Reading(), (an_attempt(30),), (), "", NOW).mark == 30
    assert redeliveries.after_page(Reading(mark=7), (), (), "", NOW).mark == 7


def test_what_has_failed_for_two_days_is_forgotten() -> None:
    old = times.text(NOW - timedelta(hours=48))
    assert redeliveries.after_page(Reading(failing={"a": old}), (), (), "", NOW).failing == {}
