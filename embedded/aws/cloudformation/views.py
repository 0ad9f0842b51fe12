"""The API actions that only look."""

from typing import Any

from embedded.aws.cloudformation.engine import Engine
from embedded.aws.cloudformation.errors import RefusedError
from embedded.aws.cloudformation.parameters import shown
from embedded.aws.cloudformation.stacks import ChangeSet, Goal, Stack

Given = dict[str, Any]


def describe_change_set(engine: Engine, given: Given) -> dict[str, Any]:
    """Show a change set with its changes."""
    stack, one = engine.change_set(given["ChangeSetName"], given.get("StackName"))
    changes = [{"Type": "Resource", "ResourceChange": change} for change in one.changes]
    return {**_change_set(stack, one), **_asked(one.goal), "Changes": changes}


def list_change_sets(engine: Engine, given: Given) -> dict[str, Any]:
    """List a stack's change sets."""
    stack = engine.stack(given["StackName"])
    return {"Summaries": [_change_set(stack, one) for one in stack.change_sets.values()]}


def describe_stacks(engine: Engine, given: Given) -> dict[str, Any]:
    """Show one stack, or all that are not deleted."""
    if "StackName" in given:
        return {"Stacks": [_stack(engine.stack(given["StackName"]))]}
    return {"Stacks": [_stack(one) for one in engine.stacks.values() if one.stack_status != "DELETE_COMPLETE"]}


def list_stacks(engine: Engine, given: Given) -> dict[str, Any]:
    """List all stacks in some states, the deleted ones too."""
    chosen = given["StackStatusFilter"]
    return {"StackSummaries": [_stack(one) for one in engine.stacks.values() if one.stack_status in chosen]}


def describe_stack_events(engine: Engine, given: Given) -> dict[str, Any]:
    """List a stack's events, newest first."""
    return {"StackEvents": list(engine.stack(given["StackName"]).events)}


def list_stack_resources(engine: Engine, given: Given) -> dict[str, Any]:
    """List a stack's resources."""
    found = [*engine.stack(given["StackName"]).resources.values()]
    return {"StackResourceSummaries": [{**vars(one), "LastUpdatedTimestamp": one.timestamp} for one in found]}


def get_template(engine: Engine, given: Given) -> dict[str, Any]:
    """Return a stack's template as it was given."""
    goal = engine.stack(given["StackName"]).asked
    if goal is None or given.get("TemplateStage", "Original") != "Original":
        raise RefusedError(f"Stack {given['StackName']} has no such template")
    return {"TemplateBody": goal.text, "StagesAvailable": ["Original"]}


def _stack(stack: Stack) -> dict[str, Any]:
    shown = vars(stack) | (_asked(stack.asked) if stack.asked else {})
    return {**shown, "DisableRollback": False, "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"}}


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
    describe_change_set: ("StackName", "ChangeSetName"),
    list_change_sets: ("StackName",),
    describe_stacks: ("StackName",),
    list_stacks: ("StackStatusFilter",),
    describe_stack_events: ("StackName",),
    list_stack_resources: ("StackName",),
    get_template: ("StackName", "TemplateStage"),
}
