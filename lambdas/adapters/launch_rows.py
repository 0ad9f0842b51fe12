"""The rows of launches, `LAUNCH#<launch id>`: claimed with jobs, settled with machines, each in one transaction."""

from datetime import datetime
from typing import TYPE_CHECKING

from lambdas.adapters import capacity, job_rows, machine_rows, rows
from lambdas.adapters.capacity import Limits
from lambdas.adapters.errors import named
from lambdas.adapters.items import Item, encode
from lambdas.adapters.table import ABSENT, Table
from lambdas.core import launches, machines, times
from lambdas.core.image_events import Site
from lambdas.core.jobs import OPEN
from lambdas.core.launches import Launch
from lambdas.core.records import Record
from lambdas.core.starts import WaitingJob
from lambdas.core.workflow_job import QUEUED

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import PutTypeDef, TransactWriteItemTypeDef

LAUNCH = "LAUNCH"


def claim(table: Table, launch: Launch, limits: Limits, now: datetime) -> None:
    """Make a launch and give it its jobs, none of which has one, within the limits; all or nothing.

    Raises ConflictError, the reasons of which are in the order capacity, launch, then job by job.
    """
    counted = capacity.taken(table, launch.wish.preset, len(launch.jobs), limits)
    jobs = [_taken(table, job, launch, now) for job in launch.jobs]
    with named():
        table.client.transact_write_items(TransactItems=[counted, {"Put": _put(table, launch)}, *jobs])


def settle(table: Table, site: Site, before: Launch, after: Launch, then: Launch | None, now: datetime) -> None:
    """Keep what a launch got, and free what it did not get: jobs go to the launch `then`, or wait again.

    Raises ConflictError if somebody else settled it.
    """
    short = launches.short(after)
    fewer = {after.wish.preset: len(short)}
    actions = [
        _settled(table, after),
        *({"Put": _machine(table, site, after, place, now)} for place in after.places),
        *(_stamped(table, place.job, now) for place in after.places),
        *(_moved(table, job, before, then, now) for job in short),
        *([{"Put": _put(table, then)}] if then else [capacity.freed(table, fewer)] if short else []),
    ]
    with named():
        table.client.transact_write_items(TransactItems=actions)


def read(table: Table, launch_id: str) -> Launch | None:
    """Return a launch, or None if there is none."""
    row = rows.one(table, _key(launch_id))
    return launches.from_record(row) if row else None


def take_over(table: Table, launch: Launch, now: datetime) -> None:
    """Take a launch that nobody carries out any more, or raise ConflictError."""
    _lease(table, launch, now + launches.LEASE, "leaseUntil <= :now", {":now": times.text(now)})


def let_go(table: Table, launch: Launch, now: datetime) -> None:
    """Let others carry a launch out from now on."""
    _lease(table, launch, now, "attribute_exists(PK)", {})


def _put(table: Table, launch: Launch) -> "PutTypeDef":
    item = {**_key(launch.launch_id), **encode(launches.to_record(launch))}
    return {"TableName": table.name, "Item": item, "ConditionExpression": ABSENT}


def _taken(table: Table, job: WaitingJob, launch: Launch, now: datetime) -> "TransactWriteItemTypeDef":
    values = {":launch": launch.launch_id, ":open": OPEN, ":now": times.text(now), ":queued": QUEUED}
    return {
        "Update": {
            "TableName": table.name,
            "Key": job_rows.key(job.job_id),
            "UpdateExpression": "SET launchId = :launch, kind = :open, updatedAt = :now REMOVE waitsFor",
            "ConditionExpression": "#status = :queued AND attribute_not_exists(launchId)",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": encode(values),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }


def _settled(table: Table, after: Launch) -> "TransactWriteItemTypeDef":
    values = {
        ":settled": launches.SETTLED,
        ":requested": launches.REQUESTED,
        ":machines": launches.machines_json(after),
    }
    return {
        "Update": {
            "TableName": table.name,
            "Key": _key(after.launch_id),
            "UpdateExpression": "SET #status = :settled, machines = :machines",
            "ConditionExpression": "#status = :requested",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": encode(values),
        }
    }


def _machine(table: Table, site: Site, launch: Launch, place: launches.Place, now: datetime) -> "PutTypeDef":
    arn = machines.arn(site, place.machine.instance_id)
    return {"TableName": table.name, "Item": {**machine_rows.key(arn), **encode(machines.row(launch, place, now))}}


def _stamped(table: Table, job: WaitingJob, now: datetime) -> "TransactWriteItemTypeDef":
    return {
        "Update": {
            "TableName": table.name,
            "Key": job_rows.key(job.job_id),
            "UpdateExpression": "SET launchedAt = if_not_exists(launchedAt, :now)",
            "ExpressionAttributeValues": encode({":now": times.text(now)}),
        }
    }


def _moved(
    table: Table, job: WaitingJob, before: Launch, then: Launch | None, now: datetime
) -> "TransactWriteItemTypeDef":
    """Return the action by which a job leaves a launch that had no machine for it: for another, or for a message."""
    values: Record = {":then": then.launch_id} if then else {":now": times.text(now)}
    return {
        "Update": {
            "TableName": table.name,
            "Key": job_rows.key(job.job_id),
            "UpdateExpression": "SET launchId = :then" if then else "SET restartedAt = :now REMOVE launchId",
            "ConditionExpression": "launchId = :before",
            "ExpressionAttributeValues": encode({":before": before.launch_id, **values}),
        }
    }


def _lease(table: Table, launch: Launch, until: datetime, condition: str, values: Record) -> None:
    with named():
        table.client.update_item(
            TableName=table.name,
            Key=_key(launch.launch_id),
            UpdateExpression="SET leaseUntil = :until",
            ConditionExpression=condition,
            ExpressionAttributeValues=encode({":until": times.text(until), **values}),
        )


def _key(launch_id: str) -> Item:
    return encode({"PK": f"LAUNCH#{launch_id}", "SK": LAUNCH})
