"""Scheduled rules fire on the clock."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from embedded.aws.server import EmbeddedAws

Make = Callable[..., Any]


@pytest.fixture
def scheduled(aws: EmbeddedAws, name: str, deploy: Make) -> Iterator[Make]:
    """Return a maker of a function that a schedule invokes."""

    def make(expression: str, **fields: dict[str, Any]) -> SimpleNamespace:
        made = deploy("def handler(event, context): print(event['time'], event['detail-type'])")
        aws.client("events").put_rule(Name=name, ScheduleExpression=expression, **fields)
        aws.client("events").put_targets(Rule=name, Targets=[{"Id": "1", "Arn": made.arn}])
        arn = aws.client("events").describe_rule(Name=name)["Arn"]
        aws.client("lambda").add_permission(
            FunctionName=made.name,
            StatementId="events",
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=arn,
        )
        return made

    yield make
    aws.client("events").remove_targets(Rule=name, Ids=["1"])
    aws.client("events").delete_rule(Name=name)


@pytest.fixture
def pass_time(aws: EmbeddedAws) -> Make:
    def advance(seconds: float) -> None:
        aws.advance(seconds)
        aws.settle()

    return advance


def runs(aws: EmbeddedAws, made: SimpleNamespace) -> list[str]:
    return [record.log_lines[1] for record in aws.host.records if record.function == made.name]


def test_a_rate_fires_each_time_that_its_period_is_over(scheduled: Make, pass_time: Make, aws: EmbeddedAws) -> None:
    made = scheduled("rate(5 minutes)")
    aws.clock.advance(240)
    assert len(runs(aws, made)) == 0
    pass_time(61)
    assert len(runs(aws, made)) == 1
    pass_time(300)
    assert len(runs(aws, made)) == 2


def test_a_long_jump_fires_a_schedule_once_at_its_last_due_time(
    scheduled: Make, pass_time: Make, aws: EmbeddedAws
) -> None:
    made = scheduled("cron(0 * * * ? *)")
    pass_time(10 * 3600)
    (line,) = runs(aws, made)
    assert line.startswith(aws.clock.now().strftime("%Y-%m-%dT%H:00:00Z"))
    assert line.endswith("Scheduled Event")


def test_a_disabled_schedule_does_not_fire_and_counts_anew_when_enabled(
    scheduled: Make, pass_time: Make, aws: EmbeddedAws, name: str
) -> None:
    made = scheduled("rate(1 hour)", State="DISABLED")
    pass_time(7200)
    assert runs(aws, made) == []
    aws.client("events").enable_rule(Name=name)
    pass_time(3500)
    assert runs(aws, made) == []
    pass_time(101)
    assert len(runs(aws, made)) == 1
