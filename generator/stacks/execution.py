"""The execution role: what CloudFormation may do while it works on this deployment's stacks.

Its rights follow the handlers of the resource types in the templates (a test compares them), and stay within the
deployment: by name where names are known, by tag where AWS makes the name up. Nothing that the stacks retain can be
deleted.
"""

from collections.abc import Iterable

from awacs.aws import Statement
from troposphere import GetAtt, Ref, Sub
from troposphere import iam as resources

from generator.stacks import boundary, execution_network, execution_services, iam, tags

ROLE = "ExecutionRole"


def role(deployment: str) -> resources.Role:
    """Return the role."""
    return resources.Role(
        ROLE,
        RoleName=f"{deployment}-execution",
        Description=f"What CloudFormation may do for {deployment}",
        AssumeRolePolicyDocument=iam.assumed_by("cloudformation.amazonaws.com"),
        ManagedPolicyArns=[Ref(policy.title) for policy in policies(deployment)],
        Tags=tags.listed(tags.of_deployment(deployment)),
    )


def policies(deployment: str) -> tuple[resources.ManagedPolicy, ...]:
    """Return the role's policies; one alone would pass IAM's limit of 6,144 characters."""
    return (
        _policy("ExecutionNetworkMakes", execution_network.makes(deployment)),
        _policy("ExecutionNetworkChanges", execution_network.changes(deployment)),
        _policy("ExecutionState", execution_services.state(deployment)),
        _policy("ExecutionServices", [*execution_services.services(deployment), bundles()]),
        _policy("ExecutionImages", execution_services.images(deployment)),
        _policy("ExecutionRoles", roles(deployment)),
    )


def roles(deployment: str) -> tuple[Statement, ...]:
    """Return what it may do with roles: only below the deployment's own path, and only within the boundary."""
    own_roles = iam.global_arn("iam", f"role{iam.path(deployment)}*")
    profiles = iam.global_arn("iam", f"instance-profile{iam.path(deployment)}*")
    bounded = iam.equal({"iam:PermissionsBoundary": Ref(boundary.BOUNDARY)})
    return (
        iam.allow("MakeBoundedRoles", _iam(BOUNDED_ROLE_ACTIONS), [own_roles], bounded),
        iam.allow("ChangeRoles", _iam(ROLE_ACTIONS), [own_roles]),
        iam.allow("Profiles", _iam(PROFILE_ACTIONS), [profiles]),
        iam.allow(
            "PassRoles",
            ("iam:PassRole",),
            [own_roles],
            iam.equal({"iam:PassedToService": [*iam.EC2, "lambda.amazonaws.com"]}),
        ),
        boundary.make_service_role(),
        iam.allow("SeeImageBuilderRole", ("iam:GetRole",), [iam.global_arn("iam", boundary.IMAGE_BUILDER_ROLE)]),
    )


def bundles() -> Statement:
    """Return its right to hand the functions' code to Lambda."""
    actions = ("s3:GetObject", "s3:GetObjectVersion")
    return iam.allow("Bundles", actions, [Sub("${ArtifactBucket.Arn}/bundles/*")])


def arn() -> GetAtt:
    """Return the role's ARN."""
    return GetAtt(ROLE, "Arn")


def _policy(title: str, statements: Iterable[Statement]) -> resources.ManagedPolicy:
    return resources.ManagedPolicy(title, PolicyDocument=iam.document(statements))


def _iam(actions: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"iam:{action}" for action in actions)


# A role is made, and given rights, only while it carries the boundary; taking the boundary off is not allowed at all.
BOUNDED_ROLE_ACTIONS = (
    "CreateRole",
    "DeleteRolePolicy",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "UpdateAssumeRolePolicy",
)
ROLE_ACTIONS = (
    "DeleteRole",
    "GetRole",
    "GetRolePolicy",
    "ListAttachedRolePolicies",
    "ListRolePolicies",
    "TagRole",
    "UntagRole",
    "UpdateRole",
    "UpdateRoleDescription",
)
PROFILE_ACTIONS = (
    "AddRoleToInstanceProfile",
    "CreateInstanceProfile",
    "DeleteInstanceProfile",
    "GetInstanceProfile",
    "RemoveRoleFromInstanceProfile",
)
