"""The counters of machines, one item for the whole deployment, which tells of a pause, too."""

from collections.abc import Mapping
from typing import Any

from lambdas.adapters import rows
from lambdas.adapters.errors import named
from lambdas.adapters.items import encode
from lambdas.adapters.launch_rows import CAPACITY
from lambdas.adapters.table import Table


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
