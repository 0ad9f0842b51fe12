"""How the doctor looks: one check after another, none of which stops the next, whatever AWS or GitHub refuses."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from generator.deployment import aws_errors
from generator.doctor.findings import Finding, problem, warning
from generator.errors import SpotRunnerError

T = TypeVar("T")
# The right that an operation needs, where it is called otherwise or lives in a service of its own.
RIGHTS = {
    "DescribeStacks": "cloudformation:DescribeStacks",
    "DescribeSubnets": "ec2:DescribeSubnets",
    "GetOpenIDConnectProvider": "iam:GetOpenIDConnectProvider",
    "GetParameters": "ssm:GetParameters",
    "GetPolicy": "iam:GetPolicy",
    "GetRole": "iam:GetRole",
    "GetServiceQuota": "servicequotas:GetServiceQuota",
    "GetTemplate": "cloudformation:GetTemplate",
    "HeadBucket": "s3:ListBucket",
    "ListOpenIDConnectProviders": "iam:ListOpenIDConnectProviders",
    "ListRoles": "iam:ListRoles",
}


def look(about: str, check: Callable[[], Iterable[Finding]]) -> tuple[Finding, ...]:
    """Return what a check finds; what it may not see, or what fails meanwhile, becomes the last row."""
    found: list[Finding] = []

    def collect() -> None:
        for finding in check():
            found.append(finding)  # noqa: PERF402 - what was found before a failure stays

    refused = attempt(about, collect)
    return (*found, refused) if refused else tuple(found)


def attempt(about: str, read: Callable[[], T]) -> T | Finding:
    """Return what is read, or the row that says why it could not be."""
    try:
        return read()
    except (ClientError, BotoCoreError) as error:
        return _refused(about, error)
    except SpotRunnerError as error:
        return problem(about, str(error), "")  # its message has the remedy


def _refused(about: str, error: ClientError | BotoCoreError) -> Finding:
    if isinstance(error, ClientError) and aws_errors.code(error) in aws_errors.DENIED:
        right = RIGHTS.get(error.operation_name, error.operation_name)
        remedy = f"repeat this with credentials that have {right}, such as an administrator's"
        return warning(about, f"not looked at: these credentials lack {right}", remedy)
    return problem(about, aws_errors.one_line(error), "")
