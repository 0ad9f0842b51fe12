"""AMIs in EC2."""

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING

from lambdas.adapters.errors import named
from lambdas.core.builds import Ami

if TYPE_CHECKING:
    from mypy_boto3_ec2.client import EC2Client

PER_CALL = 100  # a filter takes 200 values


def describe(ec2: "EC2Client", ami_ids: Iterable[str]) -> dict[str, Ami]:
    """Return the own AMIs among these ids; a filter, unlike ImageIds, does not fail for those that are gone."""
    found: dict[str, Ami] = {}
    waiting = iter(ami_ids)
    while ids := list(islice(waiting, PER_CALL)):
        with named():
            answer = ec2.describe_images(Owners=["self"], Filters=[{"Name": "image-id", "Values": ids}])
        for image in answer["Images"]:
            found[image["ImageId"]] = Ami(state=image["State"], root_device_name=image.get("RootDeviceName"))
    return found
