"""Transactions of DynamoDB that copy what they touch: moto copies the whole table for each of their actions."""

import copy
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from moto.dynamodb.models import DynamoDBBackend

from embedded.aws.patches import Patches

Transact = Callable[[Any, Sequence[dict[str, Any]]], None]


def install(patches: Patches) -> None:
    """Patch moto."""
    patches.replace(DynamoDBBackend, "transact_write_items", _sparing(DynamoDBBackend.transact_write_items))


def _sparing(transact: Transact) -> Transact:
    def transact_write_items(backend: Any, transact_items: Sequence[dict[str, Any]]) -> None:
        actions = [action for item in transact_items for action in item.values()]
        named = {str(action.get("TableName")) for action in actions}
        tables = {name: backend.tables[name] for name in named if name in backend.tables}
        if any(table.stream_shard is not None for table in tables.values()):
            transact(backend, transact_items)  # moto takes what a stream was told back with the whole table
            return
        before = [kept for action in actions if (kept := _kept(backend, action))]
        with _uncopied(tables.values()):
            try:
                transact(backend, transact_items)
            except Exception:
                for table, keys, item in before:
                    _restore(table, keys, item)
                raise

    return transact_write_items


@contextmanager
def _uncopied(tables: Collection[Any]) -> Iterator[None]:
    """Let a table stand for its own copy."""
    for table in tables:
        table.__deepcopy__ = lambda _, table=table: table
    try:
        yield
    finally:
        for table in tables:
            del table.__deepcopy__


def _kept(backend: Any, action: dict[str, Any]) -> tuple[Any, Any, Any] | None:
    """Return a table, the keys of the item that an action is about, and a copy of that; None if it names none."""
    table, values = backend.tables.get(action.get("TableName")), action.get("Item") or action.get("Key") or {}
    if table is None or not {table.hash_key_attr, table.range_key_attr or table.hash_key_attr} <= values.keys():
        return None
    keys = backend.get_keys_value(table, values)
    return table, keys, copy.deepcopy(table.get_item(*keys))


def _restore(table: Any, keys: tuple[Any, Any], item: Any) -> None:
    whose, key = (table.items, keys[0]) if keys[1] is None else (table.items[keys[0]], keys[1])
    if item is None:
        whose.pop(key, None)
    else:
        whose[key] = item
