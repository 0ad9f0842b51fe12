"""From a goal to wanted resources, and to the list of changes that a change set shows."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from embedded.aws.cloudformation.caller import Caller, text
from embedded.aws.cloudformation.errors import RefusedError
from embedded.aws.cloudformation.intrinsics import NO_VALUE, UNKNOWN, Scope
from embedded.aws.cloudformation.schemas import recreation, takes_system_tags
from embedded.aws.cloudformation.stacks import Goal, Resource, Stack
from embedded.aws.cloudformation.steps import handler
from embedded.aws.cloudformation.templates import DECLARED, needs, order


class _UnknownAttributes(dict[str, Any]):
    """The attributes of a resource that is about to change."""

    def __contains__(self, _: object) -> bool:
        return True

    def __missing__(self, _: str) -> str:
        return UNKNOWN


def scope_of(goal: Goal, caller: Caller, resources: Mapping[str, Resource]) -> Scope:
    """Return the scope in which a goal's template is evaluated, over `resources` as they will become."""
    place = caller.place
    pseudo = {
        "AWS::AccountId": place["account"],
        "AWS::NoValue": NO_VALUE,
        "AWS::Partition": place["partition"],
        "AWS::Region": place["region"],
        "AWS::StackId": caller.stack_id,
        "AWS::StackName": caller.stack_name,
        "AWS::URLSuffix": "amazonaws.com.cn" if place["partition"] == "aws-cn" else "amazonaws.com",
    }
    values = {**goal.parameters, **pseudo}
    return Scope(template=goal.template, parameters=values, zones=caller.zones, resources=resources)


def live_order(goal: Goal, scope: Scope) -> tuple[str, ...]:
    """Return the resources whose conditions hold, each after those that it needs."""
    return order({name: needs(one) for name, one in goal.template["Resources"].items() if scope.is_live(one)})


def wanted(goal: Goal, scope: Scope, name: str) -> Resource:
    """Return the resource as the template asks for it now."""
    declaration = goal.template["Resources"][name]
    return Resource(
        logical_resource_id=name,
        resource_type=declaration["Type"],
        properties=scope.resolve(declaration.get("Properties", {})),
        stack_tags=_stack_tags(goal, scope, name, declaration["Type"]),
        declared={key: scope.resolve(declaration[key]) for key in (*DECLARED, "Metadata") if key in declaration},
        needs=needs(declaration) & goal.template["Resources"].keys(),
    )


def outputs_of(goal: Goal, scope: Scope) -> list[dict[str, Any]]:
    """Return the outputs as DescribeStacks lists them."""
    live = {key: one for key, one in goal.template.get("Outputs", {}).items() if scope.is_live(one)}
    return [
        {"OutputKey": key, "OutputValue": text(scope.resolve(one["Value"])), "Description": one.get("Description")}
        for key, one in live.items()
    ]


def compare(stack: Stack, goal: Goal, caller: Caller) -> tuple[tuple[dict[str, Any], ...], bool]:
    """Return what a change set would change, and whether there is anything to execute at all."""
    becoming, region = dict(stack.resources), caller.place["region"]
    scope = scope_of(goal, caller, becoming)
    changes: list[dict[str, Any]] = []
    live = live_order(goal, scope)
    for name in live:
        new, old = wanted(goal, scope, name), stack.resources.get(name)
        if old is not None and old.resource_type != new.resource_type:
            raise RefusedError(
                f"Update of resource type is not permitted. The new template modifies the type of [{name}]"
            )
        change = _change(region, old, new)
        if change:
            changes.append(change)
            physical_id = old.physical_resource_id if old and change["Replacement"] == "False" else UNKNOWN
            becoming[name] = replace(new, physical_resource_id=physical_id, attributes=_UnknownAttributes())
    gone = [one for name, one in stack.resources.items() if name not in live]
    changes += [{"Action": "Remove", **vars(one)} for one in gone]
    anew = (goal.tags, outputs_of(goal, scope)) != ((stack.goal.tags, stack.outputs) if stack.goal else None)
    return tuple(changes), anew or bool(changes)


def recreates(region: str, old: Resource, new: Resource) -> bool:
    """Tell whether bringing `old` to `new` takes another physical resource."""
    return bool(set(recreation(region, old.resource_type, old.properties, new.properties).values()) - {"Never"})


def differs(old: Resource, new: Resource) -> bool:
    """Tell whether the service has to hear of the change."""
    failed = old.resource_status.endswith("_FAILED")
    return (old.properties, old.stack_tags) != (new.properties, new.stack_tags) or failed


def _change(region: str, old: Resource | None, new: Resource) -> dict[str, Any]:
    """Return the API's ResourceChange, empty if there is none."""
    if old is None:
        return {"Action": "Add", **vars(new)}
    others = [key for key in (*DECLARED, "Metadata") if old.declared.get(key) != new.declared.get(key)]
    others += ["Tags"] if old.stack_tags != new.stack_tags else []
    details = [_detail(key, "", "Never", "Static") for key in others]
    replacement = "False"
    for name, answer in recreation(region, new.resource_type, old.properties, new.properties).items():
        evaluation = "Dynamic" if UNKNOWN in json.dumps(new.properties.get(name)) else "Static"
        details.append(_detail("Tags" if name == "Tags" else "Properties", name, answer, evaluation))
        if answer != "Never" and replacement != "True":
            replacement = "True" if (answer, evaluation) == ("Always", "Static") else "Conditional"
    if not details and not differs(old, new):
        return {}
    scope = sorted({detail["Target"]["Attribute"] for detail in details})
    return {"Action": "Modify", **vars(old), "Replacement": replacement, "Scope": scope, "Details": details}


def _detail(attribute: str, name: str, recreates_it: str, evaluation: str) -> dict[str, Any]:
    target = {"Attribute": attribute, "Name": name or None, "RequiresRecreation": recreates_it}
    return {"Target": target, "Evaluation": evaluation}


def _stack_tags(goal: Goal, scope: Scope, name: str, type_name: str) -> dict[str, str]:
    row = handler(type_name)
    if not row.tag:
        return {}
    # moto's S3 refuses everybody's aws: tags, CloudFormation's too
    if row.service == "s3" or not takes_system_tags(scope.ref("AWS::Region"), type_name):
        return dict(goal.tags)
    system = {"stack-name": scope.ref("AWS::StackName"), "stack-id": scope.ref("AWS::StackId"), "logical-id": name}
    return {**goal.tags, **{f"aws:cloudformation:{key}": value for key, value in system.items()}}
