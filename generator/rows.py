"""The deployment's table, read with the rights of whoever calls a command: rows by their keys, by kind, or all."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from generator.deployment import aws_errors, stack_client
from generator.deployment.site import TABLE_NAME
from generator.errors import SpotRunnerError
from generator.reporting.place import Place
from lambdas.adapters.items import decode, encode
from lambdas.adapters.table import INDEX, Table
from lambdas.core import times
from lambdas.core.records import Record

BATCH = 100  # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
Heard = Callable[[str], None]  # is told what happens while something takes long
Parsed = TypeVar("Parsed")


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found at `now`; `unreadable` tells of rows that are not as this release expects."""

    deployment: str
    now: datetime
    unreadable: tuple[str, ...]
    notes: tuple[str, ...]

    def document(self, name: str, found: Iterable[object]) -> dict[str, object]:
        """Return it as JSON values, what was found under a name."""
        return {
            "ok": not self.unreadable,
            "deployment": self.deployment,
            "generatedAt": times.text(self.now),
            name: list(found),
            "errors": list(self.unreadable),
            "notes": list(self.notes),
        }


def find(place: Place) -> Table:
    """Return the table; raise SpotRunnerError where nothing is deployed."""
    parameter = place.names.stack_value(TABLE_NAME)
    with aws_errors.explained_to_operators(f"ssm:GetParameters on parameter{parameter}"):
        found = stack_client.ssm_values(place.aws, (parameter,))
    if parameter not in found:
        raise SpotRunnerError(
            f"there is no {parameter} in {place.settings.region}: deploy first, or choose another --environment"
        )
    return Table(client=place.aws.dynamodb, name=found[parameter])


def one(table: Table, partition: str, sort: str) -> Record | None:
    """Return a row as it is now, or None."""
    with aws_errors.explained_to_operators(_right("GetItem", partition, table)):
        key = encode({"PK": partition, "SK": sort})
        answer = table.client.get_item(TableName=table.name, Key=key, ConsistentRead=True)
    return decode(answer["Item"]) if "Item" in answer else None


def several(table: Table, partitions: Sequence[str], sort: str, heard: Heard) -> Iterator[Record]:
    """Yield those of the rows that there are, as they are now."""
    for start in range(0, len(partitions), BATCH):
        some = partitions[start : start + BATCH]
        with aws_errors.explained_to_operators(_right("BatchGetItem", some[0], table)):
            yield from _of_batch(table, [encode({"PK": partition, "SK": sort}) for partition in some])
        heard(f"Read {start + len(some):,} of {len(partitions):,} rows…")


def of_kind(table: Table, kind: str) -> Iterator[Record]:
    """Yield what the index knows of the items of a kind, the longest unchanged first; it may be a moment old."""
    pages = table.client.get_paginator("query").paginate(
        TableName=table.name,
        IndexName=INDEX,
        KeyConditionExpression="kind = :kind",
        ExpressionAttributeValues=encode({":kind": kind}),
    )
    with aws_errors.explained_to_operators(f"dynamodb:Query on kind {kind} of index {INDEX} of table {table.name}"):
        yield from (decode(item) for page in pages for item in page["Items"])


def whole(table: Table, beginning: str, sort: str, heard: Heard) -> Iterator[Record]:
    """Yield every row whose key begins so; the whole table is read for it."""
    pages = table.client.get_paginator("scan").paginate(
        TableName=table.name,
        FilterExpression="begins_with(PK, :beginning) AND SK = :sort",
        ExpressionAttributeValues=encode({":beginning": beginning, ":sort": sort}),
    )
    read = 0
    with aws_errors.explained_to_operators(f"dynamodb:Scan on table {table.name}"):
        for page in pages:
            read += page["ScannedCount"]
            heard(f"Looked at {read:,} rows…")
            yield from (decode(item) for item in page["Items"])


def parsed(records: Iterable[Record], parse: Callable[[Record], Parsed]) -> tuple[tuple[Parsed, ...], tuple[str, ...]]:
    """Return what records stand for, and what is wrong with those that cannot be read."""
    found, unreadable = [], []
    for record in records:
        try:
            found.append(parse(record))
        except SpotRunnerError as error:
            unreadable.append(str(error))
    return tuple(found), tuple(unreadable)


def unexpected(subject: str, error: ValidationError) -> SpotRunnerError:
    """Return what is wrong first with a row that was not written as this release writes it."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(map(str, first["loc"]))
    return SpotRunnerError(
        f"the row of {subject} is not as this release expects, {place}: {first['msg']}: use the release of "
        "spot-runner that is deployed"
    )


def _of_batch(table: Table, keys: list[Any]) -> Iterator[Record]:
    """Yield the rows of at most 100 keys; DynamoDB may answer a part of them, and is then asked for the rest."""
    while keys:
        answer = table.client.batch_get_item(RequestItems={table.name: {"Keys": keys, "ConsistentRead": True}})
        yield from (decode(item) for item in answer["Responses"][table.name])
        rest = answer["UnprocessedKeys"]
        left = rest[table.name]["Keys"] if rest else ()
        if len(left) == len(keys):
            raise SpotRunnerError(
                f"table {table.name} has no room for more reads: wait a minute and repeat the command"
            )
        keys = list(left)


def _right(action: str, partition: str, table: Table) -> str:
    kind, separator, _ = partition.partition("#")
    return f"dynamodb:{action} on rows {kind}{separator and '#*'} of table {table.name}"
