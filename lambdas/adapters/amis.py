"""AMIs in EC2."""

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING

from lambdas.adapters.errors import named
from lambdas.core import times
from lambdas.core.builds import Ami
from lambdas.core.names import RECIPE_HASH_TAG
from lambdas.core.state import GONE

if TYPE_CHECKING:
    from mypy_boto3_ec2.client import EC2Client
    from mypy_boto3_ec2.type_defs import ImageTypeDef

PER_CALL = 100  # a filter takes 200 values


def describe(ec2: "EC2Client", ami_ids: Iterable[str]) -> dict[str, Ami]:
    """Return the AMIs that this account may use among these ids: its own, shared and public ones.

    A filter, unlike ImageIds, does not fail for those that are gone. Those that others have deprecated, and the
    account's own that are disabled, are told of only if asked for. One that is deregistered may be told of for a while,
    without its disks: it is gone all the same.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeImages.html
    """
    found: dict[str, Ami] = {}
    waiting = iter(ami_ids)
    while ids := list(islice(waiting, PER_CALL)):
        with named():
            answer = ec2.describe_images(
                Filters=[{"Name": "image-id", "Values": ids}], IncludeDeprecated=True, IncludeDisabled=True
            )
        found |= {image["ImageId"]: _ami(image) for image in answer["Images"] if image["State"] != GONE}
    return found


def _ami(image: "ImageTypeDef") -> Ami:
    root = image.get("RootDeviceName")
    disks = [
        one["Ebs"] for one in image.get("BlockDeviceMappings", []) if one.get("DeviceName") == root and "Ebs" in one
    ]
    tags = {tag["Key"]: tag["Value"] for tag in image.get("Tags", [])}
    created = image.get("CreationDate")
    return Ami(
        state=image["State"],
        root_device_name=root,
        root_gib=disks[0].get("VolumeSize") if disks else None,
        architecture=image.get("Architecture"),
        platform=image.get("Platform"),
        created_at=times.moment(created) if created else None,
        recipe_hash=tags.get(RECIPE_HASH_TAG),
    )
