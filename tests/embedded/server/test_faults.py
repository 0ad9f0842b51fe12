"""Faults strike before or after the effect, wherever the call comes from."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError

from embedded.aws.server import EmbeddedAws

Make = Callable[..., Any]


@pytest.fixture
def client(aws: EmbeddedAws) -> Make:
    """Return a maker of clients that never retry."""

    def make(service: str) -> BaseClient:
        return boto3.client(
            service,
            endpoint_url=aws.url,
            region_name=aws.region,
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    return make


@pytest.fixture
def fault(control: Make) -> Iterator[Make]:
    """Return a maker of faults; all are lifted afterwards."""

    def make(match: str, **fields: object) -> None:
        status, answer = control("POST", "/faults", match=match, **fields)
        assert status == 200, answer

    yield make
    control("DELETE", "/faults")


def written(aws: EmbeddedAws, table: str) -> int:
    return aws.client("dynamodb").scan(TableName=table)["Count"]


def test_an_error_before_the_effect_leaves_no_effect(aws: EmbeddedAws, client: Make, fault: Make, table: str) -> None:
    fault("dynamodb.PutItem", code="ProvisionedThroughputExceededException", status=400, times=1)
    with pytest.raises(ClientError, match="ProvisionedThroughputExceededException"):
        client("dynamodb").put_item(TableName=table, Item={"id": {"S": "1"}})
    assert written(aws, table) == 0


def test_an_error_after_the_effect_hides_that_it_happened(
    aws: EmbeddedAws, client: Make, fault: Make, table: str
) -> None:
    fault("dynamodb.PutItem", when="after", times=1)
    with pytest.raises(ClientError, match="injected"):
        client("dynamodb").put_item(TableName=table, Item={"id": {"S": "1"}})
    assert written(aws, table) == 1


@pytest.mark.parametrize(("when", "items"), [("before", 0), ("after", 1)])
def test_a_dropped_connection_loses_the_reply(
    when: str, items: int, aws: EmbeddedAws, client: Make, fault: Make, table: str
) -> None:
    fault("dynamodb.PutItem", effect="drop", when=when, times=1)
    with pytest.raises(HTTPClientError):
        client("dynamodb").put_item(TableName=table, Item={"id": {"S": "1"}})
    assert written(aws, table) == items


@pytest.mark.parametrize(("when", "objects"), [("before", 0), ("after", 1)])
def test_s3_meets_faults_too(when: str, objects: int, aws: EmbeddedAws, client: Make, fault: Make, name: str) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    fault("s3.PutObject", effect="drop", when=when, times=1)
    with pytest.raises(HTTPClientError):
        client("s3").put_object(Bucket=name, Key="a", Body=b"x")
    assert s3.list_objects_v2(Bucket=name)["KeyCount"] == objects


def test_an_s3_error_has_its_code(client: Make, fault: Make, name: str) -> None:
    fault("s3.ListObjectsV2", code="SlowDown", status=503, times=1)
    with pytest.raises(ClientError, match="SlowDown"):
        client("s3").list_objects_v2(Bucket=name)


WRITER = """
import boto3
def handler(event, context):
    client = boto3.client("dynamodb")
    for id in event["ids"]:
        client.put_item(TableName=event["table"], Item={"id": {"S": id}})
"""


@pytest.mark.parametrize(("when", "items"), [("before", 1), ("after", 2)])
def test_a_function_can_be_killed_at_any_of_its_calls(
    when: str, items: int, aws: EmbeddedAws, deploy: Make, invoke: Make, fault: Make, table: str
) -> None:
    made = deploy(WRITER, actions=("dynamodb:PutItem",))
    fault("dynamodb.PutItem", effect="kill", when=when, role=made.name, skip=1, times=1)
    answer = invoke(made.name, {"table": table, "ids": ["1", "2", "3"]})
    assert answer["errorType"] == "Runtime.ExitError"
    assert written(aws, table) == items


def test_an_invocation_shows_the_calls_that_it_made(deploy: Make, invoke: Make, control: Make, table: str) -> None:
    made = deploy(WRITER, actions=("dynamodb:PutItem",))
    invoke(made.name, {"table": table, "ids": ["1", "2"]})
    _, answer = control("GET", "/invocations")
    (record,) = [one for one in answer["invocations"] if one["function"] == made.name]
    assert record["calls"] == ["dynamodb.PutItem"] * 2
    assert (record["error"], record["cold"]) == (None, True)


def test_a_fault_for_a_role_leaves_everybody_else_alone(
    aws: EmbeddedAws, client: Make, fault: Make, table: str
) -> None:
    fault("dynamodb.*", role="somebody")
    client("dynamodb").put_item(TableName=table, Item={"id": {"S": "1"}})
    assert written(aws, table) == 1


def test_the_control_surface_shows_what_struck(client: Make, fault: Make, control: Make, table: str) -> None:
    fault("dynamodb.PutItem", effect="delay", delaySeconds=0.01)
    client("dynamodb").put_item(TableName=table, Item={"id": {"S": "1"}})
    assert control("GET", "/faults") == (200, {"struck": [["dynamodb.PutItem", "delay", "before"]]})


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"match": "a.B", "effect": "explode"}, id="effect"),
        pytest.param({"match": "a.B", "when": "never"}, id="when"),
        pytest.param({"match": "a.B", "colour": "red"}, id="field"),
        pytest.param({"match": "("}, id="expression"),
        pytest.param({}, id="nothing"),
        pytest.param({"match": "a.B", "times": "3"}, id="a number in quotes"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(fields: dict[str, Any], control: Make) -> None:
    status, answer = control("POST", "/faults", **fields)
    assert status == 400
    assert "\n" not in answer["error"]
