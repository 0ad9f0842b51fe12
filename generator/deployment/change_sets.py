"""Changes one stack by a change set: made, looked at, executed; one that holds no change is thrown away.

Every call names the stack too, because that is the resource that IAM policies name. Calls that must not happen twice
carry a token: when an answer is lost, the AWS SDK sends the same again, and CloudFormation knows that it is done.
"""

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.deployment.aws import Aws
from generator.deployment.stack import COMMIT, Wanted
from generator.deployment.stack_client import Pace
from generator.errors import SpotRunnerError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.literals import CapabilityType, ChangeSetTypeType
    from mypy_boto3_cloudformation.type_defs import (
        CreateChangeSetInputTypeDef,
        CreateChangeSetOutputTypeDef,
        DescribeChangeSetOutputTypeDef,
        ParameterTypeDef,
    )

PREFIX = "spot-runner-"
NO_CHANGE = ("didn't contain changes", "no updates are to be performed")


@dataclass(frozen=True, kw_only=True)
class Request:
    """All that one change set is made of; `template_url` stands in for templates over 51,200 bytes.

    `kind` is CREATE for a stack that does not exist yet, else UPDATE. Without `role_arn` the caller's own rights
    are used.
    """

    wanted: Wanted
    kind: "ChangeSetTypeType"
    tags: tuple[tuple[str, str], ...]
    role_arn: str = ""
    template_url: str = ""


@dataclass(frozen=True, kw_only=True)
class ChangeSet:
    """A change set that is ready to be executed."""

    id: str
    stack: str
    stack_id: str
    resources: int


def make(aws: Aws, request: Request, pace: Pace) -> ChangeSet | None:
    """Make a change set and wait for it; return None when CloudFormation finds nothing to change."""
    made = _create(aws, request)
    stack = request.wanted.name  # rights are given by stack: each call names it beside the change set
    described = _described(aws, stack, made["Id"], pace)
    if described["Status"] == "CREATE_COMPLETE":
        resources = _count(aws, stack, made["Id"])
        return ChangeSet(id=made["Id"], stack=stack, stack_id=made["StackId"], resources=resources)
    reason = " ".join(described.get("StatusReason", "").split())
    aws.cloudformation.delete_change_set(StackName=stack, ChangeSetName=made["Id"])
    if any(words in reason.lower() for words in NO_CHANGE):
        return None
    raise SpotRunnerError(f"CloudFormation refused the change set: {reason or described['Status']}")


def execute(aws: Aws, change_set: ChangeSet) -> None:
    """Execute a change set; CloudFormation goes on by itself from here.

    It also drops the stack's other change sets, such as those that an interrupted command left behind.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html
    """
    aws.cloudformation.execute_change_set(
        StackName=change_set.stack, ChangeSetName=change_set.id, ClientRequestToken=uuid.uuid4().hex
    )


def _create(aws: Aws, request: Request) -> "CreateChangeSetOutputTypeDef":
    wanted = request.wanted
    arguments: CreateChangeSetInputTypeDef = {
        "StackName": wanted.name,
        "ChangeSetName": f"{PREFIX}{uuid.uuid4().hex[:12]}",
        "ChangeSetType": request.kind,
        "ClientToken": uuid.uuid4().hex,
        "Parameters": _parameters(wanted),
        "Capabilities": _capabilities(wanted),
        "Tags": [{"Key": key, "Value": value} for key, value in request.tags],
    }
    if request.template_url:
        arguments["TemplateURL"] = request.template_url
    else:
        arguments["TemplateBody"] = wanted.inline
    if request.role_arn:
        arguments["RoleARN"] = request.role_arn
    return aws.cloudformation.create_change_set(**arguments)


def _parameters(wanted: Wanted) -> "list[ParameterTypeDef]":
    declared = wanted.body.get("Parameters", {})
    given = {name: value for name, value in wanted.parameters.items() if name in declared}
    if COMMIT in declared and wanted.commit:
        given[COMMIT] = wanted.commit
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in sorted(given.items())]


def _capabilities(wanted: Wanted) -> "list[CapabilityType]":
    makes_roles = any(resource["Type"].startswith("AWS::IAM::") for resource in wanted.body["Resources"].values())
    return ["CAPABILITY_NAMED_IAM"] if makes_roles else []


def _described(aws: Aws, stack: str, change_set_id: str, pace: Pace) -> "DescribeChangeSetOutputTypeDef":
    for _ in pace.beats():
        described = aws.cloudformation.describe_change_set(StackName=stack, ChangeSetName=change_set_id)
        if described["Status"] not in {"CREATE_PENDING", "CREATE_IN_PROGRESS"}:
            return described
    raise AssertionError("beats never end")


def _count(aws: Aws, stack: str, change_set_id: str) -> int:
    paginator = aws.cloudformation.get_paginator("describe_change_set")
    pages = paginator.paginate(StackName=stack, ChangeSetName=change_set_id)
    return sum(len(page.get("Changes", [])) for page in pages)
