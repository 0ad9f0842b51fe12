"""Policies in few words: ARNs of this account and Region, statements that allow, roles that services assume."""

from collections.abc import Iterable, Mapping
from typing import Any

from awacs.aws import (
    Action,
    Allow,
    Condition,
    ForAllValuesStringLike,
    PolicyDocument,
    Principal,
    Statement,
    StringEquals,
    StringLike,
)
from troposphere import Ref, Sub, iam

from generator.stacks import tags
from lambdas.core.names import DEPLOYMENT_TAG

VERSION = "2012-10-17"
ANY = ("*",)
# Whom a machine's role is passed to, in the condition key iam:PassedToService: AWS China asks for both names.
# https://github.com/terraform-aws-modules/terraform-aws-eks/pull/3422
EC2 = ("ec2.amazonaws.com", "ec2.amazonaws.com.cn")
REQUEST_TAG = f"aws:RequestTag/{DEPLOYMENT_TAG}"
RESOURCE_TAG = f"aws:ResourceTag/{DEPLOYMENT_TAG}"


def arn(service: str, resource: str, *, region: str = "${AWS::Region}", account: str = "${AWS::AccountId}") -> Sub:
    """Return an ARN of this partition, Region and account; `resource` may end in a wildcard."""
    return Sub(f"arn:${{AWS::Partition}}:{service}:{region}:{account}:{resource}")


def global_arn(service: str, resource: str) -> Sub:
    """Return an ARN of a service without Regions, such as IAM."""
    return arn(service, resource, region="")


def allow(sid: str, actions: Iterable[str], resources: Iterable[object], condition: object = None) -> Statement:
    """Return a statement; actions are written `service:Action`."""
    allowed = [Action(*action.split(":", 1)) for action in actions]
    extra: dict[str, Any] = {} if condition is None else {"Condition": condition}
    return Statement(Sid=sid, Effect=Allow, Action=allowed, Resource=list(resources), **extra)


def equal(values: Mapping[str, object]) -> Condition:
    """Return a condition: every key has exactly its value, or one of its values."""
    return Condition(StringEquals(dict(values)))


def like(values: Mapping[str, object]) -> Condition:
    """Return a condition: every key matches its value, in which `*` and `?` are wildcards."""
    return Condition(StringLike(dict(values)))


def each_like(key: str, patterns: Iterable[str]) -> Condition:
    """Return a condition on a key with many values: each of them matches one of the patterns."""
    return Condition(ForAllValuesStringLike({key: list(patterns)}))


def document(statements: Iterable[Statement]) -> PolicyDocument:
    """Return a policy document."""
    return PolicyDocument(Version=VERSION, Statement=list(statements))


def assumed_by(service: str) -> PolicyDocument:
    """Return the trust policy of a role that one AWS service assumes, such as `lambda.amazonaws.com`."""
    trust = Statement(Effect=Allow, Action=[Action("sts", "AssumeRole")], Principal=Principal("Service", service))
    return document([trust])


def bounded_role(
    title: str, *, deployment: str, service: str, boundary: Ref, statements: Iterable[Statement]
) -> iam.Role:
    """Return a role that CloudFormation makes: under the deployment's own path, and never beyond its boundary.

    The path keeps these roles apart from those of the bootstrap stack, which live at the root and are out of reach
    for whoever may change this one.
    """
    allowed = list(statements)
    policies = [iam.Policy(PolicyName="own", PolicyDocument=document(allowed))] if allowed else []
    return iam.Role(
        title,
        Path=path(deployment),
        AssumeRolePolicyDocument=assumed_by(service),
        PermissionsBoundary=boundary,
        Policies=policies,
        Tags=tags.listed(tags.of_deployment(deployment)),
    )


def path(deployment: str) -> str:
    """Return the IAM path of the roles and instance profiles that the deployment's stacks make."""
    return f"/{deployment}/"
