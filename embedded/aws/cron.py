"""When a schedule runs next: AWS's `rate(...)` and six-field `cron(...)` expressions, in UTC; `W` is not understood."""

import calendar
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
WEEKDAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
LAST_YEAR = 2199


class ScheduleError(ValueError):
    """An expression that AWS would refuse, or that is not understood here."""


@dataclass(frozen=True, kw_only=True)
class _Cron:
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    years: frozenset[int]
    days_of: Callable[[int, int], frozenset[int]]


def next_run(expression: str, after: datetime) -> datetime | None:
    """Return the first run strictly after `after` (aware), in UTC, or None if there is none.

    A rate counts from `after`. Raises ScheduleError for an expression that AWS refuses (`rate(5 minute)` too).
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
    """
    after = after.astimezone(UTC)
    if expression.startswith("rate("):
        return after + _rate(expression)
    return next((run for run in _runs(_cron(expression), after) if run > after), None)


def last_run(expression: str, after: datetime, until: datetime) -> datetime | None:
    """Return the last run after `after` and not after `until`, or None if there is none; a rate counts from `after`."""
    after, until = after.astimezone(UTC), until.astimezone(UTC)
    if expression.startswith("rate("):
        runs = (until - after) // _rate(expression)
        return after + runs * _rate(expression) if runs > 0 else None
    last = None
    for run in itertools.takewhile(lambda run: run <= until, _runs(_cron(expression), after)):
        last = run if run > after else last
    return last


def _rate(expression: str) -> timedelta:
    match = re.fullmatch(r"rate\(([1-9]\d*) (minute|hour|day)(s?)\)", expression)
    if not match or (match[1] == "1") == bool(match[3]):
        raise ScheduleError(f"'{expression}' is no rate: expected rate(1 minute), rate(5 minutes), … hours or days")
    return int(match[1]) * UNITS[match[2]]


def _cron(expression: str) -> _Cron:
    match = re.fullmatch(r"cron\((.*)\)", expression)
    fields = match[1].upper().split() if match else []
    if len(fields) != 6:  # noqa: PLR2004 - minutes, hours, day of month, month, day of week, year
        raise ScheduleError(f"'{expression}' is no schedule: expected rate(…) or cron(…) with six fields")
    minutes, hours, day, month, weekday, year = fields
    if (day == "?") == (weekday == "?"):
        raise ScheduleError(f"'{expression}': exactly one of day-of-month and day-of-week must be '?'")
    return _Cron(
        minutes=tuple(sorted(_values(minutes, 0, 59))),
        hours=tuple(sorted(_values(hours, 0, 23))),
        months=_values(month, 1, 12, MONTHS),
        years=_values(year, 1970, LAST_YEAR),
        days_of=_days_of_month(day) if weekday == "?" else _days_of_week(weekday),
    )


def _values(field: str, low: int, high: int, names: dict[str, int] | None = None) -> frozenset[int]:
    return frozenset(value for part in field.split(",") for value in _part(part, low, high, names or {}))


def _part(part: str, low: int, high: int, names: dict[str, int]) -> range:
    match = re.fullmatch(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/([1-9]\d*))?", part)
    if not match:
        raise ScheduleError(f"'{part}' is not understood in a cron expression")
    every, first, last, step = match.groups()
    start = low if every else _number(first, names)
    end = high if every or (step and not last) else _number(last or first, names)
    if not low <= start <= end <= high:
        raise ScheduleError(f"'{part}' is outside {low}-{high} in a cron expression")
    return range(start, end + 1, int(step or 1))


def _number(text: str, names: dict[str, int]) -> int:
    if text in names:
        return names[text]
    if not text.isdecimal():
        raise ScheduleError(f"'{text}' is not understood in a cron expression")
    return int(text)


def _days_of_month(field: str) -> Callable[[int, int], frozenset[int]]:
    if field == "L":
        return lambda year, month: frozenset({_length(year, month)})
    days = _values(field, 1, 31)
    return lambda year, month: frozenset(day for day in days if day <= _length(year, month))


def _days_of_week(field: str) -> Callable[[int, int], frozenset[int]]:
    if match := re.fullmatch(r"(\w+)#([1-5])", field):
        nth = int(match[2])
        (wanted,) = _values(match[1], 1, 7, WEEKDAYS)
        return lambda year, month: frozenset(_weekdays(year, month, {wanted})[nth - 1 : nth])
    if (match := re.fullmatch(r"(\w+)L", field)) and field not in WEEKDAYS:
        (wanted,) = _values(match[1], 1, 7, WEEKDAYS)
        return lambda year, month: frozenset(_weekdays(year, month, {wanted})[-1:])
    wanted_days = _values("7" if field == "L" else field, 1, 7, WEEKDAYS)
    return lambda year, month: frozenset(_weekdays(year, month, wanted_days))


def _length(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _weekdays(year: int, month: int, wanted: frozenset[int] | set[int]) -> list[int]:
    """Return the days of the month whose weekday (1 = Sunday … 7 = Saturday) is wanted."""
    days = range(1, _length(year, month) + 1)
    return [day for day in days if date(year, month, day).isoweekday() % 7 + 1 in wanted]


def _runs(cron: _Cron, after: datetime) -> Iterator[datetime]:
    for year in sorted(year for year in cron.years if year >= after.year):
        for month in sorted(cron.months):
            if (year, month) < (after.year, after.month):
                continue
            for day in sorted(cron.days_of(year, month)):
                if date(year, month, day) >= after.date():
                    for hour in cron.hours:
                        for minute in cron.minutes:
                            yield datetime(year, month, day, hour, minute, tzinfo=UTC)
