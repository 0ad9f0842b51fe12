"""The counters of machines, one item for the whole deployment, which tells of a pause, too."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdas.adapters import rows
from lambdas.adapters.errors import named
from lambdas.adapters.items import encode
from lambdas.adapters.table import Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

CAPACITY = {"PK": "CAPACITY", "SK": "DEPLOYMENT"}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How many machines may live at once: of one preset, and of the deployment."""

    preset: int
    deployment: int

    @property
    def most(self) -> int:
        """Return the lower one."""
        return min(self.preset, self.deployment)


def read(table: Table) -> dict[str, Any]:
    """Return the counters, consistently."""
    return rows.one(table, encode(CAPACITY)) or {}


def is_paused(table: Table) -> bool:
    """Tell whether nothing may be launched."""
    return bool(read(table).get("pausedAt"))


def correct(table: Table, wrong: Mapping[str, tuple[int, int]]) -> None:
    """Set counters right that say what they should not; raise ConflictError if one has moved."""
    names = {f"#n{place}": name for place, name in enumerate(wrong)}
    values: dict[str, object] = {}
    for place, (said, meant) in enumerate(wrong.values()):
        values |= {f":said{place}": said, f":meant{place}": meant}
    held = [
        f"(#n{place} = :said{place}{'' if said else f' OR attribute_not_exists(#n{place})'})"
        for place, (said, _) in enumerate(wrong.values())
    ]
    with named():
        table.client.update_item(
            TableName=table.name,
            Key=encode(CAPACITY),
            UpdateExpression=f"SET {', '.join(f'#n{place} = :meant{place}' for place in range(len(wrong)))}",
            ConditionExpression=" AND ".join(held),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=encode(values),
        )


def taken(table: Table, preset: str, count: int, limits: Limits) -> "TransactWriteItemTypeDef":
    """Return the action by which so many machines of a preset are more, unless they are too many or all is paused."""
    values = {":count": count, ":total": limits.deployment - count, ":preset": limits.preset - count}
    fits = " AND ".join(f"(attribute_not_exists(#{name}) OR #{name} <= :{name})" for name in ("total", "preset"))
    return {
        "Update": {
            "TableName": table.name,
            "Key": encode(CAPACITY),
            "UpdateExpression": "ADD #total :count, #preset :count",
            "ConditionExpression": f"attribute_not_exists(pausedAt) AND {fits}",
            "ExpressionAttributeNames": {"#total": "total", "#preset": f"preset:{preset}"},
            "ExpressionAttributeValues": encode(values),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }


def freed(table: Table, fewer: Mapping[str, int]) -> "TransactWriteItemTypeDef":
    """Return the action by which so many machines of each preset are fewer."""
    names = {f"#preset{place}": f"preset:{preset}" for place, preset in enumerate(fewer)}
    values = {f":preset{place}": -count for place, count in enumerate(fewer.values())}
    added = ", ".join(f"#preset{place} :preset{place}" for place in range(len(fewer)))
    return {
        "Update": {
            "TableName": table.name,
            "Key": encode(CAPACITY),
            "UpdateExpression": f"ADD #total :total, {added}",
            "ExpressionAttributeNames": {"#total": "total", **names},
            "ExpressionAttributeValues": encode({":total": -sum(fewer.values()), **values}),
        }
    }
