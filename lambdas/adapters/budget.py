"""How much an App may still ask of GitHub: its row `BUDGET#<app id>`, and what this container last saw of it."""

from dataclasses import dataclass, field
from datetime import datetime

from lambdas.adapters import rows
from lambdas.adapters.errors import ConflictError, named
from lambdas.adapters.items import Item, decode, encode
from lambdas.adapters.table import Table
from lambdas.core import pacing
from lambdas.core.pacing import Slot

BUDGET = "BUDGET"
ATTEMPTS = 5


@dataclass(kw_only=True)
class Seen:
    """What one container last saw of an App's queue: where it ends, and how much GitHub allows in an hour, if known."""

    last_ms: int = 0
    per_hour: int | None = None
    closed_until_ms: int = 0  # GitHub said so

    @property
    def free_at_ms(self) -> int:
        """When its next place comes up: after the last one given away, and not while it is closed."""
        return max(self.last_ms, self.closed_until_ms)

    def interval_ms(self, apps: int) -> int:
        """Return the time between two places, where so many Apps share the load."""
        return pacing.interval_ms(self.per_hour or pacing.REQUESTS_PER_HOUR, apps or 1)


@dataclass(frozen=True, kw_only=True)
class Budgets:
    """The Apps that share the load, and what this container saw of each."""

    table: Table
    apps: tuple[str, ...]
    seen: dict[str, Seen] = field(default_factory=dict)

    def of(self, app_id: str) -> Seen:
        """Return what was seen of an App."""
        return self.seen.setdefault(app_id, Seen())


def reserve(budgets: Budgets, count: int, app_id: str, now: datetime) -> Slot:
    """Take places for so many JIT configurations in the shortest queue; `app_id` told of the jobs.

    Raises ConflictError if others are faster again and again.
    """
    chosen = _shortest(budgets, app_id)
    seen, now_ms = budgets.of(chosen), pacing.milliseconds(now)
    for _ in range(ATTEMPTS):
        interval = seen.interval_ms(len(budgets.apps))
        start = max(now_ms, seen.closed_until_ms)
        if _moved(budgets.table, chosen, seen, start, count * interval):
            return pacing.slot(chosen, seen.last_ms, interval, seen.closed_until_ms)
    raise ConflictError(f"the budget of App {chosen} was changed by others {ATTEMPTS} times in a row")


def give_back(budgets: Budgets, slot: Slot, count: int) -> None:
    """Give places back that nobody used."""
    seen = budgets.of(slot.app_id)
    back = count * seen.interval_ms(len(budgets.apps))
    with named():
        budgets.table.client.update_item(
            TableName=budgets.table.name,
            Key=_key(slot.app_id),
            UpdateExpression="ADD lastMs :back",
            ExpressionAttributeValues=encode({":back": -back}),
        )
    seen.last_ms -= back


def learn(budgets: Budgets, app_id: str, per_hour: int) -> None:
    """Keep how many requests an hour GitHub allows an App; a queue goes faster or slower from now on."""
    seen = budgets.of(app_id)
    if seen.per_hour == per_hour:
        return
    seen.per_hour = per_hour
    with named():
        budgets.table.client.update_item(
            TableName=budgets.table.name,
            Key=_key(app_id),
            UpdateExpression="SET perHour = :limit",
            ExpressionAttributeValues=encode({":limit": per_hour}),
        )


def close(budgets: Budgets, app_id: str, until: datetime) -> None:
    """Give no place of an App away that comes up before a time: GitHub said so."""
    budgets.of(app_id).closed_until_ms = pacing.milliseconds(until)


def set_aside(budgets: Budgets, app_id: str, until: datetime) -> bool:
    """Give no place of an App away until a time, if another App has one sooner; tell whether one has."""
    until_ms = pacing.milliseconds(until)
    others = (budgets.of(one) for one in budgets.apps if one != app_id)
    if not any(seen.free_at_ms < until_ms for seen in others):
        return False
    close(budgets, app_id, until)
    return True


def last_place(table: Table, app_id: str) -> datetime | None:
    """Return when the last place of an App's queue comes up, or None if nobody ever took one."""
    last = (rows.one(table, _key(app_id)) or {}).get("lastMs")
    return pacing.moment(int(str(last))) if last is not None else None


def is_sooner(budgets: Budgets, than_ms: int) -> bool:
    """Tell whether some App's queue, as it was last seen, ends before a time."""
    return any(seen.free_at_ms < than_ms for seen in map(budgets.of, budgets.apps))


def _shortest(budgets: Budgets, app_id: str) -> str:
    among = budgets.apps or (app_id,)
    return min(among, key=lambda one: budgets.of(one).free_at_ms)


def _moved(table: Table, app_id: str, seen: Seen, start_ms: int, span_ms: int) -> bool:
    """Tell whether the end of a queue was moved on: from now if it was idle, else from where it was."""
    idle = seen.last_ms < start_ms
    moves = {":end": start_ms + span_ms} if idle else {":span": span_ms}
    try:
        with named():
            answer = table.client.update_item(
                TableName=table.name,
                Key=_key(app_id),
                UpdateExpression="SET lastMs = :end" if idle else "SET lastMs = lastMs + :span",
                ConditionExpression=("attribute_not_exists(lastMs) OR lastMs < :start" if idle else "lastMs >= :start"),
                ExpressionAttributeValues=encode({":start": start_ms, **moves}),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
    except ConflictError as error:
        _see(seen, error.reasons[0].item or {})
        return False
    _see(seen, decode(answer["Attributes"]))
    return True


def _see(seen: Seen, row: Item) -> None:
    seen.last_ms = int(row.get("lastMs", 0))
    seen.per_hour = int(row["perHour"]) if "perHour" in row else seen.per_hour


def _key(app_id: str) -> Item:
    return encode({"PK": f"BUDGET#{app_id}", "SK": BUDGET})
