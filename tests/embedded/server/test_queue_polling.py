"""Queues feed functions in batches, and what fails comes back."""

import ast
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded.aws.server import EmbeddedAws

Make = Callable[..., Any]

POLL = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
PARTIAL = """
import json
def handler(event, context):
    bad = [r["messageId"] for r in event["Records"] if json.loads(r["body"]).get("bad")]
    return {"batchItemFailures": [{"itemIdentifier": one} for one in bad]}
"""


@pytest.fixture
def feed(aws: EmbeddedAws) -> Make:
    """Return a maker of mappings from a queue to a function."""

    def make(source: SimpleNamespace, made: SimpleNamespace, **fields: dict[str, Any]) -> str:
        return aws.client("lambda").create_event_source_mapping(
            EventSourceArn=source.arn, FunctionName=made.name, **fields
        )["UUID"]

    return make


@pytest.fixture
def send(aws: EmbeddedAws) -> Make:
    def put(target: SimpleNamespace, *bodies: object) -> None:
        entries = [{"Id": str(n), "MessageBody": json.dumps(body)} for n, body in enumerate(bodies)]
        aws.client("sqs").send_message_batch(QueueUrl=target.url, Entries=entries)
        aws.settle()

    return put


def left(aws: EmbeddedAws, source: SimpleNamespace) -> list[int]:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    values = aws.client("sqs").get_queue_attributes(QueueUrl=source.url, AttributeNames=names)["Attributes"]
    return [int(values[name]) for name in names]


def runs(aws: EmbeddedAws, made: SimpleNamespace) -> list[Any]:
    return [record for record in aws.host.records if record.function == made.name]


def test_messages_are_taken_in_one_batch_and_deleted(
    queue: Make, deploy: Make, feed: Make, send: Make, aws: EmbeddedAws
) -> None:
    source, made = queue(), deploy(actions=POLL)
    feed(source, made, BatchSize=10)
    send(source, {"n": 1}, {"n": 2}, {"n": 3})
    assert len(runs(aws, made)) == 1
    assert left(aws, source) == [0, 0]


def test_a_record_has_lambda_s_shape(queue: Make, deploy: Make, feed: Make, aws: EmbeddedAws) -> None:
    source, made = queue(), deploy("def handler(event, context): print(event)", actions=POLL)
    feed(source, made)
    attributes = {"kind": {"DataType": "String", "StringValue": "x"}}
    aws.client("sqs").send_message(QueueUrl=source.url, MessageBody="hello", MessageAttributes=attributes)
    aws.settle()
    (record,) = ast.literal_eval(runs(aws, made)[0].log_lines[1])["Records"]
    assert (record["body"], record["eventSource"], record["eventSourceARN"]) == ("hello", "aws:sqs", source.arn)
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["kind"]["stringValue"] == "x"


def test_the_batch_size_is_kept(queue: Make, deploy: Make, feed: Make, send: Make, aws: EmbeddedAws) -> None:
    source, made = queue(), deploy(actions=POLL)
    feed(source, made, BatchSize=2)
    send(source, *({"n": n} for n in range(5)))
    assert len(runs(aws, made)) >= 3


def test_only_the_failed_items_of_a_batch_stay(
    queue: Make, deploy: Make, feed: Make, send: Make, aws: EmbeddedAws
) -> None:
    source, made = queue(VisibilityTimeout="60"), deploy(PARTIAL, actions=POLL)
    feed(source, made, FunctionResponseTypes=["ReportBatchItemFailures"])
    send(source, {"bad": True}, {"bad": False})
    assert left(aws, source) == [0, 1]


def test_without_partial_failures_an_error_keeps_the_whole_batch(
    queue: Make, deploy: Make, feed: Make, send: Make, aws: EmbeddedAws
) -> None:
    source, made = queue(VisibilityTimeout="60"), deploy("def handler(e, c): raise ValueError", actions=POLL)
    feed(source, made)
    send(source, {}, {})
    assert left(aws, source) == [0, 2]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("{'batchItemFailures': [{'itemIdentifier': 'nobody'}]}", id="an unknown id"),
        pytest.param("{'batchItemFailures': [{}]}", id="no id"),
        pytest.param("'what'", id="not an object"),
    ],
)
def test_a_malformed_answer_fails_the_whole_batch(
    answer: str, queue: Make, deploy: Make, feed: Make, send: Make, aws: EmbeddedAws
) -> None:
    source, made = queue(VisibilityTimeout="60"), deploy(f"def handler(e, c): return {answer}", actions=POLL)
    feed(source, made, FunctionResponseTypes=["ReportBatchItemFailures"])
    send(source, {}, {})
    assert left(aws, source) == [0, 2]


