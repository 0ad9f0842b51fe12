"""The deployment-wide stop: while the table says so, no machine is launched, and jobs wait."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from botocore.exceptions import ClientError

from generator import rows
from generator.deployment import aws_errors
from generator.errors import SpotRunnerError, UsageError
from generator.github.markdown import flat
from generator.reporting.place import Place
from lambdas.adapters.capacity import CAPACITY
from lambdas.adapters.items import decode, encode
from lambdas.adapters.table import Table
from lambdas.core import times
from lambdas.core.records import Record

AT, REASON = "pausedAt", "pausedReason"
LONGEST_REASON = 200  # characters
# https://docs.github.com/en/actions/reference/limits
MEANWHILE = (
    "jobs that arrive are recorded and wait, none is lost, and machines that run go on; GitHub itself gives a job up "
    "that has waited for 24 hours"
)


@dataclass(frozen=True, kw_only=True)
class Pause:
    """Since when nothing is launched, and why, if somebody said it."""

    since: datetime
    reason: str | None = None

    def __str__(self) -> str:
        """Return `since 2026-11-23T12:00:00Z: GitHub is down`."""
        return f"since {times.text(self.since)}{f': {self.reason}' if self.reason else ''}"


@dataclass(frozen=True, kw_only=True)
class Turned:
    """What `pause` or `resume` found, and what holds now."""

    deployment: str
    before: Pause | None
    now: Pause | None

    def lines(self) -> Iterator[str]:
        """Return it in words."""
        if self.now:
            yield flat(f"{self.deployment} is paused {self.now}")
            yield flat(f"before: {f'paused {self.before}' if self.before else 'not paused'}")
            yield f"{MEANWHILE}: `spot-runner resume` launches what waits"
        elif self.before:
            yield flat(f"{self.deployment} goes on: it was paused {self.before}")
            yield "what waits is launched from now on: `spot-runner jobs` shows it"
        else:
            yield f"{self.deployment} was not paused: nothing to do"

    def as_json(self) -> dict[str, object]:
        """Return it as JSON values."""
        return {
            "ok": True,
            "deployment": self.deployment,
            **as_json(self.now),
            "before": as_json(self.before),
        }


def as_json(pause: Pause | None) -> dict[str, object]:
    """Return whether the deployment is paused, since when and why, as JSON values."""
    return {
        "paused": pause is not None,
        AT: times.text(pause.since) if pause else None,
        REASON: pause.reason if pause else None,
    }


def checked_reason(reason: str | None) -> str | None:
    """Return the reason on one line; raise UsageError for one that says nothing or too much."""
    said = None if reason is None else flat(reason)
    if said is not None and not 0 < len(said) <= LONGEST_REASON:
        raise UsageError(f"--reason has {len(said)} characters, expected 1 to {LONGEST_REASON}")
    return said


def read(table: Table) -> Pause | None:
    """Return the pause that holds now, or None."""
    return _pause(rows.one(table, CAPACITY["PK"], CAPACITY["SK"]) or {})


def notes(table: Table, deployment: str) -> tuple[str, ...]:
    """Return what people should know beside jobs and machines: that there is a pause, or that nobody may tell."""
    try:
        pause = read(table)
    except SpotRunnerError as error:
        return (f"whether {deployment} is paused is not known: {error}",)
    return (f"{deployment} is paused {pause}: jobs wait until `spot-runner resume`",) if pause else ()


def pause(place: Place, reason: str | None, now: datetime) -> Turned:
    """Launch nothing from now on; a pause that holds already keeps its beginning, and its reason if none is given."""
    values, sets = {":now": times.text(now)}, [f"{AT} = if_not_exists({AT}, :now)"]
    if reason is not None:
        values[":reason"] = reason
        sets.append(f"{REASON} = :reason")
    table = rows.find(place)
    with aws_errors.explained_to_operators(_right(table)):
        answer = table.client.update_item(
            TableName=table.name,
            Key=encode(CAPACITY),
            UpdateExpression=f"SET {', '.join(sets)}",
            ExpressionAttributeValues=encode(values),
            ReturnValues="ALL_OLD",
        )
    before = _pause(decode(answer.get("Attributes", {})))
    kept = before or Pause(since=now)
    return Turned(deployment=place.label, before=before, now=Pause(since=kept.since, reason=reason or kept.reason))


def resume(place: Place) -> Turned:
    """Launch again; where nothing is paused, nothing is written."""
    table = rows.find(place)
    with aws_errors.explained_to_operators(_right(table)):
        try:
            answer = table.client.update_item(
                TableName=table.name,
                Key=encode(CAPACITY),
                UpdateExpression=f"REMOVE {AT}, {REASON}",
                ConditionExpression=f"attribute_exists({AT})",
                ReturnValues="ALL_OLD",
            )
        except ClientError as error:
            if aws_errors.code(error) != "ConditionalCheckFailedException":
                raise
            return Turned(deployment=place.label, before=None, now=None)
    return Turned(deployment=place.label, before=_pause(decode(answer["Attributes"])), now=None)


def _pause(row: Record) -> Pause | None:
    if AT not in row:
        return None
    try:
        since = times.moment(str(row[AT]))
    except ValueError as error:
        raise SpotRunnerError(
            f"{AT} of the row CAPACITY is '{row[AT]}', expected a time: `spot-runner resume`"
        ) from error
    return Pause(since=since, reason=str(row[REASON]) if row.get(REASON) else None)


def _right(table: Table) -> str:
    return f"dynamodb:UpdateItem on row {CAPACITY['PK']} of table {table.name}"
