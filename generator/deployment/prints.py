"""Prints plans and reports: for people as text, for scripts as one JSON document on standard output."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping

from generator.deployment.difference import Action, ResourceChange
from generator.deployment.plans import Fate, Plan, StackPlan
from generator.deployment.report import Outcome, Report

MARKS = {Action.ADD: "+", Action.MODIFY: "~", Action.REPLACE: "!", Action.REMOVE: "-"}
FATES = {
    Fate.CREATE: "is created",
    Fate.RECREATE: "is created anew: its first creation failed or was interrupted",
    Fate.UPDATE: "changes",
    Fate.UNCHANGED: "does not change",
    Fate.GONE: "has no preset file any more: it serves as before until its stack is deleted",
}


def show(document: Iterable[str] | Mapping[str, object]) -> None:
    """Print lines as they are, or a mapping as one JSON document, on standard output."""
    if isinstance(document, Mapping):
        sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in document)


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


def report_lines(report: Report) -> Iterator[str]:
    """Return what was done in words: a line for each role and stack, what was decided for its preset, what stays."""
    yield from (f"{role}: created" for role in report.service_roles)
    for result in report.results:
        why = f": {result.reason}" if result.reason else ""
        yield f"{result.stack}: {result.outcome}{why}"
        if result.decision:
            yield f"  {result.decision}"
    if report.stays:
        yield "What stays:"
        yield from (f"  {line}" for line in grouped(report.stays))
    yield report_end(report)


def superseded(commit: str) -> str:
    """Return what is said when a commit was left alone because of a later one."""
    return (
        f"Nothing was deployed: this commit is superseded by {commit}, the tip of its branch, which is deployed by its "
        "own run; to go back, revert on the branch."
    )


def report_end(report: Report) -> str:
    """Return how it ended, in one sentence."""
    if report.superseded:
        return superseded(report.superseded)
    if any(result.outcome == Outcome.INTERRUPTED for result in report.results):
        return "Interrupted; repeat the command to do the rest."
    if not report.ok:
        bad = sum(result.outcome in {Outcome.FAILED, Outcome.SKIPPED, Outcome.INTERRUPTED} for result in report.results)
        return f"{bad} of {len(report.results)} stacks did not get there; mend what is named above and repeat."
    return "Done." if report.changed else "Nothing to do."


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


def grouped(stays: tuple[str, ...]) -> Iterator[str]:
    """Return `<type> <id>` lines as one line per resource type, with shorter ids; other lines stay as they are."""
    ids: dict[str, list[str]] = {}
    for line in stays:
        kind, _, name = line.partition(" ")
        if kind.startswith("AWS::"):
            ids.setdefault(kind, []).append(name.split(":", 5)[-1] if name.startswith("arn:") else name)
    yield from (f"{kind}: {', '.join(names)}" for kind, names in ids.items())
    yield from (line for line in stays if not line.startswith("AWS::"))