def test_a_failed_message_comes_back_when_its_visibility_timeout_is_over(
    queue: Make, deploy: Make, feed: Make, send: Make, aws: EmbeddedAws
) -> None:
    source, made = queue(VisibilityTimeout="360"), deploy(PARTIAL, actions=POLL)
    feed(source, made, FunctionResponseTypes=["ReportBatchItemFailures"])
    send(source, {"bad": True})
    assert len(runs(aws, made)) == 1
    aws.advance(300)
    aws.settle()
    assert len(runs(aws, made)) == 1
    aws.advance(61)
    aws.settle()
    assert len(runs(aws, made)) == 2


def test_what_fails_too_often_ends_in_the_dead_letter_queue(
    queue: Make, deploy: Make, feed: Make, send: Make, aws: EmbeddedAws
) -> None:
    dead = queue("-dead")
    redrive = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 2})
    source, made = queue(VisibilityTimeout="60", RedrivePolicy=redrive), deploy(PARTIAL, actions=POLL)
    feed(source, made, FunctionResponseTypes=["ReportBatchItemFailures"])
    send(source, {"bad": True})
    for _ in range(2):
        aws.advance(61)
        aws.settle()
    assert len(runs(aws, made)) == 2
    assert left(aws, source) == [0, 0]
    assert json.loads(dead.messages()[0]["Body"]) == {"bad": True}


def test_a_disabled_mapping_takes_nothing_until_it_is_enabled(
    queue: Make, deploy: Make, feed: Make, send: Make, aws: EmbeddedAws
) -> None:
    source, made = queue(), deploy(actions=POLL)
    mapping = feed(source, made, Enabled=False)
    send(source, {})
    assert left(aws, source) == [1, 0]
    aws.client("lambda").update_event_source_mapping(UUID=mapping, Enabled=True)
    aws.settle()
    assert left(aws, source) == [0, 0]


def test_polling_needs_the_role_s_permission(
    queue: Make, deploy: Make, feed: Make, send: Make, aws: EmbeddedAws
) -> None:
    source, made = queue(), deploy()
    mapping = feed(source, made)
    send(source, {})
    assert left(aws, source) == [1, 0]
    assert runs(aws, made) == []
    assert made.name in {denial.role for denial in aws.enforcement.denials()}
    aws.client("lambda").delete_event_source_mapping(UUID=mapping)


@pytest.mark.parametrize(
    "fields",
    [
        {"FilterCriteria": {"Filters": [{"Pattern": "{}"}]}},
        {"MaximumBatchingWindowInSeconds": 30},
        {"MaximumRetryAttempts": 3},
        {"BisectBatchOnFunctionError": True},
        {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:eu-west-1:123456789012:x"}}},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_mapping_that_cannot_be_played_is_refused_on_create_and_on_update(
    fields: dict[str, Any], queue: Make, deploy: Make, feed: Make, aws: EmbeddedAws
) -> None:
    source, made = queue(), deploy(actions=POLL)
    with pytest.raises(ClientError, match=f"does not play {next(iter(fields))}"):
        feed(source, made, **fields)
    mapping = feed(source, made, MaximumBatchingWindowInSeconds=0)
    with pytest.raises(ClientError, match=f"does not play {next(iter(fields))}"):
        aws.client("lambda").update_event_source_mapping(UUID=mapping, **fields)


def test_a_queue_in_strict_order_is_refused_as_a_source(deploy: Make, feed: Make) -> None:
    source = SimpleNamespace(arn="arn:aws:sqs:eu-west-1:123456789012:x.fifo")
    with pytest.raises(ClientError, match="does not play EventSourceArn"):
        feed(source, deploy(actions=POLL))
