"""Events reach the targets of matching rules that permit it, and nobody else."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded.aws.server import EmbeddedAws

Make = Callable[..., Any]

SOURCE = "test.jobs"


@pytest.fixture
def rule(aws: EmbeddedAws, name: str) -> Make:
    """Return a maker of rules on this test's own source: (targets, …) → ARN; further fields go to PutRule."""

    def make(*targets: dict[str, object], **fields: dict[str, Any]) -> int:
        pattern = {"source": [f"{SOURCE}.{name}"]}
        aws.client("events").put_rule(Name=name, EventPattern=json.dumps(pattern), **fields)
        arn = aws.client("events").describe_rule(Name=name)["Arn"]
        named = [{"Id": str(number), **target} for number, target in enumerate(targets)]
        aws.client("events").put_targets(Rule=name, Targets=named)
        return arn

    return make


@pytest.fixture
def rule_arn(name: str) -> str:
    return f"arn:aws:events:eu-west-1:123456789012:rule/{name}"


@pytest.fixture
def send(aws: EmbeddedAws, name: str) -> Make:
    def put(detail: object = None, source: str | None = None) -> None:
        entry = {
            "Source": source or f"{SOURCE}.{name}",
            "DetailType": "Job",
            "Detail": json.dumps(detail or {"job": 7}),
            "Resources": ["arn:x"],
        }
        answer = aws.client("events").put_events(Entries=[entry])
        assert answer["FailedEntryCount"] == 0
        aws.settle()

    return put


def permit(aws: EmbeddedAws, made: SimpleNamespace, source_arn: str) -> None:
    aws.client("lambda").add_permission(
        FunctionName=made.name,
        StatementId="events",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=source_arn,
    )


def runs(aws: EmbeddedAws, made: SimpleNamespace) -> int:
    return len([record for record in aws.host.records if record.function == made.name])


def outcomes(aws: EmbeddedAws, name: str) -> list[tuple[str, str | None]]:
    return [(one.status, one.reason) for one in aws.events.deliveries if one.rule == name]


def test_an_event_reaches_a_queue_in_eventbridge_s_full_shape(
    rule: Make, rule_arn: str, queue: Make, send: Make, name: str
) -> None:
    target = queue(allow=rule_arn)
    rule({"Arn": target.arn})
    send({"job": 7})
    event = json.loads(target.messages()[0]["Body"])
    assert {key: event[key] for key in ("version", "source", "detail-type", "account", "region", "resources")} == {
        "version": "0",
        "source": f"{SOURCE}.{name}",
        "detail-type": "Job",
        "account": "123456789012",
        "region": "eu-west-1",
        "resources": ["arn:x"],
    }
    assert event["detail"] == {"job": 7}
    assert event["time"].endswith("Z")


def test_an_event_published_by_aws_itself_takes_the_same_way(
    rule: Make, rule_arn: str, queue: Make, aws: EmbeddedAws, name: str
) -> None:
    target = queue(allow=rule_arn)
    rule({"Arn": target.arn})
    event = {"id": "1", "source": f"{SOURCE}.{name}", "detail-type": "X", "detail": {}, "time": "2026-11-23T12:00:00Z"}
    aws.events.publish(event)
    aws.settle()
    assert json.loads(target.messages()[0]["Body"]) == event


def test_an_event_that_does_not_match_goes_nowhere(rule: Make, rule_arn: str, queue: Make, send: Make) -> None:
    target = queue(allow=rule_arn)
    rule({"Arn": target.arn})
    send(source="somebody.else")
    assert target.messages() == []


def test_a_disabled_rule_delivers_nothing(rule: Make, rule_arn: str, queue: Make, send: Make) -> None:
    target = queue(allow=rule_arn)
    rule({"Arn": target.arn}, State="DISABLED")
    send()
    assert target.messages() == []


def test_a_function_runs_for_a_rule_that_it_permits(rule: Make, deploy: Make, send: Make, aws: EmbeddedAws) -> None:
    made = deploy()
    permit(aws, made, rule({"Arn": made.arn}))
    send()
    assert runs(aws, made) == 1


def test_a_function_does_not_run_without_a_permission(
    rule: Make, deploy: Make, send: Make, aws: EmbeddedAws, name: str
) -> None:
    made = deploy()
    rule({"Arn": made.arn})
    send()
    assert runs(aws, made) == 0
    assert outcomes(aws, name) == [("failed", "NO_PERMISSIONS")]


def test_a_permission_for_another_rule_is_none(
    rule: Make, deploy: Make, send: Make, aws: EmbeddedAws, name: str
) -> None:
    made = deploy()
    permit(aws, made, rule({"Arn": made.arn}) + "-other")
    send()
    assert outcomes(aws, name) == [("failed", "NO_PERMISSIONS")]


