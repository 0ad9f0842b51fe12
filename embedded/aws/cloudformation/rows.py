"""How one row of types.yaml becomes create, update and delete calls."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import jmespath  # type: ignore[import-untyped] # comes with botocore

from embedded.aws.cloudformation.caller import Caller, members, text
from embedded.aws.cloudformation.errors import ResourceFailedError, reason_of
from embedded.aws.cloudformation.stacks import Resource


@dataclass(frozen=True, kw_only=True)
class Step:
    """A property with calls of its own: `apply` takes its old and its new value, None where there is none."""

    apply: Callable[[Caller, "Row", Resource, Any, Any], None]
    in_create: bool = False  # the create call takes the property; only a change needs the step
    in_delete: bool = False  # to be undone before the resource goes


@dataclass(frozen=True, kw_only=True)
class Row:
    """A resource type over one service's API; the head of types.yaml says what each field means."""

    service: str
    create: str = ""
    ref: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    name_limit: int = 64
    rename: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    prepare: Callable[[Caller, dict[str, Any]], dict[str, Any]] = lambda _, given: given
    steps: Mapping[str, Step] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    update: str = ""
    whole: bool = False
    removed: Mapping[str, Any] = field(default_factory=dict)
    delete: str = ""
    delete_keys: Mapping[str, str] = field(default_factory=dict)
    tag: tuple[str, ...] = ()
    tag_keys: Mapping[str, str] = field(default_factory=dict)
    tag_member: str = "Tags"
    tag_type: str = ""

    def takes(self) -> frozenset[str] | None:
        """Return the lower-case names of all properties that this row maps."""
        own = {*self.steps, *self.rename, *self.also, self.name, *(["Tags"] if self.tag else [])}
        return (members(self.service, self.create) - {"tags"}) | frozenset(map(str.lower, own))

    def make(self, caller: Caller, resource: Resource) -> Resource:
        """Create it; when a step fails afterwards, the error carries what exists."""
        given = dict(resource.properties)
        if self.name and self.name not in given:
            made_up = caller.name(resource.logical_resource_id, self.name_limit)
            given[self.name] = made_up.lower() if self.service == "s3" else made_up
        at_once = {key: value for key, value in given.items() if key not in self.steps or self.steps[key].in_create}
        inputs = self._inputs(caller, at_once)
        tagged = self._tagged(inputs, tags_of(resource))
        answer = caller.call(self.service, self.create, tagged) if self.create else {}
        scope = {**caller.place, **tagged, **answer}
        physical_id = text(_value(self.ref, scope)) if self.ref else caller.name(resource.logical_resource_id)
        made = replace(resource, physical_resource_id=physical_id, attributes=self._attributes(scope))
        try:
            self._apply_steps(caller, made, at_once, given)
            self._tag(caller, made, {} if tagged is inputs else tags_of(made), tags_of(made))
        except Exception as error:
            raise ResourceFailedError(reason_of(error), made) from error
        return made

    def change(self, caller: Caller, old: Resource, new: Resource) -> Resource:
        """Update it in place."""
        new = replace(new, physical_resource_id=old.physical_resource_id, attributes=old.attributes)
        names = old.properties.keys() | new.properties.keys()
        plain = {name for name in names if old.properties.get(name) != new.properties.get(name)}
        plain -= self.steps.keys() | {"Tags"}
        if plain:
            new = replace(new, attributes={**old.attributes, **self._attributes(self._update(caller, old, new, plain))})
        self._apply_steps(caller, new, old.properties, new.properties)
        self._tag(caller, new, tags_of(old), tags_of(new))
        return new

    def remove(self, caller: Caller, resource: Resource) -> None:
        """Undo what must be undone, then delete."""
        for name, step in self.steps.items():
            if step.in_delete and name in resource.properties:
                step.apply(caller, self, resource, resource.properties[name], None)
        if self.delete:
            caller.call(self.service, self.delete, found(caller, self.delete_keys or self.keys, resource))

    def _inputs(self, caller: Caller, given: Mapping[str, Any]) -> dict[str, Any]:
        return self.prepare(caller, renamed({k: v for k, v in given.items() if k != "Tags"}, self.rename))

    def _update(self, caller: Caller, old: Resource, new: Resource, plain: set[str]) -> dict[str, Any]:
        taken, gone = members(self.service, self.update), plain - new.properties.keys()
        known = {one for one in plain if self.rename.get(one, one).split(".")[0].lower() in taken} | set(self.also)
        lost = set() if self.whole else gone - self.removed.keys()
        if stuck := sorted((plain - known) | lost or (plain if not self.update else set())):
            raise ResourceFailedError(f"{new.resource_type}: a change of {stuck[0]} is not supported here", old)
        given = {**new.properties, **{name: self.removed[name] for name in gone & self.removed.keys()}}
        inputs = self._inputs(caller, {name: value for name, value in given.items() if name not in self.steps})
        said = {name: value for name, value in inputs.items() if name.lower() in taken}
        said |= found(caller, self.keys, new)
        return {**caller.place, **said, **caller.call(self.service, self.update, said)}

    def _apply_steps(self, caller: Caller, resource: Resource, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        for name, step in self.steps.items():
            if old.get(name) != new.get(name):
                step.apply(caller, self, resource, old.get(name), new.get(name))

    def _attributes(self, scope: Mapping[str, Any]) -> dict[str, Any]:
        values = {name: _value(expression, scope) for name, expression in self.attributes.items()}
        return {name: v if isinstance(v, list) else text(v) for name, v in values.items() if v is not None}

    def _tagged(self, inputs: dict[str, Any], tags: dict[str, str]) -> dict[str, Any]:
        if tags and self.tag_type:
            return {**inputs, "TagSpecifications": [{"ResourceType": self.tag_type, "Tags": tags}]}
        at_once = tags and self.tag and "tags" in members(self.service, self.create)
        return {**inputs, "Tags": tags} if at_once else inputs

    def _tag(self, caller: Caller, resource: Resource, old: dict[str, str], new: dict[str, str]) -> None:
        if not self.tag or old == new:
            return
        add, *drop = self.tag
        who = found(caller, self.tag_keys or self.keys, resource)
        gone = sorted(old.keys() - new.keys())
        for operation in drop if gone else ():
            by_key = "tagkeys" in members(self.service, operation)
            named = {"TagKeys": gone} if by_key else {"Tags": [{"Key": key} for key in gone]}
            caller.call(self.service, operation, {**who, **named})
        fresh = {key: value for key, value in new.items() if not drop or old.get(key) != value}
        if fresh or not drop:
            caller.call(self.service, add, {**who, **nested(self.tag_member, fresh)})


def tags_of(resource: Resource) -> dict[str, str]:
    """Return the tags that a resource should carry: the stack's, and above them its own."""
    own = resource.properties.get("Tags", {})
    return {
        **resource.stack_tags,
        **(own if isinstance(own, dict) else {tag["Key"]: text(tag["Value"]) for tag in own}),
    }


def found(caller: Caller, keys: Mapping[str, str], resource: Resource) -> dict[str, Any]:
    """Evaluate `keys` on a resource, leaving out what it lacks."""
    own = {"ref": resource.physical_resource_id, "props": resource.properties, "atts": resource.attributes}
    values = {key: _value(how, {**caller.place, **own}) for key, how in keys.items()}
    return {key: value for key, value in values.items() if value is not None}


def nested(path: str, value: Any) -> dict[str, Any]:
    """Return {"a": {"b": value}} for the path "a.b"."""
    for name in reversed(path.split(".")):
        value = {name: value}
    return dict(value)


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Return `value` with keys renamed at any depth; a dotted new name makes a nested one."""
    if isinstance(value, list):
        return [renamed(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    done: dict[str, Any] = {}
    for key, item in value.items():
        for name, inner in nested(names.get(key, key), renamed(item, names)).items():
            done[name] = {**done[name], **inner} if name in done and isinstance(inner, dict) else inner
    return done


def _value(expression: str, scope: Mapping[str, Any]) -> Any:
    if not expression.startswith("arn:"):
        return jmespath.search(expression, scope)
    known = all(name in scope for name in re.findall(r"{(\w+)", expression))
    return expression.format_map(scope) if known else None
