"""The API actions that only look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedded.aws.cloudformation.errors import RefusedError
from embedded.aws.cloudformation.parameters import shown

if TYPE_CHECKING:
    from embedded.aws.cloudformation.engine import Engine
    from embedded.aws.cloudformation.stacks import ChangeSet, Goal, Resource, Stack

Given = dict[str, Any]


def stack_of(engine: Engine, given: Given) -> Stack:
    """Return the stack that `StackName` means: a deleted one only by its id."""
    stack = engine.find(given["StackName"])
    if stack is None:
        raise RefusedError(f"Stack with id {given['StackName']} does not exist")
    return stack


def change_set_of(engine: Engine, given: Given) -> tuple[Stack, ChangeSet]:
    """Return the change set meant by its ARN, or by its name and its stack's; an executed one has only its ARN."""
    wanted = given["ChangeSetName"]
    for stack in [stack_of(engine, given)] if "StackName" in given else engine.stacks.values():
        for key, one in stack.change_sets.items():
            if wanted == one.change_set_id or (wanted == key and "StackName" in given):
                return stack, one
    raise RefusedError("ChangeSetNotFound", f"ChangeSet [{wanted}] does not exist")


def describe_change_set(engine: Engine, given: Given) -> dict[str, Any]:
    """Show a change set with its changes."""
    stack, one = change_set_of(engine, given)
    changes = [{"Type": "Resource", "ResourceChange": change} for change in one.changes]
    return {**_change_set(stack, one), **_asked(one.goal), "Changes": changes}


def list_change_sets(engine: Engine, given: Given) -> dict[str, Any]:
    """List a stack's change sets."""
    stack = stack_of(engine, given)
    return {"Summaries": [_change_set(stack, one) for one in stack.change_sets.values()]}


def describe_stacks(engine: Engine, given: Given) -> dict[str, Any]:
    """Show one stack, or all that are not deleted."""
    if "StackName" in given:
        return {"Stacks": [_stack(stack_of(engine, given))]}
    return {"Stacks": [_stack(one) for one in engine.stacks.values() if one.stack_status != "DELETE_COMPLETE"]}


def list_stacks(engine: Engine, given: Given) -> dict[str, Any]:
    """List all stacks, the deleted ones too."""
    chosen = given.get("StackStatusFilter")
    return {"StackSummaries": [_stack(s) for s in engine.stacks.values() if not chosen or s.stack_status in chosen]}


def describe_stack_events(engine: Engine, given: Given) -> dict[str, Any]:
    """List a stack's events, newest first."""
    return {"StackEvents": list(stack_of(engine, given).events)}


def describe_stack_resources(engine: Engine, given: Given) -> dict[str, Any]:
    """List a stack's resources, or the one named."""
    return {"StackResources": _resources(stack_of(engine, given), given.get("LogicalResourceId"))}


def list_stack_resources(engine: Engine, given: Given) -> dict[str, Any]:
    """List a stack's resources."""
    return {"StackResourceSummaries": _resources(stack_of(engine, given), None)}


def get_template(engine: Engine, given: Given) -> dict[str, Any]:
    """Return a stack's or change set's template as it was given."""
    goal = change_set_of(engine, given)[1].goal if "ChangeSetName" in given else stack_of(engine, given).asked
    if goal is None or given.get("TemplateStage", "Original") != "Original":
        raise RefusedError(f"Stack {given['StackName']} has no such template")
    return {"TemplateBody": goal.text, "StagesAvailable": ["Original"]}


def _stack(stack: Stack) -> dict[str, Any]:
    shown = vars(stack) | (_asked(stack.asked) if stack.asked else {})
    return {**shown, "DisableRollback": False, "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"}}


def _resources(stack: Stack, name: str | None) -> list[dict[str, Any]]:
    found: list[Resource] = [one for one in [*stack.resources.values()] if name in {None, one.logical_resource_id}]
    own = {"StackId": stack.stack_id, "StackName": stack.stack_name}
    return [{**vars(one), **own, "LastUpdatedTimestamp": one.timestamp} for one in found]


def _change_set(stack: Stack, one: ChangeSet) -> dict[str, Any]:
    return {**vars(one), "StackId": stack.stack_id, "StackName": stack.stack_name, "Changes": []}


def _asked(goal: Goal) -> dict[str, Any]:
    description = goal.template.get("Description")
    return {
        "Description": description,
        "TemplateDescription": description,
        "Parameters": shown(goal.template, goal.given, goal.parameters),
        "Tags": [{"Key": key, "Value": value} for key, value in goal.tags.items()],
        "Capabilities": goal.capabilities,
    }


ACTIONS = {
    action.__name__: (frozenset(accepted), action)
    for action, accepted in (
        (describe_change_set, ("StackName", "ChangeSetName")),
        (list_change_sets, ("StackName",)),
        (describe_stacks, ("StackName",)),
        (list_stacks, ("StackStatusFilter",)),
        (describe_stack_events, ("StackName",)),
        (describe_stack_resources, ("StackName", "LogicalResourceId")),
        (list_stack_resources, ("StackName",)),
        (get_template, ("StackName", "ChangeSetName", "TemplateStage")),
    )
}
