"""The types of types.yaml, and the kinds of calls that it names: common ones, and those that one type needs."""

import functools
import io
import json
import zipfile
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
    kind = next(key for key in _KINDS if key in rest)  # on_each has a put of its own
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


def _on_each(name: str, on_each: list[str], targets: str, put: dict[str, str], drop: dict[str, str]) -> Any:
    """Put a document on every target, by [put, drop]; the step of the targets also takes it from those that leave."""

    def apply(caller: Caller, row: Row, resource: Resource, old: Any, new: Any) -> None:
        before, after = (old or [], new or []) if name == targets else ([], resource.properties[targets] if old else [])
        for target in [one for one in before if one not in after]:
            caller.drop(row.service, on_each[1], found(caller, drop, resource, target))
        for target in [one for one in after if one not in before]:
            caller.call(row.service, on_each[0], found(caller, put, resource, target))

    return apply


def _attribute(name: str, attribute: str) -> Any:
    """Set one of SNS's named attributes."""

    def apply(caller: Caller, row: Row, resource: Resource, _: Any, new: Any) -> None:
        said = {"AttributeName": name, "AttributeValue": "" if new is None else text(new)}
        caller.call(row.service, attribute, {**found(caller, row.keys, resource), **said})

    return apply


def _rule_targets(caller: Caller, _: Row, resource: Resource, old: Any, new: Any) -> None:
    rule = {"Rule": resource.physical_resource_id}
    if gone := sorted({one["Id"] for one in old or []} - {one["Id"] for one in new or []}):
        caller.drop("events", "remove_targets", {**rule, "Ids": gone})
    if fresh := [one for one in new or [] if one not in (old or [])]:
        answer = caller.call("events", "put_targets", {**rule, "Targets": fresh})
        if answer.get("FailedEntryCount"):
            raise ResourceFailedError(f"Targets were refused: {answer['FailedEntries']}")


def _group_rules(direction: str) -> Any:
    def apply(caller: Caller, _: Row, resource: Resource, old: Any, new: Any) -> None:
        group = {"GroupId": resource.physical_resource_id}
        everything = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}
        before = [everything] if direction == "egress" and old is None else old or []
        for verb, rules, others in (("revoke", before, new or []), ("authorize", new or [], before)):
            if moved := [_permission(rule) for rule in rules if rule not in others]:
                caller.call("ec2", f"{verb}_security_group_{direction}", {**group, "IpPermissions": moved})

    return apply


def _permission(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return a security group rule of CloudFormation as EC2's IpPermission; what is not known stays to be refused."""
    left = dict(rule)
    note = {"Description": left.pop("Description")} if "Description" in left else {}
    for key, (group, name) in _PEERS.items():
        if key in left:
            left[group] = [{name: left.pop(key), **note}]
    return left


def _one_permission(_: Caller, given: dict[str, Any]) -> dict[str, Any]:
    rule = _permission(given)
    return {"GroupId": rule.pop("GroupId", None), "IpPermissions": [rule]}


def _policy_versions(caller: Caller, _: Row, resource: Resource, __: Any, new: Any) -> None:
    policy = {"PolicyArn": resource.physical_resource_id}
    if new is not None:
        caller.call("iam", "create_policy_version", {**policy, "PolicyDocument": new, "SetAsDefault": True})
    for version in caller.call("iam", "list_policy_versions", policy)["Versions"]:
        if not version["IsDefaultVersion"]:
            caller.call("iam", "delete_policy_version", {**policy, "VersionId": version["VersionId"]})


def _generated_secret(caller: Caller, given: dict[str, Any]) -> dict[str, Any]:
    rules = dict(given.pop("GenerateSecretString", None) or {})
    if not rules:
        return given
    template, key = rules.pop("SecretStringTemplate", None), rules.pop("GenerateStringKey", None)
    value = caller.call("secretsmanager", "get_random_password", rules)["RandomPassword"]
    return {**given, "SecretString": json.dumps({**json.loads(template or "{}"), key: value}) if key else value}


def _other_secret(caller: Caller, _: Row, resource: Resource, __: Any, new: Any) -> None:
    if new is not None:
        generated = _generated_secret(caller, {"GenerateSecretString": new})
        caller.call("secretsmanager", "update_secret", {"SecretId": resource.physical_resource_id, **generated})


def _function_zip(_: Caller, given: dict[str, Any]) -> dict[str, Any]:
    source = given.get("Code", {}).get("ZipFile")
    if not isinstance(source, str):
        return given
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", source)
    return {**given, "Code": {**given["Code"], "ZipFile": packed.getvalue()}}


def _function_code(caller: Caller, _: Row, resource: Resource, __: Any, ___: Any) -> None:
    given = _function_zip(caller, dict(resource.properties))
    wanted = {"Architectures": given.get("Architectures", ["x86_64"]), **given["Code"]}
    caller.call("lambda", "update_function_code", {"FunctionName": resource.physical_resource_id, **wanted})


def _bucket_region(caller: Caller, given: dict[str, Any]) -> dict[str, Any]:
    region = caller.place["region"]
    if region == "us-east-1":
        return given
    return {**given, "CreateBucketConfiguration": {"LocationConstraint": region}}


def _in_attributes(_: Caller, given: dict[str, Any]) -> dict[str, Any]:
    inside = {key: text(value) for key, value in given.items() if key != "QueueName"}
    return {**{key: given[key] for key in given.keys() & {"QueueName"}}, "Attributes": inside}


_PEERS = {
    "CidrIp": ("IpRanges", "CidrIp"),
    "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
    **dict.fromkeys(("SourceSecurityGroupId", "DestinationSecurityGroupId"), ("UserIdGroupPairs", "GroupId")),
    **dict.fromkeys(("SourcePrefixListId", "DestinationPrefixListId"), ("PrefixListIds", "PrefixListId")),
}
_OWN = {
    "function_code": _function_code,
    "other_secret": _other_secret,
    "group_egress": _group_rules("egress"),
    "group_ingress": _group_rules("ingress"),
    "policy_versions": _policy_versions,
    "rule_targets": _rule_targets,
}
_KINDS: Mapping[str, Any] = {
    "each": _each,
    "on_each": _on_each,
    "attribute": _attribute,
    "own": lambda _, own: _OWN[own],
    "put": _put,
}
_PREPARE = {
    "bucket_region": _bucket_region,
    "function_zip": _function_zip,
    "generated_secret": _generated_secret,
    "in_attributes": _in_attributes,
    "one_permission": _one_permission,
}
