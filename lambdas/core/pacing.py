"""How fast an App may register runners: GitHub's limits as one queue, in which every JIT configuration has a place.

An App's queue is the time at which the last place that was given away comes up. Whoever takes places moves it on, and
may act as soon as all of them have come up; an App that was idle gives some away at once.
https://docs.github.com/en/actions/reference/limits
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

REGISTRATIONS_PER_HOUR = 10_000  # of an App
REGISTRATIONS_PER_FIVE_MINUTES = 1_500  # of an organization or repository, all Apps together
REQUESTS_PER_HOUR = 5_000  # of an App's installation, until GitHub says more
USED = 0.94  # of a limit; the rest is for what else is asked of GitHub, and for clocks that differ
AT_ONCE = 10
FIVE_MINUTES_PER_HOUR = 12
HOUR_MS = 3_600_000


@dataclass(frozen=True, kw_only=True)
class Slot:
    """Places in an App's queue: whose, and when all of them have come up."""

    app_id: str
    at: datetime


def interval_ms(requests_per_hour: int, apps: int) -> int:
    """Return the time between two places of an App; `apps` share what the organization is allowed."""
    shared = REGISTRATIONS_PER_FIVE_MINUTES * FIVE_MINUTES_PER_HOUR / apps
    return math.ceil(HOUR_MS / (USED * min(REGISTRATIONS_PER_HOUR, requests_per_hour, shared)))


def slot(app_id: str, last_ms: int, interval: int, closed_until_ms: int) -> Slot:
    """Return when places have come up, the last of which stands at `last_ms` (since the epoch) in the queue."""
    return Slot(app_id=app_id, at=moment(max(last_ms - AT_ONCE * interval, closed_until_ms)))


def milliseconds(at: datetime) -> int:
    """Return a time in milliseconds since the epoch."""
    return int(at.timestamp() * 1000)


def moment(ms: int) -> datetime:
    """Return the whole second in which a time since the epoch has passed."""
    return datetime.fromtimestamp(-(-ms // 1000), UTC)


def wait_seconds(at: datetime, now: datetime) -> int:
    """Return how long it is until a time, 0 if it has passed."""
    return max(0, math.ceil((at - now) / timedelta(seconds=1)))
