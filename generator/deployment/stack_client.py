"""One CloudFormation stack: read it, watch it work, and wait until it stands still."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Event as Flag
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from generator.deployment import aws_errors, stack_events
from generator.deployment.aws import Aws
from generator.deployment.progress import Listener, ResourceMoved
from generator.deployment.stack import Deployed, Template
from generator.errors import SpotRunnerError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

SSM_BATCH = 10


class InterruptedWaitError(SpotRunnerError):
    """The user ended the command while CloudFormation was at work, which goes on without it."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How often to ask: soon at first, then ever more rarely; `stop` ends every wait."""

    first_seconds: float = 0.1
    most_seconds: float = 5.0
    stop: Flag = field(default_factory=Flag)

    def beats(self) -> Iterator[None]:
        """Yield once per question, waiting in between; raise InterruptedWaitError once `stop` is set."""
        wait = self.first_seconds
        while True:
            self.check()
            yield
            self.stop.wait(wait)
            wait = min(wait * 1.5, self.most_seconds)

    def check(self) -> None:
        """Raise InterruptedWaitError if the user ended the command."""
        if self.stop.is_set():
            raise InterruptedWaitError("CloudFormation finishes what it began; repeat the command later")


def read(aws: Aws, name: str) -> Deployed | None:
    """Return a stack by its name or id, or None when there is none or it was deleted."""
    try:
        found = aws.cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if aws_errors.code(error) == "ValidationError" and "does not exist" in aws_errors.message(error):
            return None
        raise
    stack = _deployed(found[0])
    return None if stack.status == "DELETE_COMPLETE" else stack


def read_all(aws: Aws) -> tuple[Deployed, ...]:
    """Return every stack of the account and Region, by name."""
    pages = aws.cloudformation.get_paginator("describe_stacks").paginate()
    stacks = (_deployed(stack) for page in pages for stack in page["Stacks"])
    return tuple(sorted((stack for stack in stacks if stack.status != "DELETE_COMPLETE"), key=lambda s: s.name))


def read_deleted(aws: Aws, wanted: Callable[[str], bool]) -> tuple[Deployed, ...]:
    """Return the deleted stacks whose name is wanted; CloudFormation remembers a stack for 90 days.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStacks.html
    """
    pages = aws.cloudformation.get_paginator("list_stacks").paginate(StackStatusFilter=["DELETE_COMPLETE"])
    ids = [stack.get("StackId", "") for page in pages for stack in page["StackSummaries"] if wanted(stack["StackName"])]
    return tuple(_deployed(aws.cloudformation.describe_stacks(StackName=each)["Stacks"][0]) for each in ids)


def template(aws: Aws, stack: Deployed) -> Template | None:
    """Return a stack's template as it was given, or None when it is not JSON, or was never executed."""
    if stack.stillborn:
        return None
    body: object = aws.cloudformation.get_template(StackName=stack.stack_id, TemplateStage="Original")["TemplateBody"]
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            return None
    return body if isinstance(body, dict) else None


def ssm_values(aws: Aws, names: Iterable[str]) -> Mapping[str, str]:
    """Return the values of those SSM parameters that exist, by name."""
    wanted = sorted({name for name in names if name})
    values: dict[str, str] = {}
    for start in range(0, len(wanted), SSM_BATCH):
        answer = aws.ssm.get_parameters(Names=wanted[start : start + SSM_BATCH])
        values.update({found["Name"]: found["Value"] for found in answer["Parameters"]})
    return values


def settled(aws: Aws, stack_id: str, pace: Pace, listener: Listener, seen: str = "") -> Deployed | None:
    """Wait until CloudFormation is done with a stack, telling the listener each step; None when it is gone.

    `seen` is the id of the last event before the work at hand, which counts as begun once a later one is heard: right
    after a request the stack may still be described as it was. Without it the present work is told from its start.
    """
    heard = False
    for _ in pace.beats():
        stack = read(aws, stack_id)
        if stack is None:
            return None
        events = stack_events.since(aws.cloudformation, stack_id, seen)
        for event in stack_events.last_operation(events):
            _tell(listener, stack.name, event)
        seen = events[-1].id if events else seen
        heard = heard or bool(events)
        if heard and not stack.busy and not stack.stillborn:
            return stack
    raise AssertionError("beats never end")


def failure(aws: Aws, stack: Deployed, seen: str = "") -> str:
    """Return why the last operation on a stack failed: the first resource that failed, and its own reason.

    `seen` is the id of an event before which nothing counts.
    """
    events = stack_events.last_operation(stack_events.since(aws.cloudformation, stack.stack_id, seen))
    return stack_events.why(events, stack.reason or stack.status)


def _tell(listener: Listener, stack: str, event: stack_events.StackEvent) -> None:
    if not event.about_stack:
        moved = ResourceMoved(
            stack=stack, resource=event.resource, type=event.type, status=event.status, reason=event.reason
        )
        listener(moved)


def _deployed(stack: "StackTypeDef") -> Deployed:
    parameters = stack.get("Parameters", [])
    return Deployed(
        name=stack["StackName"],
        stack_id=stack.get("StackId", stack["StackName"]),
        status=stack["StackStatus"],
        reason=" ".join(stack.get("StackStatusReason", "").split()),
        parameters={p["ParameterKey"]: p["ParameterValue"] for p in parameters},
        resolved={p["ParameterKey"]: p["ResolvedValue"] for p in parameters if "ResolvedValue" in p},
        outputs={o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])},
        tags={tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])},
        protected=stack.get("EnableTerminationProtection", False),
    )
