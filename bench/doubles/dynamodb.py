"""The one table of DynamoDB: its items, and what it refuses while another writes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from bench.doubles.caller import Caller
from bench.doubles.expressions import Item, condition, update

MOST_ACTIONS = 100
Key = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Store:
    """The items by their keys, the items that a transaction is writing, and how often others met one."""

    items: dict[Key, Item] = field(default_factory=dict)
    written: set[Key] = field(default_factory=set)
    conflicts: list[Key] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class DynamoDb:
    """The client of one caller."""

    store: Store
    caller: Caller

    def get_item(self, **asked: Any) -> dict[str, Any]:
        """Return an item as it is."""
        self.caller.call("dynamodb:GetItem", self.caller.latencies.read)
        found = self.store.items.get(_key(asked["Key"]))
        return {} if found is None else {"Item": dict(found)}

    def batch_get_item(self, **asked: Any) -> dict[str, Any]:
        """Return those of the items that there are."""
        self.caller.call("dynamodb:BatchGetItem", self.caller.latencies.read)
        found = {
            name: [dict(self.store.items[key]) for key in map(_key, wanted["Keys"]) if key in self.store.items]
            for name, wanted in asked["RequestItems"].items()
        }
        return {"Responses": found, "UnprocessedKeys": {}}

    def update_item(self, **asked: Any) -> dict[str, Any]:
        """Change an item if its condition holds, and no transaction is writing it."""
        is_written = self._meets([_key(asked["Key"])])
        self.caller.call("dynamodb:UpdateItem", self.caller.latencies.write)
        if is_written:
            raise _error("UpdateItem", "TransactionConflictException")
        if not _holds(self.store, asked):
            raise _error("UpdateItem", "ConditionalCheckFailedException", **_as_it_is(self.store, asked))
        _apply(self.store, "Update", asked)
        is_asked = asked.get("ReturnValues") == "ALL_NEW"
        return {"Attributes": dict(self.store.items[_key(asked["Key"])])} if is_asked else {}

    def transact_write_items(self, **asked: Any) -> dict[str, Any]:
        """Take all actions or none; while it lasts, whoever writes one of its items is refused."""
        actions = [next(iter(one.items())) for one in asked["TransactItems"]]
        keys = [_key(action.get("Key") or action["Item"]) for _, action in actions]
        if len(actions) > MOST_ACTIONS or len(set(keys)) < len(keys):
            raise _error("TransactWriteItems", "ValidationException")
        met = self._meets(keys)
        self.store.written.update(set(keys) - met)
        self.caller.call("dynamodb:TransactWriteItems", self.caller.latencies.transaction)
        self.store.written.difference_update(set(keys) - met)
        reasons = [
            {"Code": "TransactionConflict"} if key in met else _reason(self.store, action)
            for key, (_, action) in zip(keys, actions, strict=True)
        ]
        if any(reason["Code"] != "None" for reason in reasons):
            raise _error("TransactWriteItems", "TransactionCanceledException", CancellationReasons=reasons)
        for kind, action in actions:
            _apply(self.store, kind, action)
        return {}

    def _meets(self, keys: Sequence[Key]) -> set[Key]:
        met = self.store.written.intersection(keys)
        self.store.conflicts.extend(met)
        return met


def _apply(store: Store, kind: str, action: Mapping[str, Any]) -> None:
    if kind == "Put":
        store.items[_key(action["Item"])] = dict(action["Item"])
    elif kind == "Delete":
        store.items.pop(_key(action["Key"]), None)
    elif kind == "Update":
        item = store.items.setdefault(_key(action["Key"]), dict(action["Key"]))
        update(action["UpdateExpression"])(item, _given(action))


def _holds(store: Store, action: Mapping[str, Any]) -> bool:
    if "ConditionExpression" not in action:
        return True
    item = store.items.get(_key(action.get("Key") or action["Item"]), {})
    return condition(action["ConditionExpression"])(item, _given(action))


def _reason(store: Store, action: Mapping[str, Any]) -> dict[str, Any]:
    if _holds(store, action):
        return {"Code": "None"}
    return {"Code": "ConditionalCheckFailed", **_as_it_is(store, action)}


def _as_it_is(store: Store, action: Mapping[str, Any]) -> dict[str, Any]:
    found = store.items.get(_key(action.get("Key") or action["Item"]))
    is_asked = action.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    return {"Item": dict(found)} if found and is_asked else {}


def _given(action: Mapping[str, Any]) -> dict[str, Any]:
    return {**action.get("ExpressionAttributeNames", {}), **action.get("ExpressionAttributeValues", {})}


def _key(item: Item) -> Key:
    return item["PK"]["S"], item["SK"]["S"]


def _error(operation: str, code: str, **more: Any) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}, **more}, operation)
