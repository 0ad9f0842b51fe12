"""The doubles that bursts run against answer as moto does, call by call: answers, refusals, what the table holds."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from bench.burst import deployment
from bench.doubles.caller import Caller
from bench.doubles.dynamodb import DynamoDb, Store
from bench.doubles.ec2 import Ec2, Ground
from bench.doubles.settings import Ssm
from bench.doubles.sqs import Queue, Sqs
from lambdas.adapters import capacity
from lambdas.adapters.items import encode
from tests import tables

REGION = deployment.SITE.region
KEY = encode({"PK": "A", "SK": "B"})
OTHER = encode({"PK": "C", "SK": "D"})
VALUES = {":one": {"N": "1"}, ":ten": {"N": "10"}, ":text": {"S": "2026"}, ":old": {"S": "old"}, ":null": {"S": "NULL"}}
NAMES = {"#n": "preset:linux", "#s": "status", "#t": "total"}


@dataclass(frozen=True, kw_only=True)
class Both:
    """Moto's client, and the double of it."""

    moto: Any
    double: Any

    def same(self, operation: str, **asked: Any) -> Any:
        """Make a call of both, hold the answers against each other, and return what they say."""
        expected, found = (_said(getattr(one, operation), asked) for one in (self.moto, self.double))
        assert found == expected
        return found


def _said(call: Callable[..., Any], asked: dict[str, Any]) -> Any:
    try:
        answer = call(**asked)
    except ClientError as error:
        reasons = error.response.get("CancellationReasons", ())
        kept = [{key: one.get(key) for key in ("Code", "Item")} for one in reasons]
        return error.response["Error"]["Code"], kept, error.response.get("Item")
    return {
        key: value for key, value in answer.items() if key in {"Item", "Attributes", "Responses", "UnprocessedKeys"}
    }


@pytest.fixture
def dynamodb() -> Iterator[Both]:
    """An empty table, twice."""
    with mock_aws():
        moto = boto3.client("dynamodb", region_name=REGION)
        tables.make(moto, deployment.TABLE)
        yield Both(moto=moto, double=DynamoDb(store=Store(), caller=Caller()))


def an_update(update: str, condition: str = "", key: Any = KEY, **more: Any) -> dict[str, Any]:
    """Return an update with those names and values that it uses."""
    said = f"{update} {condition}"
    names = {name: value for name, value in NAMES.items() if name in said}
    values = {name: value for name, value in VALUES.items() if name in said}
    return {
        "TableName": deployment.TABLE,
        "Key": key,
        "UpdateExpression": update,
        **({"ConditionExpression": condition} if condition else {}),
        **({"ExpressionAttributeNames": names} if names else {}),
        **({"ExpressionAttributeValues": values} if values else {}),
        **more,
    }


UPDATES = [
    "SET #s = :text",
    "SET #s = if_not_exists(#s, :old), kind = :text",
    "SET lastMs = :ten",
    "SET lastMs = lastMs + :one",
    "ADD #n :one, #t :ten",
    "ADD #t :one",
    "SET kind = :old REMOVE #s, waitsFor",
    "REMOVE lastMs",
]
CONDITIONS = [
    "attribute_exists(PK)",
    "attribute_not_exists(lastMs)",
    "attribute_not_exists(lastMs) OR lastMs < :ten",
    "lastMs >= :ten AND #t <= :ten",
    "attribute_not_exists(PK) OR #s IN (:text, :old)",
    "NOT (attribute_not_exists(PK) OR #s IN (:text, :old))",
    "attribute_not_exists(pausedAt) AND (attribute_not_exists(#n) OR #n <= :one) AND (#t < :ten OR #s = :text)",
    "#s = :old AND attribute_not_exists(launchId)",
    "kind > :text",
    "attribute_type(#s, :null)",
]


