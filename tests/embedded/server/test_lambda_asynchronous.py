"""Asynchronous invocations are repeated, and what fails for good is kept."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from embedded.aws.server import EmbeddedAws

Make = Callable[..., Any]

FAIL = "def handler(event, context): raise ValueError('no')"


def tries(aws: EmbeddedAws, made: SimpleNamespace) -> list[Any]:
    return [record for record in aws.host.records if record.function == made.name]


def test_an_event_is_accepted_and_runs_once_when_it_succeeds(deploy: Make, aws: EmbeddedAws) -> None:
    made = deploy()
    assert aws.client("lambda").invoke(FunctionName=made.name, InvocationType="Event")["StatusCode"] == 202
    aws.settle()
    assert [record.error for record in tries(aws, made)] == [None]


def test_a_failing_event_is_tried_three_times_under_one_request_id(deploy: Make, aws: EmbeddedAws) -> None:
    made = deploy(FAIL)
    aws.client("lambda").invoke(FunctionName=made.name, InvocationType="Event")
    aws.settle()
    assert [record.error for record in tries(aws, made)] == ["ValueError"] * 3
    assert len({record.request_id for record in tries(aws, made)}) == 1


def test_fewer_retries_can_be_configured_and_the_last_configuration_counts(deploy: Make, aws: EmbeddedAws) -> None:
    made = deploy(FAIL)
    for retries in (2, 0):
        aws.client("lambda").put_function_event_invoke_config(FunctionName=made.name, MaximumRetryAttempts=retries)
    aws.client("lambda").invoke(FunctionName=made.name, InvocationType="Event")
    aws.settle()
    assert len(tries(aws, made)) == 1


def test_what_fails_for_good_goes_to_the_destination_in_aws_s_shape(
    deploy: Make, queue: Make, aws: EmbeddedAws
) -> None:
    made, dead = deploy(FAIL, actions=("sqs:SendMessage",)), queue()
    aws.client("lambda").put_function_event_invoke_config(
        FunctionName=made.name, DestinationConfig={"OnFailure": {"Destination": dead.arn}}
    )
    aws.client("lambda").invoke(FunctionName=made.name, InvocationType="Event", Payload=b'{"job": 7}')
    aws.settle()
    (message,) = dead.messages()
    record = json.loads(message["Body"])
    assert record["requestPayload"] == {"job": 7}
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestContext"]["functionArn"] == f"{made.arn}:$LATEST"
    assert record["responsePayload"]["errorType"] == "ValueError"
    assert record["responseContext"]["functionError"] == "Unhandled"


def test_a_destination_needs_the_function_s_permission(
    deploy: Make, queue: Make, aws: EmbeddedAws, caplog: pytest.LogCaptureFixture
) -> None:
    made, dead = deploy(FAIL), queue()
    aws.client("lambda").put_function_event_invoke_config(
        FunctionName=made.name, DestinationConfig={"OnFailure": {"Destination": dead.arn}}
    )
    aws.client("lambda").invoke(FunctionName=made.name, InvocationType="Event")
    aws.settle()
    assert dead.messages() == []
    assert "is lost" in caplog.text


def test_an_event_for_a_function_without_concurrency_goes_to_the_destination_untried(
    deploy: Make, queue: Make, aws: EmbeddedAws
) -> None:
    made, dead = deploy(actions=("sqs:SendMessage",)), queue()
    aws.client("lambda").put_function_event_invoke_config(
        FunctionName=made.name, DestinationConfig={"OnFailure": {"Destination": dead.arn}}
    )
    aws.client("lambda").put_function_concurrency(FunctionName=made.name, ReservedConcurrentExecutions=0)
    aws.client("lambda").invoke(FunctionName=made.name, InvocationType="Event")
    aws.settle()
    assert len(dead.messages()) == 1
    assert tries(aws, made) == []


@pytest.mark.parametrize("reserved", [1])
def test_throttled_events_wait_for_their_turn(reserved: int, deploy: Make, aws: EmbeddedAws) -> None:
    made = deploy()
    aws.client("lambda").put_function_concurrency(FunctionName=made.name, ReservedConcurrentExecutions=reserved)
    for _ in range(5):
        aws.client("lambda").invoke(FunctionName=made.name, InvocationType="Event")
    aws.settle()
    assert [record.error for record in tries(aws, made)] == [None] * 5
