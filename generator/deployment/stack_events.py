"""Reads stack events: which belong to the work at hand, and which resource spoiled it first."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

STACK_TYPE = "AWS::CloudFormation::Stack"
BEGINNINGS = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS"})
CONSEQUENCES = ("cancelled", "canceled")


@dataclass(frozen=True, kw_only=True)
class StackEvent:
    """One line of a stack's history."""

    id: str
    resource: str
    type: str
    status: str
    reason: str
    about_stack: bool
    physical_id: str = ""

    @property
    def begins(self) -> bool:
        """Tell whether this is where a create, an update or a delete of the whole stack began."""
        return self.about_stack and self.status in BEGINNINGS

    @property
    def failed(self) -> bool:
        """Tell whether a resource failed by itself, not because another's failure cancelled it."""
        cancelled = any(word in self.reason.lower() for word in CONSEQUENCES)
        return self.status.endswith("_FAILED") and not self.about_stack and not cancelled


def newest(cloudformation: "CloudFormationClient", stack_id: str) -> str:
    """Return the id of a stack's newest event, or an empty string for a stack without history."""
    events = cloudformation.describe_stack_events(StackName=stack_id)["StackEvents"]
    return events[0]["EventId"] if events else ""


def since(cloudformation: "CloudFormationClient", stack_id: str, seen: str) -> tuple[StackEvent, ...]:
    """Return the events after the one with the id `seen`, oldest first; all of them when there is none."""
    found: list[StackEvent] = []
    for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_id):
        for event in page["StackEvents"]:
            if event["EventId"] == seen:
                return tuple(reversed(found))
            found.append(
                StackEvent(
                    id=event["EventId"],
                    resource=event.get("LogicalResourceId", ""),
                    type=event.get("ResourceType", ""),
                    status=event.get("ResourceStatus", ""),
                    reason=" ".join(event.get("ResourceStatusReason", "").split()),
                    physical_id=event.get("PhysicalResourceId", ""),
                    about_stack=event.get("PhysicalResourceId") == event["StackId"],
                )
            )
    return tuple(reversed(found))


def last_operation(events: Iterable[StackEvent]) -> tuple[StackEvent, ...]:
    """Return the events, oldest first, from the last beginning of a create, an update or a delete."""
    kept: list[StackEvent] = []
    for event in events:
        if event.begins:
            kept = []
        kept.append(event)
    return tuple(kept)


def culprit(events: Iterable[StackEvent]) -> StackEvent | None:
    """Return the first resource that failed by itself, whose reason is the reason of everything after it."""
    return next((event for event in events if event.failed), None)


def why(events: Iterable[StackEvent], otherwise: str) -> str:
    """Return `<resource> (<type>): <its own reason>`, or `otherwise` when no resource failed."""
    first = culprit(events)
    return f"{first.resource} ({first.type}): {first.reason or first.status}" if first else otherwise
