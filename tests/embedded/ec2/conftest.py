"""moto's in-process server with fleets, images and instance events as on AWS, and a launch template to start from."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
import pytest
from moto.moto_api._internal.models import moto_api_backend

from embedded.aws.clock import Clock
from embedded.aws.ec2 import Fleets
from embedded.aws.patches import Patches

REGION = "eu-west-1"


@cache
def client(url: str, service: str = "ec2") -> Any:
    return boto3.client(service, endpoint_url=url, region_name=REGION)


@dataclass(kw_only=True)
class World:
    """What a test sees: EC2, its capacity, the clock, and the events that were published."""

    ec2: Any
    clock: Clock
    fleets: Fleets
    events: list[dict[str, Any]] = field(default_factory=list)
    image: str = ""
    template: str = ""

    @property
    def subnets(self) -> list[str]:
        """Return the subnets of the default VPC, by zone: one in each."""
        found = self.ec2.describe_subnets()["Subnets"]
        return [one["SubnetId"] for one in sorted(found, key=lambda one: str(one["AvailabilityZone"]))]

    def fleet(self, *overrides: dict[str, Any], wanted: int = 1, market: str = "spot", **more: Any) -> Any:
        """Create an instant fleet of the launch template, with these overrides."""
        config = {"LaunchTemplateSpecification": {"LaunchTemplateId": self.template, "Version": "$Latest"}}
        given = [{"ImageId": self.image, "SubnetId": self.subnets[0], **one} for one in overrides]
        return self.ec2.create_fleet(
            Type="instant",
            LaunchTemplateConfigs=[{**config, "Overrides": given}],
            TargetCapacitySpecification={"TotalTargetCapacity": wanted, "DefaultTargetCapacityType": market},
            **more,
        )

    def state(self, instance: str) -> str:
        """Return the state of an instance."""
        (reservation,) = self.ec2.describe_instances(InstanceIds=[instance])["Reservations"]
        return str(reservation["Instances"][0]["State"]["Name"])

    def customers_key(self) -> None:
        """Make a customer's key the one by which the account encrypts disks."""
        keys = client(self.ec2.meta.endpoint_url, "kms")
        self.ec2.modify_ebs_default_kms_key_id(KmsKeyId=keys.create_key()["KeyMetadata"]["KeyId"])


@pytest.fixture
def world(url: str) -> Iterator[World]:
    moto_api_backend.reset()  # others leave things behind
    clock = Clock(datetime(2026, 11, 23, 12, tzinfo=UTC))
    events: list[dict[str, Any]] = []
    fleets = Fleets("123456789012", REGION, clock, events.append)
    patches = Patches()
    fleets.install(patches)
    made = World(ec2=client(url), clock=clock, fleets=fleets, events=events)
    made.image = made.ec2.register_image(Name="image")["ImageId"]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "from", "Value": "template"}]}]
    data = {"InstanceType": "m7g.large", "UserData": "aGk=", "TagSpecifications": tags}
    template = made.ec2.create_launch_template(LaunchTemplateName="runner", LaunchTemplateData=data)
    made.template = template["LaunchTemplate"]["LaunchTemplateId"]
    yield made
    clock.stop()
    patches.close()
