"""Jobs and machines that have not ended, as the index shows them; and what reconcile learns of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lambdas.adapters import job_rows, machine_rows, rows
from lambdas.adapters.errors import ConflictError, named
from lambdas.adapters.items import Item, encode
from lambdas.adapters.table import Table
from lambdas.core import times
from lambdas.core.demand import LiveMachine, OpenJob
from lambdas.core.jobs import OPEN
from lambdas.core.machines import LIVE
from lambdas.core.records import Record
from lambdas.core.workflow_job import QUEUED

UNTOLD = 0  # the job that a machine runs, where nobody told which


def open_jobs(table: Table) -> tuple[OpenJob, ...]:
    """Return all jobs that have not ended and are not parked, as they were last met; the index may be a moment old."""
    return tuple({one.job_id: one for one in map(_job, rows.of_kind(table, OPEN))}.values())


def live_machines(table: Table) -> tuple[LiveMachine, ...]:
    """Return all machines that have not ended, as they were last met; the index may be a moment old."""
    return tuple({one.arn: one for one in map(_machine, rows.of_kind(table, LIVE))}.values())


def confirm(table: Table, job_id: int, now: datetime) -> None:
    """Keep that GitHub was asked about an open job, and knows nothing new."""
    _touch(table, job_rows.key(job_id), {}, now)


def restarted(table: Table, job_id: int, now: datetime) -> None:
    """Keep that a job was put into another message."""
    _touch(table, job_rows.key(job_id), {"restartedAt": times.text(now)}, now)


def quiet(table: Table, arn: str, now: datetime) -> None:
    """Keep that GitHub was asked about a machine's runner, which is there and idle."""
    _touch(table, machine_rows.key(arn), {}, now)


def busy(table: Table, arn: str, now: datetime) -> None:
    """Keep that a machine runs a job that nobody told of."""
    _touch(table, machine_rows.key(arn), {"runningJob": UNTOLD}, now, " AND attribute_not_exists(runningJob)")


def release(table: Table, job: OpenJob, arn: str) -> None:
    """Let a queued job be claimed again whose machine runs another or is gone, or raise ConflictError."""
    claimed: Record = {":launch": job.launch_id, ":queued": QUEUED}
    with named():
        table.client.transact_write_items(
            TransactItems=[
                {
                    "Update": {
                        "TableName": table.name,
                        "Key": job_rows.key(job.job_id),
                        "UpdateExpression": "REMOVE launchId, launchedAt, configuredAt",
                        "ConditionExpression": "launchId = :launch AND #status = :queued",
                        "ExpressionAttributeNames": {"#status": "status"},
                        "ExpressionAttributeValues": encode(claimed),
                    }
                },
                {
                    "ConditionCheck": {
                        "TableName": table.name,
                        "Key": machine_rows.key(arn),
                        "ConditionExpression": "attribute_not_exists(kind) OR attribute_exists(runningJob)",
                    }
                },
            ]
        )


def labels(item: Mapping[str, Any]) -> frozenset[str]:
    """Return the labels of a job's or a machine's row as GitHub compares them: without case, and in no order."""
    return frozenset(label.lower() for label in item["labels"])


def _touch(table: Table, key: Item, sets: Record, now: datetime, condition: str = "") -> None:
    """Change the row of what has not ended; one that ended meanwhile stays as it is."""
    changes = {**sets, "updatedAt": times.text(now)}
    try:
        with named():
            table.client.update_item(
                TableName=table.name,
                Key=key,
                UpdateExpression=f"SET {', '.join(f'{name} = :{name}' for name in changes)}",
                ConditionExpression=f"attribute_exists(kind){condition}",
                ExpressionAttributeValues=encode({f":{name}": value for name, value in changes.items()}),
            )
    except ConflictError:
        return


def _job(item: Mapping[str, Any]) -> OpenJob:
    return OpenJob(
        job_id=int(item["PK"].removeprefix("JOB#")),
        preset=item["preset"],
        labels=labels(item),
        repository=item["repository"],
        status=item["status"],
        updated_at=times.moment(item["updatedAt"]),
        launch_id=item.get("launchId"),
        launched_at=times.moment(item["launchedAt"]) if item.get("launchedAt") else None,
    )


def _machine(item: Mapping[str, Any]) -> LiveMachine:
    return LiveMachine(
        arn=item["PK"].removeprefix("RUNNER#"),
        preset=item["preset"],
        labels=labels(item),
        repository=item["repository"],
        launch_id=item["launchId"],
        launched_at=times.moment(item["launchedAt"]),
        updated_at=times.moment(item["updatedAt"]),
        is_configured="runnerId" in item,
        running_job=item.get("runningJob"),
    )
