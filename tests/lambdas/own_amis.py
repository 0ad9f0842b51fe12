"""Own AMIs in an account: how one is registered, and how a preset with one is deployed."""

from datetime import timedelta
from typing import Any

from moto.ec2.models import ec2_backends

from embedded.aws.ec2 import images
from lambdas.core import own_amis
from tests.lambdas.account import Account, client
from tests.lambdas.makers import ACCOUNT, NOON, REGION

MADE = (NOON - timedelta(days=365)).replace(tzinfo=None)


def known(ami_id: str) -> Any:
    """Return what moto knows of an AMI: what RegisterImage cannot say is set there."""
    return ec2_backends[ACCOUNT][REGION].amis[ami_id]


def made(architecture: str = "x86_64", root_gib: int = 8, **more: Any) -> str:
    """Register an AMI that was not baked here, as of a year ago, and return its id."""
    disk = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": root_gib}}
    told = {"Architecture": architecture, "RootDeviceName": "/dev/xvda", "BlockDeviceMappings": [disk], **more}
    name = f"golden-{len(ec2_backends[ACCOUNT][REGION].amis)}"
    ami_id = str(client("ec2").register_image(Name=name, **told)["ImageId"])
    known(ami_id).creation_date = MADE
    return ami_id


def linger(ami_id: str) -> None:
    """Let an AMI be gone as one is that EC2 goes on listing for a while, without its disks."""
    known(ami_id).state = "deregistered"
    setattr(known(ami_id), images.MAPPINGS, [])


def request(account: Account, ami_id: str, kind: str = "Create", **changes: Any) -> dict[str, Any]:
    """Return a request of CloudFormation to deploy a preset with an own AMI."""
    return account.request(kind, Ami=ami_id, RecipeHash=own_amis.recipe_hash(ami_id), **changes)


def deploy(account: Account, ami_id: str, kind: str = "Create", **changes: Any) -> dict[str, Any]:
    """Deploy a preset with an own AMI, and return the request."""
    asked = request(account, ami_id, kind, **changes)
    account.sync(asked)
    return asked
