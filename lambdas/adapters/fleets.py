"""EC2's instances: one fleet for a launch, what became of it, and the end of a machine."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from lambdas.adapters.errors import AwsError, NotFoundError, named
from lambdas.core import fleets
from lambdas.core.fleets import Given
from lambdas.core.names import LAUNCH_TAG
from lambdas.core.records import Record

if TYPE_CHECKING:
    from mypy_boto3_ec2.client import EC2Client

NOT_ENDED = ("pending", "running", "stopping", "stopped")
# What EC2 says when it did not do what was asked, and will not do it if it is asked again in the same words.
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
PASSING = (
    "RequestLimitExceeded",
    "Throttling",
    "InternalError",
    "InternalFailure",
    "Unavailable",
    "ServiceUnavailable",
)


class FleetRefusedError(AwsError):
    """CreateFleet was refused as it was asked for: its token starts nothing any more."""


def create(ec2: "EC2Client", request: Record) -> Given:
    """Start a fleet; raise FleetRefusedError if it will never start, AwsError if nobody knows."""
    made: Any = ec2.create_fleet  # what was stored is sent, key by key
    try:
        with named():
            return fleets.given(made(**request))
    except AwsError as error:
        response = getattr(error.__cause__, "response", None)
        if response is None or _is_passing(response):
            raise
        raise FleetRefusedError(str(error)) from error


def launched(ec2: "EC2Client", launch_id: str) -> Given:
    """Return the machines of a launch that have not ended, by their tag."""
    pages = ec2.get_paginator("describe_instances").paginate(
        Filters=[
            {"Name": f"tag:{LAUNCH_TAG}", "Values": [launch_id]},
            {"Name": "instance-state-name", "Values": [*NOT_ENDED]},
        ]
    )
    with named():
        return fleets.described([reservation for page in pages for reservation in page["Reservations"]])


def terminate(ec2: "EC2Client", instance_ids: Iterable[str]) -> None:
    """End instances; those that have ended already are fine."""
    ids = list(instance_ids)
    if ids:
        with named():
            ec2.terminate_instances(InstanceIds=ids)


def terminate_left(ec2: "EC2Client", instance_ids: Sequence[str]) -> tuple[str, ...]:
    """End what is left of machines that should be gone by now, and return those that EC2 has forgotten.

    EC2 refuses all for one that it does not know.
    """
    try:
        terminate(ec2, instance_ids)
    except NotFoundError:
        if len(instance_ids) == 1:
            return (instance_ids[0],)
        return tuple(gone for one in instance_ids for gone in terminate_left(ec2, [one]))
    return ()


def _is_passing(response: Any) -> bool:  # noqa: ANN401 - botocore's own shape
    code, status = response["Error"].get("Code", ""), response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= 500 or code in PASSING  # noqa: PLR2004 - HTTP's own line
