"""What CloudFormation may do in EC2: the network, security groups and launch templates of this deployment.

EC2 makes the ids up, so the tag decides: only what carries the deployment's tag is changed or removed. What is made may
carry it from the start, or get it right after: handlers do both. What has no such tag at all may be given ours, what
belongs to another deployment may not.
"""

from collections.abc import Iterable

from awacs.aws import Condition, Null, Statement, StringEquals
from troposphere import Sub

from generator.stacks import iam

MADE = {
    "CreateInternetGateway": "internet-gateway",
    "CreateLaunchTemplate": "launch-template",
    "CreateRouteTable": "route-table",
    "CreateSecurityGroup": "security-group",
    "CreateSubnet": "subnet",
    "CreateVpc": "vpc",
    "CreateVpcEndpoint": "vpc-endpoint",
}
CHANGED = {
    "internet-gateway": ("AttachInternetGateway", "DeleteInternetGateway", "DetachInternetGateway"),
    "launch-template": ("CreateLaunchTemplateVersion", "DeleteLaunchTemplate"),
    "route-table": (
        "AssociateRouteTable",
        "CreateRoute",
        "CreateVpcEndpoint",
        "DeleteRoute",
        "DeleteRouteTable",
        "DisassociateRouteTable",
        "ModifyVpcEndpoint",
        "ReplaceRoute",
        "ReplaceRouteTableAssociation",
    ),
    "security-group": (
        "AuthorizeSecurityGroupIngress",
        "DeleteSecurityGroup",
        "RevokeSecurityGroupIngress",
        "UpdateSecurityGroupRuleDescriptionsIngress",
    ),
    "subnet": (
        "AssociateRouteTable",
        "DeleteSubnet",
        "DisassociateRouteTable",
        "ModifySubnetAttribute",
        "ReplaceRouteTableAssociation",
    ),
    "vpc": (
        "AttachInternetGateway",
        "CreateRouteTable",
        "CreateSubnet",
        "CreateVpcEndpoint",
        "DeleteVpc",
        "DetachInternetGateway",
        "ModifyVpcAttribute",
    ),
    "vpc-endpoint": ("DeleteVpcEndpoints", "ModifyVpcEndpoint"),
}
SEEN = (
    "DescribeImages",
    "DescribeInstances",
    "DescribeInternetGateways",
    "DescribeLaunchTemplates",
    "DescribeLaunchTemplateVersions",
    "DescribeNetworkAcls",
    "DescribeNetworkInterfaces",
    "DescribeRouteTables",
    "DescribeSecurityGroups",
    "DescribeSubnets",
    "DescribeVpcEncryptionControls",
    "DescribeVpcEndpoints",
    "DescribeVpcs",
    "DescribeVpnGateways",
    "DescribeAvailabilityZones",
)


def makes(deployment: str) -> tuple[Statement, ...]:
    """Return its rights to see, to make, and to tag what has no owner yet."""
    kinds = [everything(kind) for kind in CHANGED]
    return (
        iam.allow("See", _ec2(SEEN), iam.ANY),
        iam.allow("SeeVpc", _ec2(["DescribeVpcAttribute"]), [everything("vpc")]),
        *(iam.allow(action, _ec2([action]), [everything(kind)]) for action, kind in MADE.items()),
        # Into a VPC that somebody else made too: it has no tag of this deployment.
        iam.allow("SecurityGroupInVpc", _ec2(["CreateSecurityGroup"]), [everything("vpc")]),
        iam.allow("TagWhatIsMade", _ec2(["CreateTags"]), kinds, iam.equal({"ec2:CreateAction": sorted(MADE)})),
        iam.allow("TagWhatIsNobodys", _ec2(["CreateTags"]), kinds, _becomes_ours(deployment)),
    )


def changes(deployment: str) -> tuple[Statement, ...]:
    """Return its rights to change, remove and tag what carries the tag."""
    ours = iam.equal({iam.RESOURCE_TAG: deployment})
    return (
        *(
            iam.allow("Change" + kind.title().replace("-", ""), _ec2(actions), [everything(kind)], ours)
            for kind, actions in CHANGED.items()
        ),
        iam.allow("TagWhatIsOurs", _ec2(["CreateTags", "DeleteTags"]), [everything(kind) for kind in CHANGED], ours),
    )


def _becomes_ours(deployment: str) -> Condition:
    """Return a condition: the request gives the deployment's tag to what has none of its key."""
    return Condition([StringEquals({iam.REQUEST_TAG: deployment}), Null({iam.RESOURCE_TAG: "true"})])


def everything(kind: str) -> Sub:
    """Return the ARN of everything of one kind in EC2, such as `subnet`."""
    return iam.arn("ec2", f"{kind}/*")


def _ec2(actions: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"ec2:{action}" for action in actions)
