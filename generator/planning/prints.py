"""A plan in words."""

from collections.abc import Iterator

from generator.deployment.prints import grouped
from generator.planning.difference import Action, ResourceChange
from generator.planning.plans import Fate, Plan, StackPlan

MARKS = {Action.ADD: "+", Action.MODIFY: "~", Action.REPLACE: "!", Action.REMOVE: "-"}
FATES = {
    Fate.CREATE: "is created",
    Fate.RECREATE: "is created anew: its first creation failed or was interrupted",
    Fate.UPDATE: "changes",
    Fate.UNCHANGED: "does not change",
    Fate.GONE: "has no preset file any more: it serves as before until its stack is deleted",
}


def plan_lines(plan: Plan) -> Iterator[str]:
    """Return a plan in words."""
    where = f" (environment {plan.environment})" if plan.environment else ""
    yield f"Plan for {plan.deployment}{where} in account {plan.account}, Region {plan.region}"
    yield from (f"Note: {notice}" for notice in plan.notices)
    for stack in plan.stacks:
        yield ""
        yield from _stack_lines(stack)
    yield ""
    yield from plan_end(plan)


def plan_end(plan: Plan) -> Iterator[str]:
    """Return which commands do what is planned."""
    yield "`spot-runner deploy` does this." if plan.changes else "Nothing to deploy."
    gone = sum(stack.fate is Fate.GONE for stack in plan.stacks)
    if gone:
        yield f"`spot-runner deploy --prune` deletes {gone} stack{'' if gone == 1 else 's'}."


def _stack_lines(stack: StackPlan) -> Iterator[str]:
    subject = f"Preset {stack.preset} (stack {stack.stack})" if stack.preset else f"Stack {stack.stack}"
    yield f"{subject} {FATES[stack.fate]}"
    yield from (f"  {line}" for line in stack.words)
    if stack.parameters:
        yield f"  parameters with another value: {', '.join(stack.parameters)}"
    if stack.fate in {Fate.CREATE, Fate.RECREATE}:
        yield f"  {len(stack.resources)} resources are made"
    else:
        staying = stack.fate is Fate.GONE  # those are named below, as they are called in AWS
        yield from (f"  {_resource(change)}" for change in stack.resources if not (staying and change.old_stays))
    yield from (f"  stays: {line}" for line in grouped(stack.stays))


def _resource(change: ResourceChange) -> str:
    what = f": {', '.join(change.properties)}" if change.properties else ""
    replaced = " (replaced)" if change.action is Action.REPLACE else ""
    stays = ", the old one stays" if change.old_stays else ""
    return f"{MARKS[change.action]} {change.resource} ({change.type}){what}{replaced}{stays}"
