"""The schedule of a preset's rebuilds: a subset of AWS's cron that always comes round within 21 days.

The subset is a regular language, so that an editor's JSON Schema can check it with `PATTERN`; `parse` reads the same
language field by field and says what is wrong. The whole of it, with what is left out here, is at
https://docs.aws.amazon.com/imagebuilder/latest/userguide/cron-expressions.html
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

LONGEST_GAP_DAYS = 21
EXAMPLE = "cron(0 3 ? * SUN *)"
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
DAY_MINUTES = 24 * 60
EVERY_MONTH = 28  # days 29 to 31 do not come every month
FIELDS = ("minutes", "hours", "day of month", "month", "day of week", "year")


class ScheduleError(ValueError):
    """An expression outside the subset; the message says what is accepted."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When builds run: sorted minutes of the day (UTC), on days of the month or, if there are none, of the week."""

    minutes: tuple[int, ...]
    month_days: frozenset[int]
    weekdays: frozenset[int]  # 1 is Sunday

    @property
    def longest_gap_days(self) -> int:
        """Return the most days from one day with a run to the next."""
        if not self.month_days:
            return _longest_gap(self.weekdays, 7)
        lengths = range(EVERY_MONTH, 32)
        return max(_longest_gap((day for day in self.month_days if day <= length), length) for length in lengths)

    @property
    def longest_gap_minutes(self) -> int:
        """Return the most minutes from one run to the next."""
        within_a_day = max((later - earlier for earlier, later in pairwise(self.minutes)), default=0)
        return max(within_a_day, self.longest_gap_days * DAY_MINUTES - (self.minutes[-1] - self.minutes[0]))


def schedule_interval_minutes(expression: str) -> int:
    """Return the largest gap between two runs of an expression, in minutes; raise ScheduleError if it is not one."""
    return parse(expression).longest_gap_minutes


def parse(expression: str) -> Schedule:
    """Return the schedule that an expression such as `cron(0 3 ? * SUN *)` stands for, or raise ScheduleError."""
    minutes, hours, month_days, month, weekdays, year = _six_fields(expression)
    for name, field in (("month", month), ("year", year)):
        if field != "*":
            raise ScheduleError(f"its {name} is {field!r}, expected * (builds must come at least every 21 days)")
    if (month_days == "?") == (weekdays == "?"):
        raise ScheduleError("expected ? in exactly one of day of month and day of week")
    schedule = Schedule(
        minutes=_times(_numbers("minutes", minutes, 59), _numbers("hours", hours, 23)),
        month_days=frozenset() if month_days == "?" else _month_days(month_days),
        weekdays=frozenset() if weekdays == "?" else _weekdays(weekdays),
    )
    if schedule.longest_gap_days > LONGEST_GAP_DAYS:
        raise ScheduleError(
            f"it leaves up to {schedule.longest_gap_days} days between two builds, expected at most {LONGEST_GAP_DAYS},"
            " such as cron(0 3 1,15 * ? *)"
        )
    return schedule


def _six_fields(expression: str) -> list[str]:
    if expression.startswith("rate("):
        raise ScheduleError(f"rate() has no time of day, expected cron of six fields such as {EXAMPLE}")
    inside = re.fullmatch(r"cron\((.*)\)", expression)
    if not inside:
        raise ScheduleError(f"expected cron of six fields such as {EXAMPLE}")
    fields = inside[1].split(" ")
    if len(fields) != len(FIELDS) or "" in fields:
        raise ScheduleError(f"expected six fields with one space between them ({', '.join(FIELDS)}), such as {EXAMPLE}")
    return fields


def _times(minutes: Iterable[int], hours: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted({hour * 60 + minute for hour in hours for minute in minutes}))


def _number(text: str, lowest: int, highest: int) -> int | None:
    if re.fullmatch("0|[1-9][0-9]?", text) and lowest <= int(text) <= highest:
        return int(text)
    return None


def _numbers(name: str, field: str, highest: int) -> set[int]:
    if field == "*":
        return set(range(highest + 1))
    found: set[int] = set()
    for entry in field.split(","):
        start, _, step = entry.partition("/")
        first, _, last = (f"0-{highest}" if start == "*" and "/" in entry else start).partition("-")
        low = _number(first, 0, highest)
        high = _number(last, 0, highest) if "-" in start else highest if "/" in entry else low
        every = _number(step, 1, highest) if "/" in entry else 1
        if low is None or high is None or every is None or low > high or (low == high and "-" in start):
            raise ScheduleError(f"its {name} hold {entry!r}, expected 0 to {highest}, *, a-b, a/step or */step")
        found.update(range(low, high + 1, every))
    return found


def _month_days(field: str) -> frozenset[int]:
    if field == "*":
        return frozenset(range(1, 32))
    if stepped := re.fullmatch(r"(?:\*|1)/(.*)", field):
        step = _number(stepped[1], 1, LONGEST_GAP_DAYS)
        if step is None:
            raise ScheduleError(f"its day of month is {field!r}, expected a step of 1 to {LONGEST_GAP_DAYS}")
        return frozenset(range(1, 32, step))
    days = {_number(entry, 1, EVERY_MONTH) for entry in field.split(",")}
    if None in days:
        raise ScheduleError(f"its day of month is {field!r}, expected *, */step or days from 1 to 28 such as 1,15")
    return frozenset(day for day in days if day is not None)


def _weekdays(field: str) -> frozenset[int]:
    if field == "*":
        return frozenset(range(1, 8))
    found: set[int] = set()
    for entry in field.split(","):
        first, _, last = entry.partition("-")
        names = WEEKDAYS if first in WEEKDAYS else tuple("1234567")
        if first not in names or ("-" in entry and (last not in names or names.index(last) <= names.index(first))):
            raise ScheduleError(f"its day of week holds {entry!r}, expected SUN to SAT, 1 (Sunday) to 7, * or a range")
        found.update(range(names.index(first) + 1, names.index(last or first) + 2))
    return frozenset(found)


def _longest_gap(days: Iterable[int], length: int) -> int:
    """Return the longest way from one of the days to the next in a circle of `length` days."""
    ordered = sorted(days)
    return max(later - earlier for earlier, later in pairwise([*ordered, ordered[0] + length]))
