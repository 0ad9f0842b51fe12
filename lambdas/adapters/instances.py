"""The instances of a deployment in EC2, known by their tags."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lambdas.adapters.errors import named
from lambdas.adapters.fleets import NOT_ENDED
from lambdas.core import instances
from lambdas.core.instances import Instance
from lambdas.core.names import DEPLOYMENT_TAG, LAUNCH_TAG

if TYPE_CHECKING:
    from mypy_boto3_ec2.client import EC2Client

PAGE = 1000
MOST_NAMED = 200  # values of one filter: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html


def of_deployment(ec2: "EC2Client", deployment: str) -> tuple[Instance, ...]:
    """Return the machines of a deployment that have not ended; an instance that builds an image is of no launch."""
    ours: Any = [
        {"Name": f"tag:{DEPLOYMENT_TAG}", "Values": [deployment]},
        {"Name": "tag-key", "Values": [LAUNCH_TAG]},
    ]
    return _not_ended(ec2, ours)


def not_ended(ec2: "EC2Client", instance_ids: Sequence[str]) -> set[str]:
    """Return those of some instances that have not ended, asked for one by one and not as a list's part."""
    parts = (instance_ids[start : start + MOST_NAMED] for start in range(0, len(instance_ids), MOST_NAMED))
    return {one.instance_id for ids in parts for one in _not_ended(ec2, [{"Name": "instance-id", "Values": [*ids]}])}


def _not_ended(ec2: "EC2Client", filters: list[Any]) -> tuple[Instance, ...]:
    pages = ec2.get_paginator("describe_instances").paginate(
        Filters=[*filters, {"Name": "instance-state-name", "Values": [*NOT_ENDED]}],
        PaginationConfig={"PageSize": PAGE},
    )
    with named():
        reservations = [reservation for page in pages for reservation in page["Reservations"]]
    return tuple(instances.instance(one) for reservation in reservations for one in reservation["Instances"])
