"""The types of types.yaml, and the kinds of calls that it names: common ones, and those that one type needs."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from embedded.aws.cloudformation.caller import Caller, text
from embedded.aws.cloudformation.custom import CustomResource
from embedded.aws.cloudformation.errors import RefusedError, ResourceFailedError
from embedded.aws.cloudformation.rows import Row, Step, found, nested, renamed
from embedded.aws.cloudformation.stacks import Resource
from embedded.aws.cloudformation.templates import references


@functools.cache
def types() -> Mapping[str, Row]:
    """Read types.yaml."""
    entries = yaml.safe_load(Path(__file__).with_name("types.yaml").read_text())
    return {name: _row(entry) for name, entry in entries.items() if name.startswith("AWS::")}


def handler(type_name: str) -> Row | CustomResource:
    """Return what makes, changes and removes resources of a type; an unknown one is refused."""
    if type_name.startswith("Custom::"):
        return CustomResource()
    if type_name not in types():
        raise RefusedError(f"Template format error: Unrecognized resource types: [{type_name}]")
    return types()[type_name]


def check(template: Mapping[str, Any]) -> None:
    """Refuse resource types, properties and attributes that no row maps, naming them."""
    for name, declaration in template["Resources"].items():
        known, kind = handler(declaration["Type"]).takes(), declaration["Type"]
        if odd := [one for one in declaration.get("Properties", {}) if known is not None and one.lower() not in known]:
            raise RefusedError(f"Properties validation failed for resource {name}: {kind} has no {odd[0]} here")
    for name, attribute in references({key: template.get(key) for key in ("Resources", "Outputs")}):
        declaration = template["Resources"].get(name)
        attributes = handler(declaration["Type"]).attributes if declaration else None
        if attribute and attributes is not None and attribute not in attributes:
            wrong = f"resource {name} does not support attribute type {attribute} in Fn::GetAtt"
            raise RefusedError(f"Template error: {wrong}")


def _row(entry: Mapping[str, Any]) -> Row:
    steps = {name: _step(name, how) for name, how in entry.get("steps", {}).items()}
    prepare = {"prepare": _PREPARE[entry["prepare"]]} if "prepare" in entry else {}
    return Row(**{**entry, "steps": steps, **prepare})


def _step(name: str, entry: Mapping[str, Any]) -> Step:
    rest = dict(entry)
    due = {key: rest.pop(key, False) for key in ("in_create", "in_delete")}
    kind = next(key for key in _KINDS if key in rest)
    return Step(apply=_KINDS[kind](name, **rest), **due)


def _put(name: str, put: str, member: str = "", remove: str = "", gone: Any = None) -> Any:
    """Say the whole value in one call; its absence by `remove`, or as the value `gone`."""

    def apply(caller: Caller, row: Row, resource: Resource, _: Any, new: Any) -> None:
        who, value = found(caller, row.keys, resource), gone if new is None else new
        if value is None and not remove:
            raise ResourceFailedError(f"Removing {name} from {row.service} is not supported here")
        if value is None:
            caller.call(row.service, remove, who)
        else:
            caller.call(row.service, put, {**who, **nested(member or name, renamed(value, row.rename))})

    return apply


def _each(_: str, each: list[str]) -> Any:
    """Keep a list by one call per item, [add, remove, key]: scalars are named by key, structures hold it."""
    add, remove, key = each

    def apply(caller: Caller, row: Row, resource: Resource, old: Any, new: Any) -> None:
        who = found(caller, row.keys, resource)
        before, after = ({text(i[key] if isinstance(i, dict) else i): i for i in items or []} for items in (old, new))
        for name in before.keys() - after.keys():
            caller.drop(row.service, remove, {**who, key: name})
        for name, item in after.items():
            if before.get(name) != item:
                caller.call(row.service, add, {**who, **(item if isinstance(item, dict) else {key: item})})

    return apply


def _rule_targets(caller: Caller, _: Row, resource: Resource, old: Any, new: Any) -> None:
    rule = {"Rule": resource.physical_resource_id}
    if gone := sorted({one["Id"] for one in old or []} - {one["Id"] for one in new or []}):
        caller.drop("events", "remove_targets", {**rule, "Ids": gone})
    if fresh := [one for one in new or [] if one not in (old or [])]:
        answer = caller.call("events", "put_targets", {**rule, "Targets": fresh})
        if answer.get("FailedEntryCount"):
            raise ResourceFailedError(f"Targets were refused: {answer['FailedEntries']}")


def _policy_versions(caller: Caller, _: Row, resource: Resource, __: Any, new: Any) -> None:
    policy = {"PolicyArn": resource.physical_resource_id}
    if new is not None:
        caller.call("iam", "create_policy_version", {**policy, "PolicyDocument": new, "SetAsDefault": True})
    for version in caller.call("iam", "list_policy_versions", policy)["Versions"]:
        if not version["IsDefaultVersion"]:
            caller.call("iam", "delete_policy_version", {**policy, "VersionId": version["VersionId"]})


def _generated_secret(caller: Caller, given: dict[str, Any]) -> dict[str, Any]:
    rules = given.pop("GenerateSecretString", None)
    if rules is None:
        return given
    return {**given, "SecretString": caller.call("secretsmanager", "get_random_password", rules)["RandomPassword"]}


def _other_secret(caller: Caller, _: Row, resource: Resource, __: Any, new: Any) -> None:
    if new is not None:
        generated = _generated_secret(caller, {"GenerateSecretString": new})
        caller.call("secretsmanager", "update_secret", {"SecretId": resource.physical_resource_id, **generated})


def _function_code(caller: Caller, _: Row, resource: Resource, __: Any, ___: Any) -> None:
    given = resource.properties
    wanted = {"Architectures": given.get("Architectures", ["x86_64"]), **given["Code"]}
    caller.call("lambda", "update_function_code", {"FunctionName": resource.physical_resource_id, **wanted})


def _bucket_region(caller: Caller, given: dict[str, Any]) -> dict[str, Any]:
    region = caller.place["region"]
    if region == "us-east-1":
        return given
    return {**given, "CreateBucketConfiguration": {"LocationConstraint": region}}


def _in_attributes(_: Caller, given: dict[str, Any]) -> dict[str, Any]:
    outside = given.keys() & {"QueueName", "Name"}
    inside = {key: text(given[key]) for key in given.keys() - outside}
    return {**{key: given[key] for key in outside}, "Attributes": inside}


def _one_queue(_: Caller, given: dict[str, Any]) -> dict[str, Any]:
    (queue,) = given["Queues"]
    return {"QueueUrl": queue, "Attributes": {"Policy": given["PolicyDocument"]}}


_OWN = {own.__name__[1:]: own for own in (_function_code, _other_secret, _policy_versions, _rule_targets)}
_KINDS: Mapping[str, Any] = {"each": _each, "own": lambda _, own: _OWN[own], "put": _put}
_PREPARE = {step.__name__[1:]: step for step in (_bucket_region, _generated_secret, _in_attributes, _one_queue)}
