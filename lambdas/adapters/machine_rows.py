"""The rows of machines, `RUNNER#<instance arn>`, and of their configurations, `JIT#<instance arn>`."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lambdas.adapters import capacity, job_rows, rows
from lambdas.adapters.errors import ConflictError, named
from lambdas.adapters.items import Item, decode, encode
from lambdas.adapters.table import Table
from lambdas.core import machines, times
from lambdas.core.machines import LIVE
from lambdas.core.records import Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef, UpdateTypeDef

RUNNER, JIT = "RUNNER", "JIT"


@dataclass(frozen=True, kw_only=True)
class Configured:
    """A machine's configuration as GitHub made it: `encoded` is a secret, and in no message or log."""

    arn: str
    job_id: int
    runner_id: int
    encoded: str = field(repr=False)
    timeout_minutes: int


@dataclass(frozen=True, kw_only=True)
class End:
    """The end of a machine, and why; it `releases` the job of its launch that wants another machine, 0 for none.

    `surplus_of` is the job that was cancelled and needs it no more: each such job takes one machine along, once.
    With `runner_id` it is the end of the machine with just that runner in GitHub: anybody may take its name.
    """

    arn: str
    preset: str
    reason: str
    releases: int = 0
    launch_id: str = ""
    surplus_of: int = 0
    runner_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Running:
    """A machine that runs a job, by the id that GitHub gave its runner: whoever registers one chooses its name."""

    arn: str
    job_id: int
    runner_id: int


def keep(table: Table, made: Iterable[Configured], now: datetime) -> None:
    """Keep at most 33 configurations for their machines, in one transaction; raise ConflictError if one has ended."""
    with named():
        table.client.transact_write_items(TransactItems=[action for one in made for action in _kept(table, one, now)])


def read(table: Table, arns: Iterable[str]) -> dict[str, Any]:
    """Return the rows of machines as they are now, by their ARNs."""
    return {str(row["PK"]).removeprefix(f"{RUNNER}#"): row for row in rows.several(table, map(key, arns))}


def run(table: Table, runs: Iterable[Running], now: datetime) -> None:
    """Keep which job each of at most 100 machines runs, all or none; raise ConflictError if one is not living."""
    actions: list[TransactWriteItemTypeDef] = [
        {
            "Update": {
                "TableName": table.name,
                "Key": _key(RUNNER, one.arn),
                "UpdateExpression": "SET runningJob = :job, updatedAt = :now",
                "ConditionExpression": "kind = :live AND runnerId = :runner",
                "ExpressionAttributeValues": encode(
                    {":job": one.job_id, ":now": times.text(now), ":live": LIVE, ":runner": one.runner_id}
                ),
            }
        }
        for one in runs
    ]
    with named():
        table.client.transact_write_items(TransactItems=actions)


def interrupted(table: Table, arn: str, now: datetime) -> Record | None:
    """Keep that a machine is about to be taken away, and return its row, or None if it is not known to live."""
    try:
        with named():
            answer = table.client.update_item(
                TableName=table.name,
                Key=_key(RUNNER, arn),
                UpdateExpression="SET interruptedAt = if_not_exists(interruptedAt, :now), updatedAt = :now",
                ConditionExpression="kind = :live",
                ExpressionAttributeValues=encode({":now": times.text(now), ":live": LIVE}),
                ReturnValues="ALL_NEW",
            )
    except ConflictError as error:
        if not error.is_condition:
            raise
        return None
    return decode(answer["Attributes"])


