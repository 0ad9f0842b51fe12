"""From a goal to wanted resources, and to the list of changes that a change set shows."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from embedded.aws.cloudformation.caller import Caller, text
from embedded.aws.cloudformation.errors import RefusedError
from embedded.aws.cloudformation.intrinsics import NO_VALUE, UNKNOWN, Scope
from embedded.aws.cloudformation.schemas import recreates, takes_system_tags
from embedded.aws.cloudformation.stacks import Goal, Resource, Stack
from embedded.aws.cloudformation.steps import handler
from embedded.aws.cloudformation.templates import POLICIES, needs, order


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
        "AWS::URLSuffix": "amazonaws.com",
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
        retained=frozenset(policy for policy in POLICIES if declaration.get(policy) == "Retain"),
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
    becoming = dict(stack.resources)
    scope = scope_of(goal, caller, becoming)
    changes: list[dict[str, Any]] = []
    live = live_order(goal, scope)
    for name in live:
        new, old = wanted(goal, scope, name), stack.resources.get(name)
        if old is not None and old.resource_type != new.resource_type:
            raise RefusedError(
                f"Update of resource type is not permitted. The new template modifies the type of [{name}]"
            )
        if old is None or differs(old, new) or old.retained != new.retained:
            changes.append({"Action": "Modify" if old else "Add", **vars(old or new)})
            stays = old is not None and not recreates(caller.place["region"], old, new)
            physical_id = old.physical_resource_id if old and stays else UNKNOWN
            unknown: dict[str, str] = defaultdict(lambda: UNKNOWN)
            becoming[name] = replace(new, physical_resource_id=physical_id, attributes=unknown)
    changes += [{"Action": "Remove", **vars(one)} for name, one in stack.resources.items() if name not in live]
    anew = (goal.tags, outputs_of(goal, scope)) != ((stack.goal.tags, stack.outputs) if stack.goal else None)
    return tuple(changes), anew or bool(changes)


def differs(old: Resource, new: Resource) -> bool:
    """Tell whether the service has to hear of the change."""
    failed = old.resource_status.endswith("_FAILED")
    return (old.properties, old.stack_tags) != (new.properties, new.stack_tags) or failed


def _stack_tags(goal: Goal, scope: Scope, name: str, type_name: str) -> dict[str, str]:
    row = handler(type_name)
    if not row.tag:
        return {}
    # moto's S3 refuses everybody's aws: tags, CloudFormation's too
    if row.service == "s3" or not takes_system_tags(scope.ref("AWS::Region"), type_name):
        return dict(goal.tags)
    system = {"stack-name": scope.ref("AWS::StackName"), "stack-id": scope.ref("AWS::StackId"), "logical-id": name}
    return {**goal.tags, **{f"aws:cloudformation:{key}": value for key, value in system.items()}}
