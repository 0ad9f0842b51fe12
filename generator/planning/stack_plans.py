"""What would become of one stack, from two templates and the values of their parameters: nobody is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from generator.deployment import conditions
from generator.deployment.stack import COMMIT, Template, Wanted, effective
from generator.planning import schemas, words
from generator.planning.difference import ResourceChange, difference
from generator.planning.plans import Fate, StackPlan
from generator.planning.preset_stack import preset_in


@dataclass(frozen=True, kw_only=True)
class Before:
    """A stack as it is: its template, and the values that its parameters have in the end."""

    template: Template
    values: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a stack would be deployed: a Region, and the values of SSM parameters there, as far as they are known."""

    region: str
    ssm: Mapping[str, str]


NOTHING = Before(template={}, values={})


def unchanged(wanted: Wanted) -> StackPlan:
    """Return the plan of a stack that is as it is wanted."""
    return StackPlan(stack=wanted.name, preset=wanted.preset, fate=Fate.UNCHANGED)


def created(place: Place, wanted: Wanted, fate: Fate) -> StackPlan:
    """Return the plan of a stack that holds nothing yet."""
    return StackPlan(stack=wanted.name, preset=wanted.preset, fate=fate, resources=_changes(place, NOTHING, wanted))


def updated(place: Place, wanted: Wanted, before: Before) -> StackPlan:
    """Return the plan of a stack that changes, with what changes in its preset."""
    after = effective(wanted.body, wanted.parameters, place.ssm)
    keys = before.values.keys() | after.keys()
    moved = {key for key in keys if before.values.get(key) != after.get(key)} - {COMMIT}
    old, new = preset_in(before.template), preset_in(wanted.body)
    return StackPlan(
        stack=wanted.name,
        preset=wanted.preset,
        fate=Fate.UPDATE,
        parameters=tuple(sorted(moved)),
        resources=_changes(place, before, wanted),
        words=words.field_changes(old, new) if old and new else (),
    )


def gone(stack: str, preset: str, before: Before, stays: tuple[str, ...]) -> StackPlan:
    """Return the plan of a preset's stack whose file is gone; `stays` is what a deletion leaves."""
    resources = conditions.resources(before.template, before.values)
    return StackPlan(
        stack=stack,
        preset=preset,
        fate=Fate.GONE,
        resources=difference(resources, {}, frozenset(), lambda _: frozenset()),
        stays=stays,
    )


def _changes(place: Place, before: Before, wanted: Wanted) -> tuple[ResourceChange, ...]:
    after = effective(wanted.body, wanted.parameters, place.ssm)
    return difference(
        conditions.resources(before.template, before.values),
        conditions.resources(wanted.body, after),
        frozenset(key for key in after if after[key] != before.values.get(key)),
        partial(schemas.create_only, region=place.region),
    )
