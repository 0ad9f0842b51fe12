"""The roles of GitHub's workflows: there, trusting what they should, and the boundary on all that the stacks made."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from generator.deployment import aws_errors
from generator.doctor.account import BOOTSTRAP
from generator.doctor.findings import Finding, ok, problem
from generator.doctor.trust_policy import TrustPolicy, parse
from generator.stacks.iam import path

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

REVERT = "revert the drift of the bootstrap stack: a change set with --deployment-mode REVERT_DRIFT"


def trust(iam: "IAMClient", role: str) -> tuple[TrustPolicy, ...] | None:
    """Read what a role trusts, None where there is no such role."""
    document = _role(iam, role)
    return None if document is None else parse(document["AssumeRolePolicyDocument"])


def compare(role: str, deployed: tuple[TrustPolicy, ...] | None, expected: TrustPolicy) -> Iterator[Finding]:
    """Yield how what a role trusts differs from what the bootstrap stack made it trust."""
    about = f"role {role}"
    if deployed is None:
        yield problem(about, "it does not exist", f"{BOOTSTRAP}; if the stack stands, {REVERT}")
    elif deployed == (expected,):
        yield ok(about, f"trusts {' or '.join(expected.of('sub'))}")
    elif len(deployed) != 1:
        said = f"{len(deployed)} statements let OIDC tokens in, expected one"
        yield problem(about, f"{said}: someone edited the role", REVERT)
    else:
        said = "; ".join(_differences(deployed[0], expected))
        yield problem(about, f"its trust policy was edited: {said}", REVERT)


def _differences(deployed: TrustPolicy, expected: TrustPolicy) -> Iterator[str]:
    if deployed.issuer != expected.issuer:
        yield f"issuer is {deployed.issuer}, expected {expected.issuer}"
    now = {(one.claim, one.operator): one.values for one in deployed.demands}
    should = {(one.claim, one.operator): one.values for one in expected.demands}
    for claim, operator in sorted(now.keys() | should.keys()):
        values = [_words(side.get((claim, operator))) for side in (now, should)]
        if values[0] != values[1]:
            yield f"{operator} {claim} is {values[0]}, expected {values[1]}"


def _words(values: tuple[str, ...] | None) -> str:
    return "not asked for" if values is None else " or ".join(values)


def boundary(iam: "IAMClient", deployment: str, policy_arn: str) -> Iterator[Finding]:
    """Yield whether the permissions boundary exists, and every role that the stacks made carries it."""
    about = "permissions boundary"
    try:
        iam.get_policy(PolicyArn=policy_arn)
    except ClientError as error:
        if aws_errors.code(error) != "NoSuchEntity":
            raise
        yield problem(about, f"{policy_arn} does not exist", f"{BOOTSTRAP}; if the stack stands, {REVERT}")
        return
    pages = iam.get_paginator("list_roles").paginate(PathPrefix=path(deployment))
    names = sorted(role["RoleName"] for page in pages for role in page["Roles"])
    bare = [name for name in names if not _carries(_role(iam, name), policy_arn)]
    for name in bare:
        remedy = f"`aws iam put-role-permissions-boundary --role-name {name} --permissions-boundary {policy_arn}`"
        yield problem(about, f"role {name} does not carry it: someone took it away", remedy)
    if not bare:
        yield ok(about, f"on each of the roles that the stacks made: {', '.join(names) or 'none yet'}")


def _carries(role: Mapping[str, Any] | None, policy_arn: str) -> bool:
    """Tell whether a role carries the boundary; one that is gone meanwhile needs none."""
    return role is None or role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") == policy_arn


def _role(iam: "IAMClient", name: str) -> Mapping[str, Any] | None:
    try:
        return iam.get_role(RoleName=name)["Role"]
    except ClientError as error:
        if aws_errors.code(error) == "NoSuchEntity":
            return None
        raise
