"""Deliveries that failed: which of them GitHub is asked to repeat, and how far its list was read.

https://docs.github.com/en/webhooks/using-webhooks/automatically-redelivering-failed-deliveries-for-a-github-app-webhook
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from lambdas.core import times

OK = "OK"
TAKEN = range(200, 300)
EVENT = "workflow_job"
GIVEN_UP_AFTER = timedelta(hours=24)  # GitHub itself gives a job up by then
# What the webhook refuses for good: it is signed, but broken or too large. https://docs.github.com/en/rest/apps/webhooks
FINAL = frozenset({400, 413})


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt to deliver; attempts at the same event share its `guid`."""

    attempt_id: int
    guid: str
    event: str
    status: str
    status_code: int
    delivered_at: datetime

    @property
    def was_taken(self) -> bool:
        """Tell whether the webhook took it: GitHub shows its answer in words, of which `OK` is one, and as a code."""
        return self.status == OK or self.status_code in TAKEN


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How far an App's list was read, which is newest first.

    Everything up to the id `mark` is done with. While a pass lasts longer than a round, `up_to` is the mark after it,
    and `cursor` the page to go on with. `failing` tells since when deliveries fail, by their guid.
    """

    mark: int = 0
    up_to: int = 0
    cursor: str = ""
    failing: Mapping[str, str] = field(default_factory=dict)


def attempt(said: Mapping[str, Any]) -> Attempt:
    """Return what GitHub's list says of one attempt."""
    return Attempt(
        attempt_id=int(said["id"]),
        guid=str(said["guid"]),
        event=str(said["event"]),
        status=str(said["status"]),
        status_code=int(said["status_code"]),
        delivered_at=times.moment(said["delivered_at"]),
    )


def to_repeat(page: Iterable[Attempt], delivered: set[str], reading: Reading, now: datetime) -> tuple[Attempt, ...]:
    """Return the attempts of a page to repeat, one of each event, and add those to `delivered` that were delivered."""
    chosen: dict[str, Attempt] = {}
    for one in page:
        if one.attempt_id <= reading.mark:
            continue
        if one.was_taken:
            delivered.add(one.guid)
        elif one.guid not in delivered and _is_worth_it(one, reading, now):
            chosen.setdefault(one.guid, one)
    return tuple(one for one in chosen.values() if one.guid not in delivered)


def after_page(
    reading: Reading, page: tuple[Attempt, ...], repeated: Iterable[Attempt], cursor: str, now: datetime
) -> Reading:
    """Return how far the list is read after a page; `cursor` leads to the next, '' at the end of the list."""
    up_to = max([reading.up_to, *(one.attempt_id for one in page)])
    since = {one.guid: reading.failing.get(one.guid, times.text(one.delivered_at)) for one in repeated}
    failing = {
        guid: began
        for guid, began in {**reading.failing, **since}.items()
        if now - times.moment(began) < GIVEN_UP_AFTER + GIVEN_UP_AFTER
    }
    if not cursor or any(one.attempt_id <= reading.mark for one in page):
        return Reading(mark=max(reading.mark, up_to), failing=failing)
    return replace(reading, up_to=up_to, cursor=cursor, failing=failing)


def _is_worth_it(one: Attempt, reading: Reading, now: datetime) -> bool:
    began = times.moment(reading.failing.get(one.guid, times.text(one.delivered_at)))
    return one.event == EVENT and one.status_code not in FINAL and now - began < GIVEN_UP_AFTER
