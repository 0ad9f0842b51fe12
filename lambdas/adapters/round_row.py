"""The row of reconciliation: whose turn it is, and where the last round ended."""

from datetime import datetime

from lambdas.adapters.errors import ConflictError, named
from lambdas.adapters.items import decode, encode
from lambdas.adapters.table import Table
from lambdas.core import records, times
from lambdas.core.rounds import LEASE, Round

ROUND = {"PK": "RECONCILE", "SK": "ROUND"}


def take(table: Table, owner: str, now: datetime) -> Round | None:
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


def give_back(table: Table, owner: str, done: Round, now: datetime) -> None:
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
