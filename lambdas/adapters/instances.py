"""Instances in EC2: those of a deployment, known by their tags, what became of some, and their end."""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lambdas.adapters.errors import DeniedError, NotFoundError, named
from lambdas.core import instances
from lambdas.core.instances import NOT_ENDED, Instance
from lambdas.core.names import DEPLOYMENT_TAG, LAUNCH_TAG

if TYPE_CHECKING:
    from mypy_boto3_ec2.client import EC2Client

PAGE = 1000
MOST_NAMED = 200  # values of one filter: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
LIVING = {"Name": "instance-state-name", "Values": [*NOT_ENDED]}


def of_deployment(ec2: "EC2Client", deployment: str) -> tuple[Instance, ...]:
    """Return the machines of a deployment that have not ended; an instance that builds an image is of no launch."""
    of_launches = {"Name": "tag-key", "Values": [LAUNCH_TAG]}
    return tuple(_found(ec2, {"Name": f"tag:{DEPLOYMENT_TAG}", "Values": [deployment]}, of_launches, LIVING))


def of_launch(ec2: "EC2Client", launch_id: str) -> tuple[Instance, ...]:
    """Return the machines of a launch that have not ended."""
    return tuple(_found(ec2, {"Name": f"tag:{LAUNCH_TAG}", "Values": [launch_id]}, LIVING))


def named_so(ec2: "EC2Client", instance_ids: Sequence[str]) -> dict[str, Instance]:
    """Return those of some instances that EC2 knows, ended or not, by their ids; asked for by name, not as a list."""
    parts = (instance_ids[start : start + MOST_NAMED] for start in range(0, len(instance_ids), MOST_NAMED))
    return {one.instance_id: one for ids in parts for one in _found(ec2, {"Name": "instance-id", "Values": [*ids]})}


def terminate(ec2: "EC2Client", instance_ids: Collection[str]) -> None:
    """End instances; those that have ended are fine, and those that EC2 does not show are left to the next look.

    EC2 refuses all for one that it has forgotten. One that has ended soon lost its tags, and with them the right to
    end it, which is a right on what carries the deployment's.
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/terminating-instances.html
    """
    if not instance_ids:
        return
    try:
        _terminate(ec2, instance_ids)
    except (NotFoundError, DeniedError):
        for one in named_so(ec2, [*instance_ids]).values():
            if not one.has_ended:
                _terminate(ec2, [one.instance_id])


def _terminate(ec2: "EC2Client", instance_ids: Collection[str]) -> None:
    with named():
        ec2.terminate_instances(InstanceIds=[*instance_ids])


def _found(ec2: "EC2Client", *filters: Any) -> Iterator[Instance]:  # noqa: ANN401 - boto3 takes them as they are
    pages = ec2.get_paginator("describe_instances").paginate(Filters=filters, PaginationConfig={"PageSize": PAGE})
    with named():
        for page in pages:
            yield from (instances.instance(one) for found in page["Reservations"] for one in found["Instances"])
