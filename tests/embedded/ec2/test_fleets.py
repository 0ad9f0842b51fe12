from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded.aws.ec2.fleets import OPTIONS, WARNING_SECONDS


def launched(fleet: dict[str, Any]) -> list[tuple[str, int]]:
    return [(one["InstanceType"], len(one["InstanceIds"])) for one in fleet["Instances"]]


def short(fleet: dict[str, Any]) -> list[tuple[str, str]]:
    pools = [one["LaunchTemplateAndOverrides"]["Overrides"]["InstanceType"] for one in fleet["Errors"]]
    return list(zip(pools, [one["ErrorCode"] for one in fleet["Errors"]], strict=True))


M7, C7 = {"InstanceType": "m7g.large"}, {"InstanceType": "c7g.large"}


def test_a_pool_that_runs_out_leaves_the_rest_to_the_next(world: Any) -> None:
    world.fleets.capacity.left["spot", "m7g.large", "*"] = 1
    fleet = world.fleet(M7, C7, wanted=3)
    assert launched(fleet) == [("m7g.large", 1), ("c7g.large", 2)]
    assert short(fleet) == [("m7g.large", "InsufficientInstanceCapacity")]
    assert fleet["Instances"][0]["Lifecycle"] == "spot"


def test_without_any_capacity_there_are_only_errors(world: Any) -> None:
    world.fleets.capacity.left["spot", "*", "eu-west-1a"] = 0
    fleet = world.fleet(M7, C7)
    assert fleet["Instances"] == []
    assert [code for _, code in short(fleet)] == ["InsufficientInstanceCapacity"] * 2
    assert launched(world.fleet(M7, market="on-demand")) == [("m7g.large", 1)]
    assert launched(world.fleet({**M7, "SubnetId": world.subnets[1]})) == [("m7g.large", 1)]


def test_a_limit_of_any_zone_is_set_and_lifted(world: Any) -> None:
    world.fleets.limit("spot", "m7g.large", 0)
    elsewhere = {**M7, "SubnetId": world.subnets[1]}
    assert launched(world.fleet(M7, elsewhere, C7)) == [("c7g.large", 1)]
    world.fleets.limit("spot", "m7g.large")
    assert launched(world.fleet(M7, elsewhere, C7)) == [("m7g.large", 1)]


def test_only_a_spot_instance_that_runs_is_interrupted(world: Any) -> None:
    spot, on_demand = (world.fleet(M7, market=market)["Instances"][0]["InstanceIds"][0] for market in OPTIONS)
    with pytest.raises(ValueError, match="expected a spot instance"):
        world.fleets.interrupt(on_demand)
    world.fleets.interrupt(spot)
    world.clock.advance(WARNING_SECONDS + 1)
    assert (world.state(spot), world.state(on_demand)) == ("terminated", "running")
    with pytest.raises(ValueError, match=f"instanceId is '{spot}'"):
        world.fleets.interrupt(spot)


def test_the_cheapest_pool_comes_first(world: Any) -> None:
    world.fleets.capacity.prices.update({"m7g.large": 2.0, "c7g.large": 1.0})
    options = {"SpotOptions": {"AllocationStrategy": "price-capacity-optimized"}}
    assert launched(world.fleet(M7, C7, **options)) == [("c7g.large", 1)]


def test_the_same_client_token_launches_once(world: Any) -> None:
    first, second = (world.fleet(M7, ClientToken="once") for _ in range(2))
    assert first["FleetId"] == second["FleetId"]
    assert first["Instances"] == second["Instances"]
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        world.fleet(C7, ClientToken="once")


def test_a_shortage_is_replayed_by_its_client_token(world: Any) -> None:
    world.fleets.capacity.left["spot", "*", "*"] = 0
    world.fleet(M7, ClientToken="once")
    world.fleets.capacity.left.clear()
    assert world.fleet(M7, ClientToken="once")["Instances"] == []


def test_two_subnets_in_one_zone_are_refused(world: Any) -> None:
    vpc = world.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    twin = world.ec2.create_subnet(VpcId=vpc, CidrBlock="172.31.128.0/20", AvailabilityZone="eu-west-1a")["Subnet"]
    with pytest.raises(ClientError, match="InvalidFleetConfig"):
        world.fleet(M7, {**M7, "SubnetId": twin["SubnetId"]})


