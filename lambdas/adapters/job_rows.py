"""The rows of jobs in the table, `JOB#<job id>`."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lambdas.adapters import rows
from lambdas.adapters.errors import ConflictError, named
from lambdas.adapters.items import Item, encode
from lambdas.adapters.table import ABSENT, Table
from lambdas.core import times
from lambdas.core.jobs import OPEN, REFUSED, Step
from lambdas.core.records import Record
from lambdas.core.workflow_job import COMPLETED, IN_PROGRESS, WAITING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import UpdateTypeDef

JOB = "JOB"
OF_A_REFUSAL = ("refusal", "reason")


def key(job_id: object) -> Item:
    """Return the key of a job's row."""
    return encode({"PK": f"JOB#{job_id}", "SK": JOB})


def read(table: Table, job_id: int) -> Record | None:
    """Return the row of a job as it is now, or None if there is none."""
    return rows.one(table, key(job_id))


def read_all(table: Table, job_ids: Iterable[int]) -> dict[int, Any]:
    """Return the rows of jobs as they are now, by their ids."""
    found: Iterable[Mapping[str, Any]] = rows.several(table, map(key, job_ids))
    return {row["jobId"]: row for row in found}


def refuse(table: Table, row: Record) -> None:
    """Write the row of a refused job, or raise ConflictError if that job was accepted before."""
    with named():
        table.client.put_item(
            TableName=table.name,
            Item={**key(row["jobId"]), **encode(row)},
            ConditionExpression=f"{ABSENT} OR #status IN (:refused, :waiting)",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=encode({":refused": REFUSED, ":waiting": WAITING}),
        )


def record_all(table: Table, steps: Iterable[Step], now: datetime) -> None:
    """Take a step for each of at most 100 jobs in one transaction, or raise ConflictError if one is not ahead."""
    with named():
        table.client.transact_write_items(TransactItems=[{"Update": _ahead(table, step, now)} for step in steps])


def record(table: Table, step: Step, now: datetime) -> bool:
    """Take a step of one job; if the job has come as far already, fill in what its row does not know yet.

    Tells whether the job came further. Raises ConflictError while somebody else writes: take it again.
    """
    try:
        with named():
            table.client.update_item(**_ahead(table, step, now))
            return True
    except ConflictError:
        with named():
            table.client.update_item(**_filled(table, step))
            return False


def _ahead(table: Table, step: Step, now: datetime) -> "UpdateTypeDef":
    """Return the update by which a job comes further, if it has not come as far yet."""
    open_or_over: Record = {"kind": OPEN} if step.ttl is None else {"ttl": step.ttl}
    set_too = {"status": step.status, "updatedAt": times.text(now), **open_or_over}
    waits_no_more = {"waitsFor"} if step.status in (IN_PROGRESS, COMPLETED) else set()
    return _update(
        table, step, set_too, sorted({"kind", "ttl"} - open_or_over.keys() | waits_no_more), _is_behind(step)
    )


def _filled(table: Table, step: Step) -> "UpdateTypeDef":
    """Return the update by which the row of a job that has come as far already learns what it does not know yet."""
    return _update(table, step, {}, (), f"NOT ({_is_behind(step)})")


def _update(table: Table, step: Step, sets: Record, gone: Iterable[str], condition: str) -> "UpdateTypeDef":
    removed = (*(OF_A_REFUSAL if step.is_served else ()), *gone)  # a refused job that only ended was still refused
    learnt = [f"#{name} = if_not_exists(#{name}, :{name})" for name in step.known]
    remove = f" REMOVE {', '.join(f'#{name}' for name in removed)}" if removed else ""
    values = {**step.known, **sets, **{f"before{number}": status for number, status in enumerate(step.before)}}
    return {
        "TableName": table.name,
        "Key": key(step.job_id),
        "UpdateExpression": f"SET {', '.join([*learnt, *(f'#{name} = :{name}' for name in sets)])}{remove}",
        "ConditionExpression": condition,
        "ExpressionAttributeNames": _names(("status", *step.known, *sets, *removed)),
        "ExpressionAttributeValues": encode({f":{name}": value for name, value in values.items()}),
    }


def _is_behind(step: Step) -> str:
    """Return the condition that a job has not come as far as a step."""
    before = ", ".join(f":before{number}" for number in range(len(step.before)))
    return f"{ABSENT} OR #status IN ({before})" if before else "attribute_not_exists(#status)"


def _names(names: Iterable[str]) -> dict[str, str]:
    return {f"#{name}": name for name in names}
