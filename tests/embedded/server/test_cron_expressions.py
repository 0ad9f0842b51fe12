"""When schedules ran."""

from datetime import UTC, datetime

import pytest

from embedded.aws.cron import ScheduleError, check, last_run

MONDAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "until", "expected"),
    [
        pytest.param("cron(0 3 ? * SUN *)", "2026-12-01 00:00", "2026-11-29 03:00", id="Sundays"),
        pytest.param("cron(0 3 ? * 1 *)", "2026-12-01 00:00", "2026-11-29 03:00", id="Sunday is 1"),
        pytest.param("cron(0/15 * * * ? *)", "2026-11-23 12:29", "2026-11-23 12:15", id="every quarter"),
        pytest.param("cron(5,35 14 * * ? *)", "2026-11-24 13:00", "2026-11-23 14:35", id="a list"),
        pytest.param("cron(0 8-10 ? * MON-FRI *)", "2026-11-29 00:00", "2026-11-27 10:00", id="ranges"),
        pytest.param("cron(0 0 L * ? *)", "2026-12-30 00:00", "2026-11-30 00:00", id="the last day of the month"),
        pytest.param("cron(0 0 ? * 6L *)", "2026-12-24 00:00", "2026-11-27 00:00", id="the last Friday"),
        pytest.param("cron(0 0 ? * TUE#2 *)", "2027-01-01 00:00", "2026-12-08 00:00", id="the second Tuesday"),
        pytest.param("cron(0 0 31 * ? *)", "2027-03-30 00:00", "2027-01-31 00:00", id="short months are left out"),
        pytest.param("cron(0 0 29 2 ? *)", "2029-03-01 00:00", "2028-02-29 00:00", id="leap days"),
        pytest.param("cron(0 0 1 JAN ? 2030)", "2032-01-01 00:00", "2030-01-01 00:00", id="years"),
        pytest.param("cron(0 0 30 2 ? *)", "2030-01-01 00:00", None, id="never"),
        pytest.param("cron(0 * * * ? *)", "2026-11-24 11:59", "2026-11-24 11:00", id="the last of many"),
        pytest.param("cron(0 * * * ? *)", "2026-11-23 13:00", "2026-11-23 13:00", id="until is included"),
        pytest.param("cron(0 * * * ? *)", "2026-11-23 12:59", None, id="none yet: after is excluded"),
        pytest.param("rate(7 minutes)", "2026-11-23 12:30", "2026-11-23 12:28", id="a rate counts from after"),
        pytest.param("rate(7 minutes)", "2026-11-23 12:06", None, id="a rate that is not over"),
        pytest.param("rate(1 day)", "2026-11-24 12:00", "2026-11-24 12:00", id="a day"),
    ],
)
def test_the_last_run_until_a_moment(expression: str, until: str, expected: str | None) -> None:
    found = last_run(expression, MONDAY, datetime.fromisoformat(f"{until}+00:00"))
    assert found == (datetime.fromisoformat(f"{expected}+00:00") if expected else None)


@pytest.mark.parametrize(
    "expression",
    [
        "rate(5 minute)",
        "rate(1 minutes)",
        "rate(0 minutes)",
        "rate(5 weeks)",
        "every day",
        "cron(0 3 * * *)",
        "cron(0 3 * * * *)",
        "cron(0 3 ? * ? *)",
        "cron(60 3 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 3 0 * ? *)",
        "cron(0 3 ? * 8 *)",
        "cron(0 3 ? * FOO *)",
        "cron(0 3 ? * MON#6 *)",
        "cron(0/0 3 * * ? *)",
    ],
)
def test_what_aws_refuses_is_an_error(expression: str) -> None:
    with pytest.raises(ScheduleError):
        check(expression)
