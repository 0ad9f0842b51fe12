"""An AMI that was not baked here: what a preset may name, and the fact that stands for its build."""

import hashlib
import json
import re
from datetime import datetime

from lambdas.core import builds
from lambdas.core.builds import Ami
from lambdas.core.errors import InvalidRequestError
from lambdas.core.preset import Preset, platform_in_ec2
from lambdas.core.state import LIVING, Build

ID = re.compile("ami-(?:[0-9a-f]{8}|[0-9a-f]{17})")


def recipe_hash(ami_id: str) -> str:
    """Return what stands for the hash of a recipe, 16 hex digits."""
    canonical = json.dumps({"ami": ami_id}, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def check(ami_id: str, ami: Ami | None, preset: Preset) -> None:
    """Raise InvalidRequestError unless EC2 has the AMI, and machines of the preset can start from it."""
    if ami is None:
        raise _refused(ami_id, "is not there: no AMI that this account may use in this Region has this id")
    if ami.state != LIVING:
        raise _refused(ami_id, f"is {ami.state}, expected an AMI that is {LIVING}")
    check_kind(ami_id, ami, preset)


def check_kind(ami_id: str, ami: Ami, preset: Preset) -> None:
    """Raise InvalidRequestError if machines of the preset could never start from such an AMI, or not do their work."""
    platform = platform_in_ec2(ami.platform)
    wanted = f"expected {preset.architecture} and {preset.platform}, as the preset says"
    if (ami.architecture, platform) != (preset.architecture, preset.platform):
        raise _refused(ami_id, f"is for {ami.architecture} and {platform}, {wanted}")
    if ami.root_gib is None:
        raise _refused(ami_id, "has no root volume on EBS")
    if ami.root_gib > preset.disk_size_gb:
        raise _refused(ami_id, f"has a root volume of {ami.root_gib} GiB, more than diskSizeGb: {preset.disk_size_gb}")
    if ami.recipe_hash:
        raise _refused(ami_id, "was baked here, and is no own AMI: its machines expect other user data")


def fact(arn: str, ami_id: str, ami: Ami | None, known: Build | None, now: datetime) -> Build:
    """Return the fact that an own AMI was looked at: a build that nobody ran, begun when the AMI was made."""
    began = (ami.created_at if ami else None) or (known.started_at if known else now)
    build = Build(
        build_arn=arn,
        recipe_arn=arn,
        status=builds.AVAILABLE,
        started_at=began,
        event_at=now,
        ami_id=ami_id,
    )
    return builds.looked_at(build, ami)


def _refused(ami_id: str, why: str) -> InvalidRequestError:
    return InvalidRequestError(f"image.ami: {ami_id} {why}")
