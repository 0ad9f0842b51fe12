"""The instances of a deployment in EC2, known by their tags."""

from typing import TYPE_CHECKING

from lambdas.adapters.errors import named
from lambdas.adapters.fleets import NOT_ENDED
from lambdas.core import instances
from lambdas.core.instances import Instance
from lambdas.core.names import DEPLOYMENT_TAG, LAUNCH_TAG

if TYPE_CHECKING:
    from mypy_boto3_ec2.client import EC2Client

PAGE = 1000


def of_deployment(ec2: "EC2Client", deployment: str) -> tuple[Instance, ...]:
    """Return the machines of a deployment that have not ended; an instance that builds an image is of no launch."""
    pages = ec2.get_paginator("describe_instances").paginate(
        Filters=[
            {"Name": f"tag:{DEPLOYMENT_TAG}", "Values": [deployment]},
            {"Name": "tag-key", "Values": [LAUNCH_TAG]},
            {"Name": "instance-state-name", "Values": [*NOT_ENDED]},
        ],
        PaginationConfig={"PageSize": PAGE},
    )
    with named():
        reservations = [reservation for page in pages for reservation in page["Reservations"]]
    return tuple(instances.instance(one) for reservation in reservations for one in reservation["Instances"])
