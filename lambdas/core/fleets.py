"""What EC2 is asked for, and what it gave: one CreateFleet of type instant for all jobs of one wish.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFleet.html
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.core.deployed import Deployed
from lambdas.core.names import DEPLOYMENT_TAG, LAUNCH_TAG, PRESET_TAG
from lambdas.core.records import Record

MARKETS = (SPOT, ON_DEMAND) = ("spot", "on-demand")
FIRST_MARKET = {"spotOnly": SPOT, "spotPreferred": SPOT, "onDemandOnly": ON_DEMAND}
TAGGED = ("fleet", "instance", "volume")
# What a pool says when it is empty, or when a quota is used up: somebody else's pool, or time, helps.
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
SHORTAGES = frozenset(
    {
        "InstanceLimitExceeded",
        "InsufficientHostCapacity",
        "InsufficientCapacity",
        "InsufficientFreeAddressesInSubnet",
        "InsufficientInstanceCapacity",
        "MaxSpotInstanceCountExceeded",
        "SpotMaxPriceTooLow",
        "UnfulfillableCapacity",
        "VcpuLimitExceeded",
    }
)
# What time alone helps: EC2 is busy, has a quota of disks, or looks at a new account, whichever the market.
LATER = frozenset(
    {
        "InsufficientVolumeCapacity",
        "InternalError",
        "PendingVerification",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "Unavailable",
        "VolumeLimitExceeded",
    }
)
# A zone does not offer a type: no fault as long as another pool could have served.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-discovery.html
NOT_OFFERED = frozenset({"InvalidFleetConfiguration", "Unsupported"})


@dataclass(frozen=True, kw_only=True)
class Machine:
    """One instance that a fleet started."""

    instance_id: str
    instance_type: str


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a fleet started, and why not more: `faults` are no want of capacity, and nobody waits them out.

    With `is_later` another market would not help, but time will.
    """

    machines: tuple[Machine, ...]
    faults: tuple[str, ...] = ()
    is_later: bool = False


def request(
    deployed: Deployed, market: str, types: Iterable[str], subnets: Iterable[str], *, tags: Mapping[str, str]
) -> Record:
    """Return a request without token and capacity: all types in all subnets, with the AMI's own root device."""
    override = {"ImageId": deployed.ami_id, "BlockDeviceMappings": [_root_volume(deployed)]}
    spaces = tuple(subnets)
    template = {
        "LaunchTemplateId": deployed.launch_template_id,
        "Version": deployed.launch_template_version,
    }
    strategy = "price-capacity-optimized" if market == SPOT else "lowest-price"
    return {
        "Type": "instant",
        "LaunchTemplateConfigs": [
            {
                "LaunchTemplateSpecification": template,
                "Overrides": [
                    {"InstanceType": kind, "SubnetId": subnet, **override} for kind in types for subnet in spaces
                ],
            }
        ],
        "SpotOptions" if market == SPOT else "OnDemandOptions": {"AllocationStrategy": strategy},
        "TagSpecifications": [
            {"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
            for kind in TAGGED
        ],
    }


def tags(deployment: str, preset: str, launch_id: str) -> dict[str, str]:
    """Return the tags of a launch's machines; of its jobs nothing, because their authors choose those names."""
    return {DEPLOYMENT_TAG: deployment, PRESET_TAG: preset, LAUNCH_TAG: launch_id}


def sized(fleet: Record, market: str, count: int, launch_id: str) -> Record:
    """Return a whole request for so many machines; the launch's id is its ClientToken."""
    target = {"TotalTargetCapacity": count, "DefaultTargetCapacityType": market}
    return {**fleet, "ClientToken": launch_id, "TargetCapacitySpecification": target}


def on_demand(fleet: Record, launch_id: str) -> Record:
    """Return a spot request's pools as a request on demand of another launch."""
    kept = {key: value for key, value in fleet.items() if key != "SpotOptions"}
    retagged = json.loads(json.dumps(kept["TagSpecifications"]))
    for specification in retagged:
        for tag in specification["Tags"]:
            tag["Value"] = launch_id if tag["Key"] == LAUNCH_TAG else tag["Value"]
    return {**kept, "OnDemandOptions": {"AllocationStrategy": "lowest-price"}, "TagSpecifications": retagged}


def given(answer: Mapping[str, Any]) -> Given:
    """Return what an answer of CreateFleet says; errors come with HTTP 200."""
    machines = tuple(
        Machine(instance_id=instance_id, instance_type=part["InstanceType"])
        for part in answer.get("Instances", ())
        for instance_id in part["InstanceIds"]
    )
    errors = {error["ErrorCode"]: str(error.get("ErrorMessage", "")) for error in answer.get("Errors", ())}
    short, later = errors.keys() & SHORTAGES, errors.keys() & LATER
    odd = errors.keys() - SHORTAGES - LATER - (NOT_OFFERED if short or later or machines else frozenset())
    faults = tuple(sorted(f"{code}: {errors[code]}"[:300] for code in odd))
    return Given(machines=machines, faults=faults, is_later=bool(later and not short))


def _root_volume(deployed: Deployed) -> Record:
    """Return the root disk, encrypted by AWS's own key: the account's default may be one that EC2 may not use.

    https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html
    """
    disk = {
        "VolumeSize": deployed.preset.disk_size_gb,
        "VolumeType": "gp3",
        "Encrypted": True,
        "KmsKeyId": "alias/aws/ebs",
        "DeleteOnTermination": True,
    }
    return {"DeviceName": deployed.root_device_name, "Ebs": disk}
