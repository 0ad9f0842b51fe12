"""The rows of presets and of what is known of their AMIs: read as a snapshot, changed in one transaction."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lambdas.adapters import rows
from lambdas.adapters.errors import named
from lambdas.adapters.items import Item, decode, encode
from lambdas.adapters.table import ABSENT, Table
from lambdas.core import records, times
from lambdas.core.changes import Change
from lambdas.core.records import Record
from lambdas.core.state import AmiState, Build, Config, Deploy, Facts, Pipeline, Snapshot

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import PutTypeDef, TransactWriteItemTypeDef

KIND = "AMI"  # the index's kind of LATEST rows
LATEST = "LATEST"
CONFIG = "CONFIG"
PIPELINE = "PIPELINE"


def read(table: Table, preset: str) -> Snapshot:
    """Return all that is known of a preset; the order LATEST, CONFIG, facts is what makes `write` safe."""
    latest, config = read_state(table, preset)
    return Snapshot(latest=latest, config=config, facts=_facts(table, preset))


def read_state(table: Table, preset: str) -> tuple[AmiState | None, Config | None]:
    """Return LATEST and CONFIG alone, in this order."""
    latest = rows.one(table, latest_key(preset))
    return records.from_record(AmiState, latest) if latest else None, read_config(table, preset)


def read_config(table: Table, preset: str) -> Config | None:
    """Return a preset as it is deployed, or None."""
    config = rows.one(table, _key(_preset(preset), CONFIG))
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
    latest: TransactWriteItemTypeDef = {"Delete": {"TableName": table.name, "Key": latest_key(preset)}}
    with named():
        table.client.transact_write_items(TransactItems=[config, latest])


def states(table: Table) -> list[AmiState]:
    """Return the state of every preset from the index, which may be a moment old and holds only what is public."""
    return [records.from_record(AmiState, row) for row in rows.of_kind(table, KIND)]


def latest_key(preset: str) -> Item:
    """Return the key of the row that tells the state of a preset's AMI."""
    return _key(_ami(preset), LATEST)


def _facts(table: Table, preset: str) -> Facts:
    pages = table.client.get_paginator("query").paginate(
        TableName=table.name,
        ConsistentRead=True,
        KeyConditionExpression="PK = :preset",
        ExpressionAttributeValues=encode({":preset": _ami(preset)}),
    )
    with named():
        found = [decode(item) for page in pages for item in page["Items"]]
    return Facts(
        deploys=tuple(records.from_record(Deploy, row) for row in found if str(row["SK"]).startswith("DEPLOY#")),
        builds=tuple(records.from_record(Build, row) for row in found if str(row["SK"]).startswith("BUILD#")),
        pipeline=next((records.from_record(Pipeline, row) for row in found if row["SK"] == PIPELINE), None),
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
        yield _put(table, latest_key(preset), {**records.to_record(change.latest), "kind": KIND}, version)


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


def _key(partition: str, sort: str) -> Item:
    return encode({"PK": partition, "SK": sort})


def _ami(preset: str) -> str:
    return f"AMI#{preset}"


def _preset(preset: str) -> str:
    return f"PRESET#{preset}"
