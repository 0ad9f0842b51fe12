"""Service-linked roles: what EC2 Spot and Image Builder work with, one of each per account.

AWS makes one on first use only for callers with the right to, which this project's functions do not have for EC2
Spot: a first spot request would fail with AuthFailure.ServiceLinkedRoleCreationNotPermitted.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/service-linked-roles-spot-instance-requests.html
https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-builder-service-linked-role.html
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from generator.deployment import aws_errors

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

TAKEN = "has been taken in this account"


@dataclass(frozen=True, kw_only=True)
class ServiceRole:
    """A service-linked role and its service."""

    name: str
    service: str


NEEDED = (
    ServiceRole(name="AWSServiceRoleForEC2Spot", service="spot.amazonaws.com"),
    ServiceRole(name="AWSServiceRoleForImageBuilder", service="imagebuilder.amazonaws.com"),
)


def missing(iam: "IAMClient") -> tuple[ServiceRole, ...]:
    """Return those that the account lacks."""
    return tuple(role for role in NEEDED if not exists(iam, role))


def exists(iam: "IAMClient", role: ServiceRole) -> bool:
    """Tell whether the account has it."""
    try:
        iam.get_role(RoleName=role.name)
    except ClientError as error:
        if aws_errors.code(error) == "NoSuchEntity":
            return False
        raise
    return True


def make(iam: "IAMClient", role: ServiceRole) -> None:
    """Make it; one that somebody made meanwhile is as good.

    Of a second one IAM says InvalidInput: "Service role name … has been taken in this account".
    """
    try:
        iam.create_service_linked_role(AWSServiceName=role.service)
    except ClientError as error:
        if not (aws_errors.code(error) == "InvalidInput" and TAKEN in aws_errors.message(error)):
            raise
