"""The rows of jobs without a machine: what they wait for, and those that are parked until their preset has an AMI."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lambdas.adapters.errors import named
from lambdas.adapters.items import decode, encode
from lambdas.adapters.launch_rows import job_key
from lambdas.adapters.table import INDEX, LATEST, Table
from lambdas.core import times
from lambdas.core.jobs import PARKED, REFUSED
from lambdas.core.records import Record
from lambdas.core.starts import WaitingJob
from lambdas.core.workflow_job import QUEUED

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

MOST_READ = 100  # of one BatchGetItem


def park(table: Table, jobs: Sequence[WaitingJob], preset: str, why: str, now: datetime) -> None:
    """Park jobs until their preset has an AMI, all or none; raise ConflictError if it has one, or a job waits no more.

    Its reasons are in the order AMI, job by job.
    """
    no_ami: TransactWriteItemTypeDef = {
        "ConditionCheck": {
            "TableName": table.name,
            "Key": encode({"PK": f"AMI#{preset}", "SK": LATEST}),
            "ConditionExpression": "attribute_not_exists(PK) OR attribute_type(amiId, :null)",
            "ExpressionAttributeValues": encode({":null": "NULL"}),
        }
    }
    parked: Record = {"kind": f"{PARKED}{preset}", "updatedAt": times.text(now), "waitsFor": why}
    with named():
        table.client.transact_write_items(TransactItems=[no_ami, *(_waiting(table, job, parked) for job in jobs)])


def mark(table: Table, jobs: Sequence[WaitingJob], why: str, now: datetime) -> None:
    """Keep what jobs wait for in a message, and since when, all or none; raise ConflictError if a job waits no more."""
    with named():
        table.client.transact_write_items(
            TransactItems=[_waiting(table, job, {"waitsFor": why, "restartedAt": times.text(now)}) for job in jobs]
        )


def refuse(table: Table, jobs: Sequence[WaitingJob], kind: str, why: str, now: datetime) -> None:
    """Keep that jobs get no machine, and why, all or none; raise ConflictError if a job waits no more."""
    said = encode({":refused": REFUSED, ":kind": kind, ":why": why, ":now": times.text(now), ":queued": QUEUED})
    sets = "SET #status = :refused, refusal = :kind, reason = :why, refusedAt = :now, updatedAt = :now"
    actions: list[TransactWriteItemTypeDef] = [
        {
            "Update": {
                "TableName": table.name,
                "Key": job_key(one.job_id),
                "UpdateExpression": f"{sets} REMOVE kind, waitsFor",
                "ConditionExpression": "#status = :queued AND attribute_not_exists(launchId)",
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": said,
            }
        }
        for one in jobs
    ]
    with named():
        table.client.transact_write_items(TransactItems=actions)


def job(table: Table, job_id: int) -> Record | None:
    """Return the row of a job as it is now, or None if there is none."""
    with named():
        answer = table.client.get_item(TableName=table.name, Key=job_key(job_id), ConsistentRead=True)
    return decode(answer["Item"]) if "Item" in answer else None


def parked(table: Table, preset: str) -> Iterator[Record]:
    """Yield the rows of a preset's parked jobs, found by the index, which may be a moment old."""
    pages = table.client.get_paginator("query").paginate(
        TableName=table.name,
        IndexName=INDEX,
        KeyConditionExpression="kind = :kind",
        ExpressionAttributeValues=encode({":kind": f"{PARKED}{preset}"}),
        PaginationConfig={"PageSize": MOST_READ},
    )
    with named():
        for page in pages:
            yield from _rows(table, [{"PK": item["PK"], "SK": item["SK"]} for item in page["Items"]])


def has_parked(table: Table, preset: str) -> bool:
    """Tell whether jobs are parked for a preset, as far as the index knows."""
    with named():
        answer = table.client.query(
            TableName=table.name,
            IndexName=INDEX,
            KeyConditionExpression="kind = :kind",
            ExpressionAttributeValues=encode({":kind": f"{PARKED}{preset}"}),
            Limit=1,
        )
    return bool(answer["Items"])


def _rows(table: Table, keys: Iterable[Any]) -> Iterator[Record]:
    wanted: Any = {table.name: {"Keys": list(keys)}}
    while wanted and wanted[table.name]["Keys"]:
        answer = table.client.batch_get_item(RequestItems=wanted)
        yield from (decode(item) for item in answer["Responses"].get(table.name, ()))
        wanted = answer["UnprocessedKeys"]


def _waiting(table: Table, job: WaitingJob, sets: Record) -> "TransactWriteItemTypeDef":
    return {
        "Update": {
            "TableName": table.name,
            "Key": job_key(job.job_id),
            "UpdateExpression": f"SET {', '.join(f'{name} = :{name}' for name in sets)}",
            "ConditionExpression": "#status = :queued AND attribute_not_exists(launchId)",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": encode({":queued": QUEUED, **{f":{name}": one for name, one in sets.items()}}),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }
