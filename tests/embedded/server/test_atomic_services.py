"""What AWS does atomically is atomic here too, whatever the threads do."""

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.sqs.models import Message, sqs_backends

from embedded.aws.server import EmbeddedAws

Make = Callable[..., Any]


@pytest.fixture
def hurried() -> Iterator[None]:
    """Make threads change places as often as possible."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hurried")
def test_of_simultaneous_conditional_writes_one_wins(aws: EmbeddedAws, table: str) -> None:
    dynamodb, together = aws.client("dynamodb"), threading.Barrier(8)
    long_check = " AND ".join(["attribute_not_exists(id)"] * 60)  # leaves the others time to get in between

    def put_all(_: int) -> int:
        won = 0
        for key in range(20):
            together.wait()
            try:
                dynamodb.put_item(TableName=table, Item={"id": {"S": str(key)}}, ConditionExpression=long_check)
            except dynamodb.exceptions.ConditionalCheckFailedException:
                continue
            won += 1
        return won

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(put_all, range(8))) == 20


def test_a_message_is_sent_before_or_after_a_deletion_but_not_meanwhile(aws: EmbeddedAws, queue: Make) -> None:
    target = queue()
    backend, name = sqs_backends["123456789012"][aws.region], target.arn.rpartition(":")[2]
    sender = threading.Thread(target=backend.send_message, args=(name, "meanwhile"))
    waited = []

    class Watchful(Message):
        """Sees whether the sender gets through while the queue looks for what to delete."""

        def had_receipt_handle(self, receipt_handle: str) -> bool:
            if not waited:
                sender.start()
                sender.join(0.2)
                waited.append(sender.is_alive())
            return receipt_handle == "watchful"

    backend.get_queue(name).add_message(Watchful("1", "watchful"))
    backend.delete_message(name, "watchful")
    sender.join()
    assert waited == [True]
    assert [message["Body"] for message in target.messages()] == ["meanwhile"]


def test_a_long_poll_waits_for_the_message(aws: EmbeddedAws, queue: Make) -> None:
    sqs, target = aws.client("sqs"), queue()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(sqs.receive_message, QueueUrl=target.url, WaitTimeSeconds=20)
        sqs.send_message(QueueUrl=target.url, MessageBody="at last")
        assert waiting.result(10)["Messages"][0]["Body"] == "at last"


def add_one(table: str, amount: str = "1") -> dict[str, Any]:
    return {
        "Update": {
            "TableName": table,
            "Key": {"id": {"S": "count"}},
            "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": {":one": {"N": amount}},
        }
    }


@pytest.mark.parametrize("ranges", [(), ("range",)], ids=["hash key alone", "hash and range key"])
def test_a_cancelled_transaction_leaves_everything_as_it_was(
    aws: EmbeddedAws, name: str, ranges: tuple[str, ...]
) -> None:
    dynamodb, keys = aws.client("dynamodb"), ("id", *ranges)
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": key, "KeyType": "RANGE" if key in ranges else "HASH"} for key in keys],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
    )
    old, new, gone, fails = ({key: {"S": which} for key in keys} for which in ("old", "new", "gone", "fails"))
    for item in (old, gone, fails):
        dynamodb.put_item(TableName=name, Item={**item, "tags": {"L": [{"S": "a"}]}})
    before = dynamodb.scan(TableName=name)["Items"]
    add = {
        "UpdateExpression": "SET tags = list_append(tags, tags), n = :n",
        "ExpressionAttributeValues": {":n": {"N": "1"}},
    }
    actions: list[Any] = [
        {"Update": {"TableName": name, "Key": old, **add}},
        {"Put": {"TableName": name, "Item": new}},
        {"Delete": {"TableName": name, "Key": gone}},
        {"Put": {"TableName": name, "Item": fails, "ConditionExpression": "attribute_not_exists(id)"}},
    ]
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(TransactItems=actions)
    assert sorted(dynamodb.scan(TableName=name)["Items"], key=str) == sorted(before, key=str)
    dynamodb.transact_write_items(TransactItems=actions[:3])
    changed = {item["id"]["S"]: item.get("n") for item in dynamodb.scan(TableName=name)["Items"]}
    assert changed == {"old": {"N": "1"}, "new": None, "fails": None}


def test_a_repeated_transaction_has_its_effect_once(aws: EmbeddedAws, table: str) -> None:
    dynamodb = aws.client("dynamodb")
    for _ in range(2):
        dynamodb.transact_write_items(TransactItems=[add_one(table)], ClientRequestToken=f"{table}-1")
    assert dynamodb.get_item(TableName=table, Key={"id": {"S": "count"}})["Item"]["n"] == {"N": "1"}


def test_a_token_with_another_transaction_is_refused(aws: EmbeddedAws, table: str) -> None:
    dynamodb = aws.client("dynamodb")
    dynamodb.transact_write_items(TransactItems=[add_one(table)], ClientRequestToken=f"{table}-2")
    with pytest.raises(ClientError, match="IdempotentParameterMismatchException"):
        dynamodb.transact_write_items(TransactItems=[add_one(table, "2")], ClientRequestToken=f"{table}-2")


def test_a_token_is_forgotten_after_ten_minutes(aws: EmbeddedAws, table: str) -> None:
    dynamodb = aws.client("dynamodb")
    dynamodb.transact_write_items(TransactItems=[add_one(table)], ClientRequestToken=f"{table}-3")
    aws.advance(601)
    dynamodb.transact_write_items(TransactItems=[add_one(table)], ClientRequestToken=f"{table}-3")
    assert dynamodb.get_item(TableName=table, Key={"id": {"S": "count"}})["Item"]["n"] == {"N": "2"}
