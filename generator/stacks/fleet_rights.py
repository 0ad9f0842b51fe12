"""What starting machines takes, and ending them: a right on everything that takes part, held to this deployment's own.

Both actions are asked on whatever is there before the launch: without CreateFleet on a security group nothing starts.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-fleet-prerequisites.html
https://github.com/terraform-aws-modules/terraform-aws-ecs/issues/392
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from awacs.aws import Condition, Statement, StringEquals
from troposphere import AWSHelperFn

from generator.stacks import iam
from lambdas.core.names import DEPLOYMENT_TAG

START = ("ec2:CreateFleet", "ec2:RunInstances")
MADE = ("fleet", "instance", "network-interface", "volume")
# What a spot instance is asked for by. It has no tags, so that none can be demanded: a launch template that tags it
# starts nothing on demand. https://github.com/aws/karpenter-provider-aws/issues/5850
SPOT_REQUEST = "spot-instances-request/*"
TAGGED_BY = ("CreateFleet", "RunInstances")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where machines may be started: in these subnets, behind this security group, with this role."""

    subnet_ids: AWSHelperFn
    security_group_arn: AWSHelperFn
    role_arn: AWSHelperFn


def statements(deployment: str, place: Place) -> Iterator[Statement]:
    """Yield what `launch` needs of EC2; EC2 knows no narrower resource for its Describe calls."""
    ours = {f"aws:RequestTag/{DEPLOYMENT_TAG}": deployment}
    theirs = {f"aws:ResourceTag/{DEPLOYMENT_TAG}": deployment}
    made = [iam.arn("ec2", f"{kind}/*") for kind in MADE]
    yield iam.allow("Make", START, made, iam.equal(ours))
    yield iam.allow("Tag", ["ec2:CreateTags"], made, _both(ours, {"ec2:CreateAction": [*TAGGED_BY]}))
    yield iam.allow("AskForSpot", START, [iam.arn("ec2", SPOT_REQUEST)])
    yield iam.allow("UseTemplate", START, [iam.arn("ec2", "launch-template/*")], iam.equal(theirs))
    yield iam.allow("UseAmi", START, [iam.arn("ec2", "image/ami-*", account="")])
    subnets = iam.equal({"ec2:SubnetID": place.subnet_ids})
    yield iam.allow("UseSubnet", START, [iam.arn("ec2", "subnet/*")], subnets)
    yield iam.allow("UseSecurityGroup", START, [place.security_group_arn])
    to_ec2 = iam.equal({"iam:PassedToService": [*iam.EC2]})
    yield iam.allow("GiveRole", ["iam:PassRole"], [place.role_arn], to_ec2)
    yield from ending(deployment)


def ending(deployment: str) -> Iterator[Statement]:
    """Yield what seeing machines and ending this deployment's takes."""
    theirs = iam.equal({f"aws:ResourceTag/{DEPLOYMENT_TAG}": deployment})
    yield iam.allow("End", ["ec2:TerminateInstances"], [iam.arn("ec2", "instance/*")], theirs)
    yield iam.allow("See", ["ec2:DescribeInstances"], iam.ANY)


def boundary(deployment: str) -> Iterator[Statement]:
    """Yield the most of it that any role of the deployment may ever have."""
    parts = (*MADE, "launch-template", "security-group", "subnet")
    resources = [*(iam.arn("ec2", f"{kind}/*") for kind in parts), iam.arn("ec2", SPOT_REQUEST)]
    yield iam.allow("Machines", START, [*resources, iam.arn("ec2", "image/*", account="")])
    ours = {f"aws:RequestTag/{DEPLOYMENT_TAG}": deployment}
    made = [iam.arn("ec2", f"{kind}/*") for kind in MADE]
    yield iam.allow("TagMachines", ["ec2:CreateTags"], made, _both(ours, {"ec2:CreateAction": [*TAGGED_BY]}))
    theirs = iam.equal({f"aws:ResourceTag/{DEPLOYMENT_TAG}": deployment})
    yield iam.allow("EndMachines", ["ec2:TerminateInstances"], [iam.arn("ec2", "instance/*")], theirs)
    yield iam.allow("SeeMachines", ["ec2:DescribeInstances"], iam.ANY)
    to_ec2 = iam.equal({"iam:PassedToService": [*iam.EC2]})
    yield iam.allow("GiveRole", ["iam:PassRole"], [iam.global_arn("iam", f"role{iam.path(deployment)}*")], to_ec2)


def _both(first: dict[str, str], second: dict[str, list[str]]) -> Condition:
    return Condition(StringEquals({**first, **second}))
