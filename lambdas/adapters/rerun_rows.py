"""The notes that an attempt of a run is on demand: `RERUN#<run id>`, one for each attempt that was asked for here."""

from datetime import datetime

from lambdas.adapters import job_rows, rows
from lambdas.adapters.errors import ConflictError, named
from lambdas.adapters.items import Item, encode
from lambdas.adapters.table import ABSENT, Table
from lambdas.core import times
from lambdas.core.reruns import KEPT, Rerun


def note(table: Table, rerun: Rerun, now: datetime) -> None:
    """Note that the next attempt of a run is on demand, and that its job is run again.

    Raises ConflictError if another job of the run has that attempt: GitHub runs one of them at a time.
    """
    ttl = int((now + KEPT).timestamp())
    item = {**_key(rerun.run_id, rerun.attempt + 1), **encode({"jobId": rerun.job_id, "ttl": ttl})}
    stamp = encode({":now": times.text(now)})
    with named():
        table.client.transact_write_items(
            TransactItems=[
                {
                    "Put": {
                        "TableName": table.name,
                        "Item": item,
                        "ConditionExpression": f"{ABSENT} OR jobId = :job",
                        "ExpressionAttributeValues": encode({":job": rerun.job_id}),
                    }
                },
                {
                    "Update": {
                        "TableName": table.name,
                        "Key": job_rows.key(rerun.job_id),
                        "UpdateExpression": "SET rerunAt = :now",
                        "ExpressionAttributeValues": stamp,
                    }
                },
            ]
        )


def is_on_demand(table: Table, run_id: int, attempt: int) -> bool:
    """Tell whether an attempt of a run was asked for here."""
    return rows.one(table, _key(run_id, attempt)) is not None


def mark_on_demand(table: Table, job_id: int) -> None:
    """Keep that a job wants a machine on demand, however often it is started."""
    _mark(table, job_id, "SET onDemand = :value", True)


def mark_interrupted(table: Table, job_id: int, now: datetime) -> None:
    """Keep that a job's machine is about to be taken away; a job that nobody knows is none of ours."""
    _mark(table, job_id, "SET interruptedAt = if_not_exists(interruptedAt, :value)", times.text(now))


def _mark(table: Table, job_id: int, update: str, value: object) -> None:
    try:
        with named():
            table.client.update_item(
                TableName=table.name,
                Key=job_rows.key(job_id),
                UpdateExpression=update,
                ConditionExpression="attribute_exists(PK)",
                ExpressionAttributeValues=encode({":value": value}),
            )
    except ConflictError as error:
        if not error.is_condition:
            raise


def _key(run_id: int, attempt: int) -> Item:
    return encode({"PK": f"RERUN#{run_id}", "SK": f"ATTEMPT#{attempt:06}"})
