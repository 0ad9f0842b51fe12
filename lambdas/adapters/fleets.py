"""EC2's fleets: one for a launch, and what became of it."""

from typing import TYPE_CHECKING, Any

from lambdas.adapters import instances
from lambdas.adapters.errors import AwsError, named
from lambdas.core import fleets
from lambdas.core.fleets import Given, Machine
from lambdas.core.records import Record

if TYPE_CHECKING:
    from mypy_boto3_ec2.client import EC2Client

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
    found = instances.of_launch(ec2, launch_id)
    return Given(machines=tuple(Machine(instance_id=one.instance_id, instance_type=one.instance_type) for one in found))


def _is_passing(response: Any) -> bool:  # noqa: ANN401 - botocore's own shape
    code, status = response["Error"].get("Code", ""), response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= 500 or code in PASSING  # noqa: PLR2004 - HTTP's own line
