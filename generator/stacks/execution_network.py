"""What CloudFormation may do in EC2: the network, security groups and launch templates of this deployment.

EC2 makes the ids up, so the tag decides: things are made only with the deployment's tag, and only what carries it is
changed or removed.
"""

from collections.abc import Iterable

from awacs.aws import Statement
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
        "AuthorizeSecurityGroupEgress",
        "AuthorizeSecurityGroupIngress",
        "DeleteSecurityGroup",
        "RevokeSecurityGroupEgress",
        "RevokeSecurityGroupIngress",
        "UpdateSecurityGroupRuleDescriptionsEgress",
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
    "DescribeVpcEndpoints",
    "DescribeVpcs",
    "DescribeAvailabilityZones",
)


def makes(deployment: str) -> tuple[Statement, ...]:
    """Return its rights to see, and to make what carries the tag."""
    tagged = iam.equal({iam.REQUEST_TAG: deployment})
    return (
        iam.allow("See", _ec2(SEEN), iam.ANY),
        iam.allow("SeeVpc", _ec2(["DescribeVpcAttribute"]), [everything("vpc")]),
        *(iam.allow(action, _ec2([action]), [everything(kind)], tagged) for action, kind in MADE.items()),
        # Into a VPC that somebody else made too: it has no tag of this deployment.
        iam.allow("SecurityGroupInVpc", _ec2(["CreateSecurityGroup"]), [everything("vpc")]),
        iam.allow(
            "TagWhatIsMade",
            _ec2(["CreateTags"]),
            [everything(kind) for kind in CHANGED],
            iam.equal({"ec2:CreateAction": sorted(MADE)}),
        ),
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


def everything(kind: str) -> Sub:
    """Return the ARN of everything of one kind in EC2, such as `subnet`."""
    return iam.arn("ec2", f"{kind}/*")


def _ec2(actions: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"ec2:{action}" for action in actions)
