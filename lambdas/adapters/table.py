"""The table in DynamoDB: one preset read as a snapshot, one change written as a transaction."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from lambdas.adapters.errors import ConflictError, named
from lambdas.adapters.items import Item, decode, encode
from lambdas.core import records, times
from lambdas.core.changes import Change
from lambdas.core.records import Record
from lambdas.core.rounds import LEASE, Round
from lambdas.core.state import AmiState, Build, Config, Deploy, Facts, Pipeline, Snapshot

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import PutTypeDef, TransactWriteItemTypeDef

INDEX = "byKind"
KIND = "AMI"  # the index's kind of LATEST rows
LATEST = "LATEST"
CONFIG = "CONFIG"
PIPELINE = "PIPELINE"
ABSENT = "attribute_not_exists(PK)"
ROUND = {"PK": "RECONCILE", "SK": "ROUND"}


@dataclass(frozen=True, kw_only=True)
class Table:
    """The one table, and the client that reaches it."""

    client: "DynamoDBClient"
    name: str


def read(table: Table, preset: str) -> Snapshot:
    """Return all that is known of a preset; the order LATEST, CONFIG, facts is what makes `write` safe."""
    latest, config = read_state(table, preset)
    return Snapshot(latest=latest, config=config, facts=_facts(table, preset))


def read_state(table: Table, preset: str) -> tuple[AmiState | None, Config | None]:
    """Return LATEST and CONFIG alone, in this order."""
    latest = _get(table, _ami(preset), LATEST)
    return records.from_record(AmiState, latest) if latest else None, read_config(table, preset)


def read_config(table: Table, preset: str) -> Config | None:
    """Return a preset as it is deployed, or None."""
    config = _get(table, _preset(preset), CONFIG)
    return records.config_from_record(config) if config else None


def write(table: Table, preset: str, before: Snapshot, change: Change) -> None:
    """Write a change in one transaction if nothing that it rests on moved since `before`, else raise ConflictError."""
    puts = list(_puts(table, preset, before, change))
    if not puts:
        return
    with named():
        table.client.transact_write_items(TransactItems=[{"Put": put} for put in puts])


def remove(table: Table, preset: str, stack_id: str) -> None:
    """Remove CONFIG and LATEST in one transaction if CONFIG belongs to that stack, else raise ConflictError.

    The facts stay: the AMIs that they tell of still exist.
    """
    config: TransactWriteItemTypeDef = {
        "Delete": {
            "TableName": table.name,
            "Key": _key(_preset(preset), CONFIG),
            "ConditionExpression": "stackId = :stack",
            "ExpressionAttributeValues": encode({":stack": stack_id}),
        }
    }
    latest: TransactWriteItemTypeDef = {"Delete": {"TableName": table.name, "Key": _key(_ami(preset), LATEST)}}
    with named():
        table.client.transact_write_items(TransactItems=[config, latest])


def states(table: Table) -> list[AmiState]:
    """Return the state of every preset from the index, which may be a moment old and holds only what is public."""
    pages = table.client.get_paginator("query").paginate(
        TableName=table.name,
        IndexName=INDEX,
        KeyConditionExpression="kind = :kind",
        ExpressionAttributeValues=encode({":kind": KIND}),
    )
    with named():
        return [records.from_record(AmiState, decode(item)) for page in pages for item in page["Items"]]


def take_lease(table: Table, owner: str, now: datetime) -> Round | None:
    """Take the right to reconcile, and return where the last round ended, or None if another has it.

    Whoever has it may take it again: a write whose answer was lost is sent twice.
    """
    try:
        with named():
            taken = table.client.update_item(
                TableName=table.name,
                Key=encode(ROUND),
                UpdateExpression="SET leaseOwner = :owner, leaseUntil = :until",
                ConditionExpression="attribute_not_exists(leaseUntil) OR leaseUntil <= :now OR leaseOwner = :owner",
                ExpressionAttributeValues=encode(
                    {":owner": owner, ":until": times.text(now + LEASE), ":now": times.text(now)}
                ),
                ReturnValues="ALL_NEW",
            )
    except ConflictError:
        return None
    return records.from_record(Round, decode(taken["Attributes"]))


def end_lease(table: Table, owner: str, done: Round, now: datetime) -> None:
    """Give the right to reconcile back, and keep where this round ended; raise ConflictError if the right was lost."""
    record = records.to_record(done)
    with named():
        table.client.update_item(
            TableName=table.name,
            Key=encode(ROUND),
            UpdateExpression=f"SET leaseUntil = :now, {', '.join(f'{name} = :{name}' for name in record)}",
            ConditionExpression="leaseOwner = :owner",
            ExpressionAttributeValues=encode(
                {":owner": owner, ":now": times.text(now), **{f":{name}": value for name, value in record.items()}}
            ),
        )


def _facts(table: Table, preset: str) -> Facts:
    pages = table.client.get_paginator("query").paginate(
        TableName=table.name,
        ConsistentRead=True,
        KeyConditionExpression="PK = :preset",
        ExpressionAttributeValues=encode({":preset": _ami(preset)}),
    )
    with named():
        rows = [decode(item) for page in pages for item in page["Items"]]
    return Facts(
        deploys=tuple(records.from_record(Deploy, row) for row in rows if str(row["SK"]).startswith("DEPLOY#")),
        builds=tuple(records.from_record(Build, row) for row in rows if str(row["SK"]).startswith("BUILD#")),
        pipeline=next((records.from_record(Pipeline, row) for row in rows if row["SK"] == PIPELINE), None),
    )


def _puts(table: Table, preset: str, before: Snapshot, change: Change) -> Iterator["PutTypeDef"]:
    """Yield what a change writes, on the condition that nobody wrote it since it was read; LATEST guards CONFIG."""
    key, known = _ami(preset), {build.build_arn: build for build in before.facts.builds}
    for build in change.builds:
        as_read = _as_read(known.get(build.build_arn))
        yield _put(table, _key(key, f"BUILD#{build.build_arn}"), records.to_record(build), as_read)
    if change.pipeline:
        as_read = _as_read(before.facts.pipeline)
        yield _put(table, _key(key, PIPELINE), records.to_record(change.pipeline), as_read)
    if change.deploy:
        sort = f"DEPLOY#{change.deploy.sequence:08}"
        yield _put(table, _key(key, sort), records.to_record(change.deploy), _as_read(None))
    if change.config:
        record = records.config_to_record(change.config)
        yield {"TableName": table.name, "Item": {**_key(_preset(preset), CONFIG), **encode(record)}}
    if change.latest:
        version: Record = {"version": before.latest.version} if before.latest else {}
        yield _put(table, _key(key, LATEST), {**records.to_record(change.latest), "kind": KIND}, version)


def _as_read(fact: Build | Pipeline | None) -> Record:
    return {"status": fact.status, "eventAt": times.text(fact.event_at)} if fact else {}


def _put(table: Table, key: Item, record: Record, as_read: Record) -> "PutTypeDef":
    """Return a Put on the condition that these attributes are still as they were read, or that there is no item."""
    put: PutTypeDef = {"TableName": table.name, "Item": {**key, **encode(record)}, "ConditionExpression": ABSENT}
    if as_read:
        put["ConditionExpression"] = " AND ".join(f"#{name} = :{name}" for name in as_read)
        put["ExpressionAttributeNames"] = {f"#{name}": name for name in as_read}
        put["ExpressionAttributeValues"] = encode({f":{name}": value for name, value in as_read.items()})
    return put


def _get(table: Table, partition: str, sort: str) -> Record | None:
    with named():
        answer = table.client.get_item(TableName=table.name, Key=_key(partition, sort), ConsistentRead=True)
    return decode(answer["Item"]) if "Item" in answer else None


def _key(partition: str, sort: str) -> Item:
    return encode({"PK": partition, "SK": sort})


def _ami(preset: str) -> str:
    return f"AMI#{preset}"


def _preset(preset: str) -> str:
    return f"PRESET#{preset}"