def test_an_instance_is_what_template_and_override_say(world: Any) -> None:
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "launch", "Value": "1"}]}]
    disk = [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 60}}]
    fleet = world.fleet({**C7, "BlockDeviceMappings": disk}, TagSpecifications=tags)
    (reservation,) = world.ec2.describe_instances(InstanceIds=fleet["Instances"][0]["InstanceIds"])["Reservations"]
    (instance,) = reservation["Instances"]
    assert (instance["ImageId"], instance["InstanceType"]) == (world.image, "c7g.large")
    assert (instance["SubnetId"], instance["InstanceLifecycle"]) == (world.subnets[0], "spot")
    assert {"from": "template", "launch": "1"}.items() <= {tag["Key"]: tag["Value"] for tag in instance["Tags"]}.items()
    (volume,) = world.ec2.describe_volumes(VolumeIds=[instance["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]])["Volumes"]
    assert volume["Size"] == 60
    user_data = world.ec2.describe_instance_attribute(InstanceId=instance["InstanceId"], Attribute="userData")
    assert user_data["UserData"]["Value"] == "aGk="


def test_what_a_fleet_cannot_do_here_is_an_error(world: Any) -> None:
    with pytest.raises(ClientError, match="does not emulate Context"):
        world.fleet(M7, Context="reserved")
    with pytest.raises(ClientError, match="does not emulate SpotOptions"):
        world.fleet(M7, SpotOptions={"AllocationStrategy": "capacity-optimized-prioritized"})
    with pytest.raises(ClientError, match="Priority"):
        world.fleet({**M7, "Priority": 1})
    with pytest.raises(ClientError, match=r"emulates overrides of .* with a SubnetId"):
        world.fleet()
    with pytest.raises(ClientError, match="does not emulate capacity-block"):
        world.fleet(M7, market="capacity-block")
    with pytest.raises(ClientError, match="does not emulate Type maintain"):
        world.ec2.create_fleet(
            Type="maintain",
            LaunchTemplateConfigs=[{"LaunchTemplateSpecification": {"LaunchTemplateId": world.template}}],
            TargetCapacitySpecification={"TotalTargetCapacity": 1},
        )


@pytest.mark.parametrize("given", [{"OnDemandTargetCapacity": 1}, {"SpotTargetCapacity": 1}], ids=str)
def test_a_fleet_of_two_markets_is_refused(world: Any, given: dict[str, int]) -> None:
    config = {"LaunchTemplateSpecification": {"LaunchTemplateId": world.template, "Version": "$Latest"}}
    with pytest.raises(ClientError, match=f"does not emulate {next(iter(given))}"):
        world.ec2.create_fleet(
            Type="instant",
            LaunchTemplateConfigs=[{**config, "Overrides": [{**M7, "SubnetId": world.subnets[0]}]}],
            TargetCapacitySpecification={"TotalTargetCapacity": 2, **given},
        )


def test_an_instance_of_an_unknown_image_is_refused(world: Any) -> None:
    with pytest.raises(ClientError, match=r"InvalidAMIID\.NotFound"):
        world.ec2.run_instances(ImageId="ami-00000000000000000", MinCount=1, MaxCount=1)


def test_a_fleet_of_an_unknown_image_launches_nothing(world: Any) -> None:
    fleet = world.fleet({**M7, "ImageId": "ami-0123456789abcdef0"})
    assert fleet["Instances"] == []
    assert short(fleet) == [("m7g.large", "InvalidAMIID.NotFound")]


def test_an_image_that_is_gone_is_not_found_even_beside_others(world: Any) -> None:
    gone = world.ec2.register_image(Name="gone")["ImageId"]
    world.ec2.deregister_image(ImageId=gone)
    for ids in ([gone], [world.image, gone]):
        with pytest.raises(ClientError, match=r"InvalidAMIID\.NotFound"):
            world.ec2.describe_images(ImageIds=ids)
    by_filter = world.ec2.describe_images(Owners=["self"], Filters=[{"Name": "image-id", "Values": [gone]}])
    assert by_filter["Images"] == []


def test_a_spot_interruption_warns_two_minutes_ahead(world: Any) -> None:
    (instance,) = world.fleet(M7)["Instances"][0]["InstanceIds"]
    world.fleets.interrupt(instance)
    warning = world.events[-1]
    assert (warning["source"], warning["time"][:16]) == ("aws.ec2", "2026-11-23T12:00")
    assert warning["detail-type"] == "EC2 Spot Instance Interruption Warning"
    assert warning["resources"] == [f"arn:aws:ec2:eu-west-1a:instance/{instance}"]
    assert warning["detail"] == {"instance-id": instance, "instance-action": "terminate"}
    world.clock.advance(119)
    assert world.state(instance) == "running"
    world.clock.advance(2)
    assert world.state(instance) == "terminated"


def test_every_state_of_an_instance_is_an_event(world: Any) -> None:
    (instance,) = world.fleet(M7)["Instances"][0]["InstanceIds"]
    for _ in range(2):
        world.ec2.terminate_instances(InstanceIds=[instance])
    assert {event["detail-type"] for event in world.events} == {"EC2 Instance State-change Notification"}
    assert {*world.events[0]["resources"]} == {f"arn:aws:ec2:eu-west-1:123456789012:instance/{instance}"}
    states = [event["detail"]["state"] for event in world.events]
    assert states == ["pending", "running", "shutting-down", "terminated"]


@pytest.mark.parametrize(
    ("key", "state", "reason"),
    [
        ({"KmsKeyId": "alias/aws/ebs"}, "running", ""),
        ({}, "terminated", "Client.InvalidKMSKey.InvalidState"),
    ],
    ids=["AWS's own key", "the account's default, which is a customer's"],
)
def test_a_machine_ends_at_once_if_nobody_may_decrypt_its_disk(
    world: Any, key: dict[str, str], state: str, reason: str
) -> None:
    volume = {"VolumeSize": 8, "Encrypted": True, **key}
    disk = {**M7, "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": volume}]}
    (by_default,) = world.fleet(disk)["Instances"][0]["InstanceIds"]
    world.customers_key()
    (instance,) = world.fleet(disk)["Instances"][0]["InstanceIds"]
    assert (world.state(by_default), world.state(instance)) == ("running", state)
    (shown,) = world.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
    assert shown["StateReason"]["Code"] == reason
