"""The rows of jobs in the table, `JOB#<job id>`."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from lambdas.adapters.errors import ConflictError, named
from lambdas.adapters.items import Item, encode
from lambdas.adapters.table import ABSENT, Table
from lambdas.core import times
from lambdas.core.jobs import OPEN, REFUSED, Step
from lambdas.core.records import Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import UpdateTypeDef

JOB = "JOB"
OF_A_REFUSAL = ("refusal", "reason")


def refuse(table: Table, row: Record) -> None:
    """Write the row of a refused job, or raise ConflictError if that job was accepted before."""
    with named():
        table.client.put_item(
            TableName=table.name,
            Item={**_key(row["jobId"]), **encode(row)},
            ConditionExpression=f"{ABSENT} OR #status = :refused",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=encode({":refused": REFUSED}),
        )


def record_all(table: Table, steps: Iterable[Step], now: datetime) -> None:
    """Take a step for each of at most 100 jobs in one transaction, or raise ConflictError if one is not ahead."""
    with named():
        table.client.transact_write_items(TransactItems=[{"Update": _ahead(table, step, now)} for step in steps])


def record(table: Table, step: Step, now: datetime) -> None:
    """Take a step of one job; if the job has come as far already, fill in what its row does not know yet.

    Raises ConflictError while somebody else writes: take it again.
    """
    try:
        with named():
            table.client.update_item(**_ahead(table, step, now))
    except ConflictError:
        with named():
            table.client.update_item(**_filled(table, step))


def _ahead(table: Table, step: Step, now: datetime) -> "UpdateTypeDef":
    """Return the update by which a job comes further, if it has not come as far yet."""
    open_or_over: Record = {"kind": OPEN} if step.ttl is None else {"ttl": step.ttl}
    set_too = {"status": step.status, "updatedAt": times.text(now), **open_or_over}
    gone = (*OF_A_REFUSAL, *({"kind", "ttl"} - open_or_over.keys()))
    update = _filled(table, step)
    sets = ", ".join(f"#{name} = :{name}" for name in set_too)
    return {
        **update,
        "UpdateExpression": f"{update['UpdateExpression']}, {sets} REMOVE {', '.join(f'#{name}' for name in gone)}",
        "ConditionExpression": _is_behind(step),
        "ExpressionAttributeNames": {**_names(step.known), **_names(set_too), **_names(gone)},
        "ExpressionAttributeValues": {
            **update["ExpressionAttributeValues"],
            **encode({f":{name}": value for name, value in set_too.items()}),
        },
    }


def _filled(table: Table, step: Step) -> "UpdateTypeDef":
    """Return the update by which the row of a job that has come as far already learns what it does not know yet."""
    return {
        "TableName": table.name,
        "Key": _key(step.job_id),
        "UpdateExpression": "SET " + ", ".join(f"#{name} = if_not_exists(#{name}, :{name})" for name in step.known),
        "ConditionExpression": f"NOT ({_is_behind(step)})",
        "ExpressionAttributeNames": _names(("status", *step.known)),
        "ExpressionAttributeValues": {
            **encode({f":{name}": value for name, value in step.known.items()}),
            **encode({f":before{number}": status for number, status in enumerate(step.before)}),
        },
    }


def _is_behind(step: Step) -> str:
    """Return the condition that a job has not come as far as a step."""
    return f"{ABSENT} OR #status IN ({', '.join(f':before{number}' for number in range(len(step.before)))})"


def _names(names: Iterable[str]) -> dict[str, str]:
    return {f"#{name}": name for name in names}


def _key(job_id: object) -> Item:
    return encode({"PK": f"JOB#{job_id}", "SK": JOB})
