"""Rows of the table, whatever they tell of: one by its key, several by theirs, and those of a kind by the index."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from lambdas.adapters.errors import named
from lambdas.adapters.items import Item, decode, encode
from lambdas.adapters.table import INDEX, Table
from lambdas.core.records import Record

MOST_READ = 100  # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html


def one(table: Table, key: Item) -> Record | None:
    """Return a row as it is now, or None if there is none."""
    with named():
        answer = table.client.get_item(TableName=table.name, Key=key, ConsistentRead=True)
    return decode(answer["Item"]) if "Item" in answer else None


def several(table: Table, keys: Iterable[Item]) -> Iterator[Record]:
    """Yield those of the rows that there are, each once and as it is now, in no order.

    A row that changes while the index is read page by page moves to its end, and is met twice; DynamoDB refuses whoever
    asks for a row twice.
    """
    left = iter({(str(key["PK"]), str(key["SK"])): key for key in keys}.values())
    while some := list(islice(left, MOST_READ)):
        wanted: Any = {table.name: {"Keys": some, "ConsistentRead": True}}
        while wanted:
            with named():
                answer = table.client.batch_get_item(RequestItems=wanted)
            yield from (decode(item) for item in answer["Responses"].get(table.name, ()))
            wanted = answer["UnprocessedKeys"]


def of_kind(table: Table, kind: str, page_size: int | None = None) -> Iterator[Record]:
    """Yield what the index knows of the rows of a kind, the longest unchanged first; it may be a moment old."""
    pages = table.client.get_paginator("query").paginate(
        TableName=table.name,
        IndexName=INDEX,
        KeyConditionExpression="kind = :kind",
        ExpressionAttributeValues=encode({":kind": kind}),
        PaginationConfig={"PageSize": page_size} if page_size else {},
    )
    with named():
        for page in pages:
            yield from (decode(item) for item in page["Items"])
