"""What would become of each resource of a stack, from its two templates alone: no change set is made for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from generator.planning import references

REPLACED_STAYS = frozenset({"Retain", "Snapshot"})
REMOVED_STAYS = frozenset({"Retain", "RetainExceptOnCreate", "Snapshot"})
Resource = Mapping[str, Any]
Resources = Mapping[str, Resource]
CreateOnly = Callable[[str], frozenset[tuple[str, ...]]]


class Action(StrEnum):
    """What CloudFormation would do to a resource."""

    ADD = "add"
    MODIFY = "modify"
    REPLACE = "replace"
    REMOVE = "remove"


@dataclass(frozen=True, kw_only=True)
class ResourceChange:
    """One resource that would change; `old_stays` tells that a replaced or removed one is retained in AWS."""

    resource: str
    type: str
    action: Action
    properties: tuple[str, ...] = ()
    old_stays: bool = False


def difference(
    before: Resources, after: Resources, moved_parameters: frozenset[str], create_only: CreateOnly
) -> tuple[ResourceChange, ...]:
    """Return which resources change between two versions of a stack, by name.

    `moved_parameters` are stack parameters with another value than before; `create_only` gives the property paths
    of a type that cannot change in place. What refers to a replaced resource changes too, and so on.
    """
    changes = {name: _added(name, after[name]) for name in after.keys() - before.keys()}
    changes |= {name: _removed(name, before[name]) for name in before.keys() - after.keys()}
    moved: frozenset[references.Reference] = frozenset((name, "") for name in moved_parameters)
    while True:
        found = {
            name: change
            for name in before.keys() & after.keys()
            if (change := _changed(name, before[name], after[name], moved, create_only))
        }
        now_moved = moved | {reference for change in found.values() for reference in _moves(change)}
        if now_moved == moved:
            return tuple(sorted((changes | found).values(), key=lambda change: change.resource))
        moved = now_moved


def _added(name: str, body: Resource) -> ResourceChange:
    return ResourceChange(resource=name, type=body["Type"], action=Action.ADD)


def _removed(name: str, body: Resource) -> ResourceChange:
    stays = body.get("DeletionPolicy") in REMOVED_STAYS
    return ResourceChange(resource=name, type=body["Type"], action=Action.REMOVE, old_stays=stays)


def _changed(
    name: str, old: Resource, new: Resource, moved: frozenset[references.Reference], create_only: CreateOnly
) -> ResourceChange | None:
    was, becomes = old.get("Properties", {}), new.get("Properties", {})
    names = tuple(sorted(key for key in was.keys() | becomes.keys() if _differs(was.get(key), becomes.get(key), moved)))
    around = _around(old) != _around(new)
    if not names and not around:
        return None
    fixed = create_only(new["Type"])
    replaced = old["Type"] != new["Type"] or any(_differs(_at(was, path), _at(becomes, path), moved) for path in fixed)
    return ResourceChange(
        resource=name,
        type=new["Type"],
        action=Action.REPLACE if replaced else Action.MODIFY,
        properties=names,
        old_stays=replaced and new.get("UpdateReplacePolicy") in REPLACED_STAYS,
    )


def _differs(old: object, new: object, moved: frozenset[references.Reference]) -> bool:
    return old != new or bool(references.found_in(new) & moved)


def _at(properties: object, path: tuple[str, ...]) -> object:
    for name in path:
        properties = properties.get(name) if isinstance(properties, dict) else None
    return properties


def _around(resource: Resource) -> Resource:
    """Return what is said of a resource apart from its properties and the order in which it is made."""
    return {key: value for key, value in resource.items() if key not in {"Properties", "DependsOn"}}


def _moves(change: ResourceChange) -> tuple[references.Reference, ...]:
    """Return the references to a changed resource that give another value than before."""
    if change.action is Action.REPLACE:
        return ((change.resource, ""), (change.resource, references.ANY))
    return tuple((change.resource, attribute) for attribute in references.MOVING_ATTRIBUTES)
