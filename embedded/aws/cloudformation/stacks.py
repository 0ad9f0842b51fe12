"""What CloudFormation knows of a stack. Fields have the API's names: moto serialises these objects as they are."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource as it was last asked for (properties resolved) and as it came out."""

    logical_resource_id: str
    resource_type: str
    properties: Mapping[str, Any]
    stack_tags: Mapping[str, str] = field(default_factory=dict)
    retained: frozenset[str] = frozenset()  # the policies that say Retain
    needs: frozenset[str] = frozenset()
    physical_resource_id: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    resource_status: str = ""
    resource_status_reason: str | None = None
    timestamp: datetime | None = None

    @property
    def identity(self) -> tuple[str, str]:
        """Tell this physical resource from one that replaces it."""
        return self.logical_resource_id, self.physical_resource_id


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What a stack should be: a template, its parameters as given and as resolved, and tags."""

    template: Mapping[str, Any]
    text: str
    given: Mapping[str, str]
    parameters: Mapping[str, Any]
    tags: Mapping[str, str]
    capabilities: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What the rollback of an update returns to."""

    goal: Goal
    resources: dict[str, Resource]


@dataclass(kw_only=True)
class ChangeSet:
    """A goal for one stack, compared and waiting to be executed."""

    change_set_id: str
    change_set_name: str
    goal: Goal
    role_arn: str | None
    changes: tuple[dict[str, Any], ...]  # as the API's ResourceChange
    creation_time: datetime
    status: str
    execution_status: str
    status_reason: str | None


@dataclass(kw_only=True)
class Stack:
    """One stack, moved by one operation at a time."""

    stack_name: str
    stack_id: str
    creation_time: datetime
    stack_status: str = ""
    stack_status_reason: str | None = None
    deletion_time: datetime | None = None
    role_arn: str | None = None
    enable_termination_protection: bool = False
    change_set_id: str | None = None
    outputs: list[dict[str, Any]] = field(default_factory=list)
    resources: dict[str, Resource] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    goal: Goal | None = None  # what it was last brought to
    asked: Goal | None = None  # what the latest operation should bring it to
    before: Snapshot | None = None
    made: list[Resource] = field(default_factory=list)  # created by the latest operation

    @property
    def busy(self) -> bool:
        """Tell whether an operation is under way."""
        return self.stack_status.endswith("_IN_PROGRESS") and self.stack_status != "REVIEW_IN_PROGRESS"

    def tell(self, when: datetime, resource: Resource, status: str, reason: str | None = None) -> None:
        """Add an event, newest first."""
        event = {
            **vars(resource),
            "StackId": self.stack_id,
            "StackName": self.stack_name,
            "EventId": f"{resource.logical_resource_id}-{status}-{uuid.uuid4()}",
            "Timestamp": when,
            "ResourceStatus": status,
            "ResourceStatusReason": reason,
        }
        self.events.insert(0, event)

    def mark(self, when: datetime, status: str, reason: str | None = None) -> None:
        """Move the stack itself to `status`."""
        self.stack_status, self.stack_status_reason = status, reason
        kind = "AWS::CloudFormation::Stack"
        own = Resource(logical_resource_id=self.stack_name, resource_type=kind, properties={})
        self.tell(when, replace(own, physical_resource_id=self.stack_id), status, reason)