def test_updates_change_an_item_as_moto_does(dynamodb: Both) -> None:
    for update in UPDATES:
        dynamodb.same("update_item", **an_update(update, ReturnValues="ALL_NEW"))
    assert dynamodb.same("get_item", TableName=deployment.TABLE, Key=KEY)["Item"]["total"] == {"N": "11"}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_conditions_hold_when_moto_says_so(dynamodb: Both, condition: str) -> None:
    for update in ("SET earlier = :one", *UPDATES):
        asked = an_update("SET looked = :one", condition, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        dynamodb.same("update_item", **asked)
        dynamodb.same("update_item", **an_update(update))


def test_a_transaction_is_taken_as_a_whole_or_refused_with_the_same_reasons(dynamodb: Both) -> None:
    put = {
        "TableName": deployment.TABLE,
        "Item": {**OTHER, "kind": {"S": "x"}},
        "ConditionExpression": "attribute_not_exists(PK)",
    }
    asked = an_update("ADD #t :one", "attribute_not_exists(#t) OR #t < :one")
    asked["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    for _ in range(2):
        dynamodb.same("transact_write_items", TransactItems=[{"Update": asked}, {"Put": put}])
    dynamodb.same("transact_write_items", TransactItems=[{"Delete": {"TableName": deployment.TABLE, "Key": OTHER}}])
    keys = {deployment.TABLE: {"Keys": [KEY, OTHER]}}
    found = dynamodb.same("batch_get_item", RequestItems=keys)
    assert len(found["Responses"][deployment.TABLE]) == 1


def test_two_actions_on_one_item_and_more_than_a_hundred_are_refused(dynamodb: Both) -> None:
    many = [{"Update": an_update("SET kind = :text", key=encode({"PK": str(one), "SK": "x"}))} for one in range(101)]
    assert dynamodb.same("transact_write_items", TransactItems=many[:1] * 2)[0] == "ValidationException"
    assert _said(dynamodb.double.transact_write_items, {"TransactItems": many})[0] == "ValidationException"
    dynamodb.same("transact_write_items", TransactItems=many[:100])


def test_who_meets_a_transaction_under_way_is_refused() -> None:
    store = Store()
    double = DynamoDb(store=store, caller=Caller())
    store.written.add(("A", "B"))
    asked = an_update("SET kind = :text")
    assert _said(double.update_item, asked)[0] == "TransactionConflictException"
    code, reasons, _ = _said(double.transact_write_items, {"TransactItems": [{"Update": asked}]})
    assert (code, reasons[0]["Code"]) == ("TransactionCanceledException", "TransactionConflict")
    assert capacity.CAPACITY["PK"] not in {key[0] for key in store.items}


def test_fleets_name_their_machines_as_moto_does_and_are_found_by_their_tag() -> None:
    with mock_aws():
        moto = boto3.client("ec2", region_name=REGION)
        template = moto.create_launch_template(LaunchTemplateName="x", LaunchTemplateData={"ImageId": "ami-12345678"})
        subnet = moto.describe_subnets()["Subnets"][0]["SubnetId"]
        asked = a_fleet(template["LaunchTemplate"]["LaunchTemplateId"], subnet)
        double = Ec2(ground=Ground(now=lambda: 0.0), caller=Caller())
        expected, found = moto.create_fleet(**asked), double.create_fleet(**asked)
        assert [kind for kind, _ in _started(found)] == [kind for kind, _ in _started(expected)] == ["m7i.large"] * 2
        assert found["Errors"] == expected.get("Errors", []) == []
        assert double.create_fleet(**asked) == found, "a token that is known starts nothing"
        wanted = [{"Name": "tag:spot-runner:launch", "Values": ["launch-1"]}]
        for ec2, answer in ((moto, expected), (double, found)):
            ids = [one for _, one in _started(answer)]
            ec2.terminate_instances(InstanceIds=ids[:1])
            states = [*wanted, {"Name": "instance-state-name", "Values": ["running"]}]
            (page,) = ec2.get_paginator("describe_instances").paginate(Filters=states)
            left = [one["InstanceId"] for reservation in page["Reservations"] for one in reservation["Instances"]]
            assert left == ids[1:]
            with pytest.raises(ClientError, match=r"InvalidInstanceID\.NotFound"):
                ec2.terminate_instances(InstanceIds=["i-0fffffffffffffff0"])


def _started(answer: Any) -> list[tuple[str, str]]:
    return [(part["InstanceType"], one) for part in answer["Instances"] for one in part["InstanceIds"]]


def a_fleet(template: str, subnet: str) -> dict[str, Any]:
    tags = [{"Key": "spot-runner:launch", "Value": "launch-1"}]
    override = {"InstanceType": "m7i.large", "SubnetId": subnet}
    specification = {"LaunchTemplateId": template, "Version": "1"}
    return {
        "Type": "instant",
        "ClientToken": "launch-1",
        "LaunchTemplateConfigs": [{"LaunchTemplateSpecification": specification, "Overrides": [override]}],
        "TargetCapacitySpecification": {"TotalTargetCapacity": 2, "DefaultTargetCapacityType": "on-demand"},
        "TagSpecifications": [{"ResourceType": kind, "Tags": tags} for kind in ("fleet", "instance")],
    }


def test_messages_wait_and_come_again_until_they_are_dead_letters() -> None:
    seconds = [0.0]
    queue = Queue(now=lambda: seconds[0], visibility_seconds=30, most_receives=2)
    sqs = Sqs(queue=queue, caller=Caller())
    sqs.send_message(QueueUrl="", MessageBody="hello", DelaySeconds=900)
    assert queue.receive(10) == []
    for receives in (1, 2):
        seconds[0] += 900
        (message,) = queue.receive(10)
        assert message.receives == receives
        sqs.change_message_visibility(QueueUrl="", ReceiptHandle=message.message_id, VisibilityTimeout=60)
        queue.done(message.message_id, failed=True)
        assert queue.next_at == seconds[0] + 60
    seconds[0] += 900
    assert (queue.receive(10), [one.body for one in queue.dead]) == ([], ["hello"])
    with pytest.raises(ClientError, match="DelaySeconds"):
        sqs.send_message(QueueUrl="", MessageBody="hello", DelaySeconds=901)


def test_parameters_that_are_not_there_are_missed_as_in_moto() -> None:
    with mock_aws():
        both = Both(moto=boto3.client("ssm", region_name=REGION), double=Ssm(parameters={}, caller=Caller()))
        assert both.same("get_parameter", Name="/nothing")[0] == "ParameterNotFound"
    (value,) = deployment.parameters().values()
    assert json.loads(value)["amiId"].startswith("ami-")
