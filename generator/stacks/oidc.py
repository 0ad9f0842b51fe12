"""Who of GitHub may assume which role: the OIDC provider and the trust policies.

A condition key such as `<issuer host>:sub` is a JSON key, in which CloudFormation resolves nothing, and the issuer
differs by environment. So a trust policy is one string of JSON under Fn::Sub: AWS::IAM::Role takes its
AssumeRolePolicyDocument as an object or as a string.
"""

import json
from collections.abc import Iterable
from typing import Any

from troposphere import Equals, If, Parameter, Ref, Sub, iam

from generator.stacks import tags
from generator.stacks.iam import VERSION

AUDIENCE = "sts.amazonaws.com"
GITHUB_COM = "token.actions.githubusercontent.com"
CREATES_PROVIDER = "CreatesOidcProvider"
CHECKS_CLAIMS = "ChecksProviderClaims"
ENVIRONMENT = "EnvironmentName"
PROVIDER_ARN = "arn:${AWS::Partition}:iam::${AWS::AccountId}:oidc-provider/${IssuerHost}"

ON_PULL_REQUEST = "${SubjectPrefix}:pull_request"
ON_BRANCH = "${SubjectPrefix}:ref:${BranchRef}"
IN_ENVIRONMENT = "${SubjectPrefix}:environment:${EnvironmentName}"


def parameters() -> tuple[Parameter, ...]:
    """Return the stack's parameters; those without a default are read from GitHub by `spot-runner bootstrap`."""
    texts = (Parameter(name, Type="String", **rest) for name, rest in TEXTS.items())
    choices = (
        Parameter(name, Type="String", Default="true", AllowedValues=["true", "false"], Description=description)
        for name, description in CHOICES.items()
    )
    return (*texts, *choices)


def conditions() -> dict[str, Equals]:
    """Return the template's conditions, by name."""
    return {name: Equals(Ref(name), "true") for name in (CREATES_PROVIDER, CHECKS_CLAIMS)}


def provider(deployment: str) -> iam.OIDCProvider:
    """Return the OIDC provider; IAM verifies it by its certificate authority, so no thumbprint is named."""
    return iam.OIDCProvider(
        "OidcProvider",
        Condition=CREATES_PROVIDER,
        DeletionPolicy="Retain",  # other deployments of the account may trust it by now
        UpdateReplacePolicy="Retain",
        Url=Sub("https://${IssuerHost}"),
        ClientIdList=[AUDIENCE],
        Tags=tags.listed(tags.of_deployment(deployment)),
    )


def trust(subjects: Iterable[str], claims: dict[str, str]) -> If:
    """Return the trust policy of a role for exactly these subjects of this repository.

    `claims` are further claims and their values. STS knows them, and `repository_id`, of github.com's issuer; of
    others it may know `sub` and `aud` alone.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
    """
    always: dict[str, Any] = {"aud": AUDIENCE, "sub": sorted(subjects)}
    known = always | {"repository_id": "${RepositoryId}"} | claims
    return If(CHECKS_CLAIMS, Sub(_document(known)), Sub(_document(always)))


def _document(claims: dict[str, Any]) -> str:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": PROVIDER_ARN},
        "Condition": {"StringEquals": {f"${{IssuerHost}}:{claim}": value for claim, value in claims.items()}},
    }
    return json.dumps({"Version": VERSION, "Statement": [statement]}, sort_keys=True, separators=(",", ":"))


TEXTS = {
    "IssuerHost": {
        "Default": GITHUB_COM,
        "AllowedPattern": r"[a-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9/_.-]*[A-Za-z0-9_-])?",
        "Description": "Issuer of GitHub's OIDC tokens without https://, such as token.actions.githubusercontent.com",
    },
    # No wildcards and no quotes: it becomes part of a policy's text.
    "SubjectPrefix": {
        "AllowedPattern": r"repo:[A-Za-z0-9_.@-]+/[A-Za-z0-9_.@-]+",
        "Description": "sub_claim_prefix of GET /repos/{owner}/{repo}/actions/oidc/customization/sub",
    },
    "RepositoryId": {"AllowedPattern": "[0-9]+", "Description": "id of GET /repos/{owner}/{repo}"},
    "BranchRef": {
        "Default": "refs/heads/main",
        "AllowedPattern": r"refs/heads/[A-Za-z0-9_./-]+",
        "Description": "The branch whose workflows deploy",
    },
    ENVIRONMENT: {
        "Default": "production",
        "AllowedPattern": "[A-Za-z0-9_.-]+",
        "Description": "The GitHub environment in which workflows deploy",
    },
}
CHOICES = {
    CREATES_PROVIDER: "false if the account has a provider of this issuer already: there is one per URL and account",
    CHECKS_CLAIMS: "false where STS knows only aud and sub of the issuer, as on GitHub Enterprise Server",
}
