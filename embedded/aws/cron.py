"""When a schedule ran last: AWS's `rate(...)` and six-field `cron(...)` expressions, in UTC.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

import re
from datetime import UTC, datetime, timedelta

from aws_croniter import AwsCroniter

UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}


class ScheduleError(ValueError):
    """An expression that AWS would refuse, or that is not understood here."""


def check(expression: str) -> None:
    """Raise ScheduleError for an expression that AWS refuses (`rate(5 minute)` too)."""
    _parsed(expression)


def last_run(expression: str, after: datetime, until: datetime) -> datetime | None:
    """Return the last run after `after` and not after `until`, or None if there is none; a rate counts from `after`."""
    after, until, schedule = after.astimezone(UTC), until.astimezone(UTC), _parsed(expression)
    if isinstance(schedule, timedelta):
        last: datetime | None = after + (until - after) // schedule * schedule
    else:
        (last,) = schedule.get_prev(until, inclusive=True)
    return last if last and last > after else None


def _parsed(expression: str) -> AwsCroniter | timedelta:
    rate = re.fullmatch(r"rate\(([1-9]\d*) (minute|hour|day)(s?)\)", expression)
    if rate and (rate[1] == "1") != bool(rate[3]):
        return int(rate[1]) * UNITS[rate[2]]
    cron = re.fullmatch(r"cron\((.+)\)", expression)
    if not cron:
        raise ScheduleError(f"'{expression}' is no schedule: expected rate(1 minute), rate(5 minutes), … or cron(…)")
    try:
        return AwsCroniter(cron[1])
    except ValueError as error:
        raise ScheduleError(f"'{expression}': {error}") from error