def end(table: Table, ends: Sequence[End], now: datetime) -> None:
    """Keep that at most 30 machines have ended, and count them no more, in one transaction.

    Raises ConflictError, the reasons of which begin with those of the machines, if one is not known to live.
    """
    freed = capacity.freed(table, Counter(one.preset for one in ends))
    surplus: list[TransactWriteItemTypeDef] = [
        {"Update": _surplus(table, one.surplus_of, now)} for one in ends if one.surplus_of
    ]
    jobs = [*(_released(table, one.releases, one.launch_id) for one in ends if one.releases), *surplus]
    untaken: list[TransactWriteItemTypeDef] = [
        {"Delete": {"TableName": table.name, "Key": _key(JIT, one.arn)}} for one in ends
    ]
    with named():
        table.client.transact_write_items(
            TransactItems=[*(_ended(table, one, now) for one in ends), *untaken, *jobs, freed]
        )


def end_living(table: Table, one: End, now: datetime) -> bool:
    """Keep that a machine has ended unless it did before, or nobody knows it; tell whether it lived till now."""
    try:
        end(table, [one], now)
    except ConflictError as error:
        if not error.is_condition:
            raise
        return False
    return True


def mark_surplus(table: Table, job_id: int, now: datetime) -> None:
    """Keep that a cancelled job has left no machine that could go."""
    with named():
        table.client.update_item(**_surplus(table, job_id, now))


def _surplus(table: Table, job_id: int, now: datetime) -> "UpdateTypeDef":
    return {
        "TableName": table.name,
        "Key": job_rows.key(job_id),
        "UpdateExpression": "SET surplusAt = :now",
        "ConditionExpression": "attribute_not_exists(surplusAt)",
        "ExpressionAttributeValues": encode({":now": times.text(now)}),
    }


def _ended(table: Table, one: End, now: datetime) -> "TransactWriteItemTypeDef":
    ttl = int((now + machines.KEPT).timestamp())
    runner: Record = {} if one.runner_id is None else {":runner": one.runner_id}
    values = {":live": LIVE, ":now": times.text(now), ":why": one.reason, ":ttl": ttl, **runner}
    return {
        "Update": {
            "TableName": table.name,
            "Key": _key(RUNNER, one.arn),
            "UpdateExpression": "SET endedAt = :now, endReason = :why, updatedAt = :now, #ttl = :ttl REMOVE kind",
            "ConditionExpression": f"kind = :live{' AND runnerId = :runner' if runner else ''}",
            "ExpressionAttributeNames": {"#ttl": "ttl"},
            "ExpressionAttributeValues": encode(values),
        }
    }


def _released(table: Table, job_id: int, launch_id: str) -> "TransactWriteItemTypeDef":
    """Return the action by which a job whose machine ends before it ran wants another."""
    return {
        "Update": {
            "TableName": table.name,
            "Key": job_rows.key(job_id),
            "UpdateExpression": "REMOVE launchId, launchedAt, configuredAt",
            "ConditionExpression": "launchId = :launch",
            "ExpressionAttributeValues": encode({":launch": launch_id}),
        }
    }


def _kept(table: Table, one: Configured, now: datetime) -> "list[TransactWriteItemTypeDef]":
    stamp = encode({":now": times.text(now)})
    jit = {**_key(JIT, one.arn), **encode(machines.jit_row(one.encoded, one.timeout_minutes, now))}
    return [
        {"Put": {"TableName": table.name, "Item": jit}},
        {
            "Update": {
                "TableName": table.name,
                "Key": _key(RUNNER, one.arn),
                "UpdateExpression": "SET runnerId = :runner, configuredAt = :now, updatedAt = :now",
                "ConditionExpression": "kind = :live",
                "ExpressionAttributeValues": {**stamp, **encode({":runner": one.runner_id, ":live": LIVE})},
            }
        },
        {
            "Update": {
                "TableName": table.name,
                "Key": job_rows.key(one.job_id),
                "UpdateExpression": "SET configuredAt = if_not_exists(configuredAt, :now)",
                "ExpressionAttributeValues": stamp,
            }
        },
    ]


def key(arn: str) -> Item:
    """Return the key of a machine's row."""
    return _key(RUNNER, arn)


def _key(kind: str, arn: str) -> Item:
    return encode({"PK": f"{kind}#{arn}", "SK": kind})
