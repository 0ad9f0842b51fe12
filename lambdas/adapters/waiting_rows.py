"""The rows of jobs without a machine: what they wait for, and those that are parked until their preset has an AMI."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from lambdas.adapters import job_rows, preset_rows, rows
from lambdas.adapters.errors import named
from lambdas.adapters.items import encode
from lambdas.adapters.table import Table
from lambdas.core import times
from lambdas.core.jobs import PARKED, REFUSED
from lambdas.core.labels import Refusal
from lambdas.core.records import Record
from lambdas.core.starts import WaitingJob
from lambdas.core.workflow_job import QUEUED

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


def park(table: Table, jobs: Sequence[WaitingJob], preset: str, why: str, now: datetime) -> None:
    """Park jobs until their preset has an AMI, all or none; raise ConflictError if it has one, or a job waits no more.

    Its reasons are in the order AMI, job by job.
    """
    no_ami: TransactWriteItemTypeDef = {
        "ConditionCheck": {
            "TableName": table.name,
            "Key": preset_rows.latest_key(preset),
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


def refuse(table: Table, jobs: Sequence[WaitingJob], refusal: Refusal, now: datetime) -> None:
    """Keep that jobs get no machine, and why, all or none; raise ConflictError if a job waits no more."""
    stamp = times.text(now)
    said: Record = {"status": REFUSED, "refusal": refusal.kind, "reason": refusal.why}
    refused: Record = {**said, "refusedAt": stamp, "updatedAt": stamp}
    with named():
        table.client.transact_write_items(
            TransactItems=[_waiting(table, job, refused, " REMOVE kind, waitsFor") for job in jobs]
        )


def parked(table: Table, preset: str) -> Iterator[Record]:
    """Yield the rows of a preset's parked jobs, found by the index, which may be a moment old."""
    found = rows.of_kind(table, f"{PARKED}{preset}", rows.MOST_READ)
    return rows.several(table, (encode({"PK": item["PK"], "SK": item["SK"]}) for item in found))


def has_parked(table: Table, preset: str) -> bool:
    """Tell whether jobs are parked for a preset, as far as the index knows."""
    return next(rows.of_kind(table, f"{PARKED}{preset}", 1), None) is not None


def _waiting(table: Table, job: WaitingJob, sets: Record, removes: str = "") -> "TransactWriteItemTypeDef":
    """Return the action that changes the row of a job if it still waits; its row comes back if it does not."""
    return {
        "Update": {
            "TableName": table.name,
            "Key": job_rows.key(job.job_id),
            "UpdateExpression": f"SET {', '.join(f'#{name} = :{name}' for name in sets)}{removes}",
            "ConditionExpression": "#status = :queued AND attribute_not_exists(launchId)",
            "ExpressionAttributeNames": {f"#{name}": name for name in ("status", *sets)},
            "ExpressionAttributeValues": encode({":queued": QUEUED, **{f":{name}": one for name, one in sets.items()}}),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }
