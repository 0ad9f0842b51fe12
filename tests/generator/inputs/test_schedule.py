import random
import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.inputs.schedule import ScheduleError, parse, schedule_interval_minutes
from generator.inputs.schedule_pattern import pattern

PATTERN = re.compile(pattern())
DAY = 24 * 60


@pytest.mark.parametrize(
    ("expression", "minutes"),
    [
        ("cron(0 3 ? * SUN *)", 7 * DAY),
        ("cron(0 3 ? * 1 *)", 7 * DAY),
        ("cron(0 3 * * ? *)", DAY),
        ("cron(0 3 ? * * *)", DAY),
        ("cron(0 3 ? * MON-FRI *)", 3 * DAY),
        ("cron(0 3 ? * MON,THU *)", 4 * DAY),
        ("cron(0 3,15 ? * SUN *)", 7 * DAY - 12 * 60),
        ("cron(* * * * ? *)", 1),
        ("cron(0/15 * * * ? *)", 15),
        ("cron(*/20 * * * ? *)", 20),
        ("cron(0 8-18/2 * * ? *)", 14 * 60),
        ("cron(0 3 1,15 * ? *)", 17 * DAY),
        ("cron(0 3 1,22 * ? *)", 21 * DAY),
        ("cron(0 3 11,21 * ? *)", 21 * DAY),
        ("cron(0 3 1/21 * ? *)", 21 * DAY),
        ("cron(0 3 */7 * ? *)", 7 * DAY),
    ],
)
def test_the_interval_is_the_largest_gap_between_two_runs(expression: str, minutes: int) -> None:
    assert schedule_interval_minutes(expression) == minutes
    assert PATTERN.fullmatch(expression)


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("rate(7 days)", "rate() has no time of day"),
        ("0 3 ? * SUN *", "expected cron of six fields"),
        ("cron(0 3 * * 0)", "expected six fields"),
        ("cron(0  3 ? * SUN *)", "expected six fields with one space between them"),
        ("cron(0 3 ? JAN SUN *)", "its month is 'JAN'"),
        ("cron(0 3 ? * SUN 2027)", "its year is '2027'"),
        ("cron(0 3 * * * *)", "expected ? in exactly one"),
        ("cron(0 3 ? * ? *)", "expected ? in exactly one"),
        ("cron(60 3 ? * SUN *)", "its minutes hold '60'"),
        ("cron(0 24 ? * SUN *)", "its hours hold '24'"),
        ("cron(00 3 ? * SUN *)", "its minutes hold '00'"),
        ("cron(5-1 3 ? * SUN *)", "its minutes hold '5-1'"),
        ("cron(5-5 3 ? * SUN *)", "its minutes hold '5-5'"),
        ("cron(0/0 3 ? * SUN *)", "its minutes hold '0/0'"),
        ("cron(0 3 1 * ? *)", "up to 31 days between two builds, expected at most 21"),
        ("cron(0 3 1,10 * ? *)", "up to 22 days between two builds"),
        ("cron(0 3 1,23 * ? *)", "up to 22 days between two builds"),
        ("cron(0 3 1,31 * ? *)", "days from 1 to 28"),
        ("cron(0 3 1/22 * ? *)", "a step of 1 to 21"),
        ("cron(0 3 L * ? *)", "its day of month is 'L'"),
        ("cron(0 3 ? * SUN#1 *)", "its day of week holds 'SUN#1'"),
        ("cron(0 3 ? * SAT-SUN *)", "its day of week holds 'SAT-SUN'"),
        ("cron(0 3 ? * sun *)", "its day of week holds 'sun'"),
        ("cron(0 3 ? * 8 *)", "its day of week holds '8'"),
    ],
)
def test_an_expression_outside_the_subset_is_refused_with_a_reason(expression: str, why: str) -> None:
    with pytest.raises(ScheduleError, match=re.escape(why)):
        parse(expression)
    assert not PATTERN.fullmatch(expression)


def accepted(expression: str) -> bool:
    try:
        parse(expression)
    except ScheduleError:
        return False
    return True


def times(highest: int) -> st.SearchStrategy[str]:
    """Return a field of minutes or hours that is right as long as no number is beyond `highest`."""
    number = st.integers(0, highest)
    span = st.tuples(number, number).filter(lambda ends: ends[0] < ends[1]).map(lambda ends: f"{ends[0]}-{ends[1]}")
    step = st.integers(1, highest)
    entry = st.one_of(
        number.map(str),
        span,
        st.builds("{}/{}".format, number, step),
        st.builds("{}/{}".format, span, step),
        st.builds("*/{}".format, step),
    )
    return st.one_of(st.just("*"), st.lists(entry, min_size=1, max_size=3).map(",".join))


MONTH_DAYS = st.one_of(
    st.just("*"),
    st.builds("{}/{}".format, st.sampled_from(["*", "1"]), st.integers(1, 23)),
    st.lists(st.integers(1, 29), min_size=2, max_size=6).map(lambda days: ",".join(map(str, days))),
)
NAMES = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
PLACES = st.tuples(st.integers(0, 6), st.integers(0, 6))
SPANS = st.one_of(
    PLACES.map(lambda ends: f"{NAMES[ends[0]]}-{NAMES[ends[1]]}"), PLACES.map(lambda ends: f"{ends[0]}-{ends[1]}")
)
WEEKDAYS = st.one_of(
    st.just("*"),
    st.lists(st.one_of(st.sampled_from([*NAMES, "1", "7"]), SPANS), min_size=1, max_size=3).map(",".join),
)
DAYS = st.one_of(st.builds("{} * ?".format, MONTH_DAYS), st.builds("? * {}".format, WEEKDAYS))
LIKELY = st.builds("cron({} {} {} *)".format, times(59), times(23), DAYS)
ODD = st.sampled_from(
    ["", "0", "07", "60", "-", "1-", ",", "1,", "/2", "*/0", "?", "*", "L", "15W", "SUN#1", "sun", "8"]
)


@st.composite
def spoiled(draw: st.DrawFn) -> str:
    """Return a likely expression with one field, or one entry of it, replaced by something odd."""
    fields = draw(LIKELY)[5:-1].split(" ")
    place = draw(st.integers(0, 5))
    fields[place] = draw(st.one_of(ODD, st.builds("{},{}".format, st.just(fields[place]), ODD)))
    return f"cron({' '.join(fields)})"


@settings(max_examples=700, deadline=None, derandomize=True)
@given(st.one_of(LIKELY, spoiled()))
def test_the_pattern_for_editors_accepts_what_the_parser_does(expression: str) -> None:
    assert bool(PATTERN.fullmatch(expression)) == accepted(expression)


def test_the_pattern_agrees_on_every_pair_and_many_sets_of_days() -> None:
    pairs = [[first, second] for first in range(1, 30) for second in range(1, 30)]
    choose = random.Random(21)  # noqa: S311 - a table, not a secret
    sets = [choose.sample(range(1, 29), size) for size in range(1, 9) for _ in range(120)]
    for days in pairs + sets:
        expression = f"cron(0 3 {','.join(map(str, days))} * ? *)"
        assert bool(PATTERN.fullmatch(expression)) == accepted(expression), expression


@settings(max_examples=100, deadline=None, derandomize=True)
@given(LIKELY.filter(accepted))
def test_the_interval_is_what_a_calendar_shows(expression: str) -> None:
    schedule = parse(expression)
    calendar = [date(2027, 1, 1) + timedelta(days=number) for number in range(4 * 365 + 60)]  # with a leap year
    if schedule.month_days:
        on = [day for day in calendar if day.day in schedule.month_days]
    else:
        on = [day for day in calendar if day.isoweekday() % 7 + 1 in schedule.weekdays]
    overnight = max(
        (later - earlier).days * DAY + schedule.minutes[0] - schedule.minutes[-1] for earlier, later in pairwise(on)
    )
    assert schedule.longest_gap_minutes == max(
        overnight, *(later - earlier for earlier, later in pairwise(schedule.minutes)), 0
    )
