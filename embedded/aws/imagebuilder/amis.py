"""Where a build begins and ends: the parent image that it needs, and the AMI that it makes in moto's EC2."""

import re
from datetime import datetime
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ssm.models import ssm_backends

from embedded.aws.imagebuilder.resources import Body

ROOT_DEVICE = "/dev/sda1"  # Ubuntu's; Amazon Linux has /dev/xvda
PARENT_IMAGE = re.compile(r"ami-[0-9a-f]{8,17}|ssm:(arn:[^:]+:ssm:[^/]+)?[\w./-]+")


class BuildFailedError(Exception):
    """A build that cannot go on, with the reason that GetImage gives."""


def architecture(parent: str, account: str, region: str) -> str:
    """Find a parent image and return its architecture; raise BuildFailedError if there is none.

    Public parameters (`/aws/service/…`) are taken to exist, and speak of their architecture.
    """
    if "/aws/service/" in parent:
        return "arm64" if "arm64" in parent else "x86_64"
    own = _parameter(parent.removeprefix("ssm:"), account, region) if parent.startswith("ssm:") else parent
    ami = ec2_backends[account][region].amis.get(own)
    if ami is None:
        raise BuildFailedError(f"The parent image '{own}' ({parent}) does not exist in {region}.")
    return str(ami.architecture)


def _parameter(name: str, account: str, region: str) -> str:
    found = ssm_backends[account][region].get_parameter(name)
    if found is None:
        raise BuildFailedError(f"The SSM parameter {name} of the parent image does not exist in {region}.")
    return str(found.value)


def distribute(image: Body, account: str, region: str, now: datetime) -> Body:
    """Register a build's AMI as its distribution configuration says; return an entry of `outputResources.amis`."""
    (distribution,) = image.get("distributionConfiguration", {}).get("distributions", [{}])
    settings: dict[str, Any] = distribution.get("amiDistributionConfiguration", {})
    stamp = now.strftime("%Y-%m-%dT%H-%M-%S.") + f"{now.microsecond // 1000:03}Z"
    pattern = settings.get("name", image["name"] + " {{ imagebuilder:buildDate }}")
    name = re.sub(r"{{\s*imagebuilder:buildDate\s*}}", stamp, pattern)
    backend = ec2_backends[account][region]
    if any(ami.name == name for ami in backend.amis.values()):
        raise BuildFailedError(f"The AMI name '{name}' is already in use.")
    ami = backend.register_image(name=name, description=settings.get("description"))
    ami.root_device_name, ami.root_device_type, ami.architecture = ROOT_DEVICE, "ebs", image["architecture"]
    ami.virtualization_type, ami.creation_date = "hvm", now.replace(tzinfo=None)
    own = {"CreatedBy": "EC2 Image Builder", "Ec2ImageBuilderArn": image["arn"]}
    ami.add_tags({**own, **image["imageRecipe"].get("amiTags", {}), **settings.get("amiTags", {})})
    ami.ebs_snapshot.add_tags(own)
    return {"region": region, "image": ami.id, "name": name, "accountId": account}