def test_a_queue_without_a_policy_loses_the_event(
    rule: Make, queue: Make, send: Make, aws: EmbeddedAws, name: str
) -> None:
    target = queue()
    rule({"Arn": target.arn})
    send()
    assert target.messages() == []
    assert outcomes(aws, name) == [("failed", "NO_PERMISSIONS")]


def test_a_condition_that_cannot_be_judged_is_an_error_and_no_permission(
    aws: EmbeddedAws, rule: Make, rule_arn: str, queue: Make, send: Make, name: str
) -> None:
    target = queue(allow=rule_arn)
    sqs = aws.client("sqs")
    policy = sqs.get_queue_attributes(QueueUrl=target.url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    other = policy.replace("ArnEquals", "StringNotEquals").replace("aws:SourceArn", "aws:PrincipalTag/team")
    sqs.set_queue_attributes(QueueUrl=target.url, Attributes={"Policy": other})
    rule({"Arn": target.arn})
    send()
    ((status, reason),) = outcomes(aws, name)
    assert (status, "aws:PrincipalTag/team is not known" in str(reason)) == ("failed", True)
    assert target.messages() == []


def test_what_a_target_refuses_goes_to_its_dead_letter_queue(
    rule: Make, rule_arn: str, queue: Make, send: Make, aws: EmbeddedAws, name: str
) -> None:
    target, dead = queue(), queue("-dead", allow=rule_arn)
    rule({"Arn": target.arn, "DeadLetterConfig": {"Arn": dead.arn}})
    send()
    (message,) = dead.messages()
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
    assert message["MessageAttributes"]["RULE_ARN"]["StringValue"] == rule_arn
    assert outcomes(aws, name) == [("dead-lettered", "NO_PERMISSIONS")]


def test_a_dead_letter_queue_needs_a_policy_too(
    rule: Make, queue: Make, send: Make, aws: EmbeddedAws, name: str
) -> None:
    target, dead = queue(), queue("-dead")
    rule({"Arn": target.arn, "DeadLetterConfig": {"Arn": dead.arn}})
    send()
    assert dead.messages() == []
    assert outcomes(aws, name)[0][0] == "failed"


def test_a_delivery_that_fails_is_tried_again(
    rule: Make, rule_arn: str, queue: Make, send: Make, control: Make
) -> None:
    target = queue(allow=rule_arn)
    rule({"Arn": target.arn})
    control("POST", "/faults", match="events.Deliver", times=2)
    send()
    control("DELETE", "/faults")
    assert len(target.messages()) == 1


def test_retries_end_where_the_target_says(rule: Make, rule_arn: str, queue: Make, send: Make, control: Make) -> None:
    target, dead = queue(allow=rule_arn), queue("-dead", allow=rule_arn)
    policy = {"MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 60}
    rule({"Arn": target.arn, "RetryPolicy": policy, "DeadLetterConfig": {"Arn": dead.arn}})
    control("POST", "/faults", match="events.Deliver", times=2, code="ThrottlingException")
    send()
    control("DELETE", "/faults")
    assert target.messages() == []
    attributes = dead.messages()[0]["MessageAttributes"]
    assert attributes["ERROR_CODE"]["StringValue"] == "ThrottlingException"
    assert attributes["EXHAUSTED_RETRY_CONDITION"]["StringValue"] == "MaximumRetryAttempts"


@pytest.mark.parametrize(
    "target",
    [
        pytest.param({"Arn": "arn:aws:sns:eu-west-1:123456789012:topic"}, id="a topic"),
        pytest.param({"Arn": "arn:aws:sqs:eu-west-1:123456789012:q", "RoleArn": "arn:aws:iam::1:role/x"}, id="a role"),
        pytest.param({"Arn": "arn:aws:sqs:eu-west-1:123456789012:q", "InputPath": "$.detail"}, id="a part"),
    ],
)
def test_a_target_that_cannot_be_played_is_refused(target: dict[str, str], rule: Make) -> None:
    with pytest.raises(ClientError, match=r"does not play Targets\."):
        rule(target)


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"RoleArn": "arn:aws:iam::123456789012:role/x"}, "RoleArn"),
        ({"EventBusName": "other"}, "EventBusName 'other'"),
    ],
    ids=["a role", "another bus"],
)
def test_a_rule_that_cannot_be_played_is_refused(
    fields: dict[str, str], what: str, aws: EmbeddedAws, name: str
) -> None:
    with pytest.raises(ClientError, match=f"does not play {what}"):
        aws.client("events").put_rule(Name=name, EventPattern='{"source":["x"]}', **fields)


def test_a_schedule_that_aws_refuses_is_refused(aws: EmbeddedAws, name: str) -> None:
    with pytest.raises(ClientError, match="rate\\(5 minutes\\)"):
        aws.client("events").put_rule(Name=name, ScheduleExpression="rate(5 minute)")
