"""The limits that a burst meets, and how fast each would let it be drained.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
https://docs.github.com/en/actions/reference/limits
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HOUR, FIVE_MINUTES, MINUTE = 3600, 300, 60
REGISTRATIONS_OF_AN_APP = 10_000  # an hour
REGISTRATIONS_OF_THE_ORGANIZATION = 1_500  # in five minutes, all Apps together
POINTS_OF_AN_APP, POINTS_OF_A_WRITE = 900, 5  # a minute
FLEETS, JOBS_OF_A_LAUNCH = 5, 10  # a second


@dataclass(frozen=True, kw_only=True)
class Limit:
    """So many JIT configurations, or launches, in a while."""

    name: str
    per_hour: float

    def seconds(self, jobs: int) -> float:
        """Return how long so many jobs take at this pace."""
        return jobs / self.per_hour * HOUR


def slowest(apps: int, requests_per_hour: int) -> Limit:
    """Return the limit that a burst must wait for."""
    return min(limits(apps, requests_per_hour), key=lambda one: one.per_hour)


def limits(apps: int, requests_per_hour: int) -> tuple[Limit, ...]:
    """Return all limits on how many jobs get runners in an hour."""
    return (
        Limit(name="requests of the installations", per_hour=apps * requests_per_hour),
        Limit(name="registrations of the Apps", per_hour=apps * REGISTRATIONS_OF_AN_APP),
        Limit(name="points of the Apps", per_hour=apps * POINTS_OF_AN_APP / POINTS_OF_A_WRITE * HOUR / MINUTE),
        Limit(
            name="registrations of the organization",
            per_hour=REGISTRATIONS_OF_THE_ORGANIZATION * HOUR / FIVE_MINUTES,
        ),
        Limit(name="CreateFleet's refill", per_hour=FLEETS * JOBS_OF_A_LAUNCH * HOUR),
    )


def peak(times: Iterable[float], length: float) -> int:
    """Return how many of these times, which are in order, lie within a while of this length at most."""
    found: Sequence[float] = list(times)
    most = first = 0
    for last, time in enumerate(found):
        while time - found[first] >= length:
            first += 1
        most = max(most, last - first + 1)
    return most
