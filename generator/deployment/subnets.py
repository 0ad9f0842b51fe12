"""The subnets that a user brings: EC2 fleets refuse two of one availability zone."""

from generator.deployment.aws import Aws
from generator.errors import SpotRunnerError


def check_subnets(aws: Aws, vpc_id: str, subnet_ids: tuple[str, ...]) -> None:
    """Refuse subnets of another VPC, and two subnets in one availability zone.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-fleet-quotas.html
    """
    if not subnet_ids:
        return
    zones: dict[str, str] = {}
    found = {subnet["SubnetId"]: subnet for subnet in aws.ec2.describe_subnets(SubnetIds=list(subnet_ids))["Subnets"]}
    for subnet_id in subnet_ids:
        subnet = found[subnet_id]
        if subnet["VpcId"] != vpc_id:
            raise SpotRunnerError(
                f"spot-runner.yaml: network.subnetIds: {subnet_id} is in {subnet['VpcId']}, expected a subnet of "
                f"{vpc_id}"
            )
        zone = subnet["AvailabilityZone"]
        if zone in zones:
            raise SpotRunnerError(
                f"spot-runner.yaml: network.subnetIds: {zones[zone]} and {subnet_id} are both in {zone}, expected one "
                "subnet per availability zone"
            )
        zones[zone] = subnet_id
