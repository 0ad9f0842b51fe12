"""A role is given to the tokens that its trust policy means, and to no others."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import jwt
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.core.utils import utcnow
from moto.sts.responses import TokenResponse

from embedded.aws.iam import web_identity
from embedded.aws.patches import Patches
from tests.embedded.iam.conftest import REGION, World

ISSUER = "token.example.com"
CLAIMS = {"iss": f"https://{ISSUER}", "aud": "sts.amazonaws.com", "sub": "repo:octo/x:ref:refs/heads/main", "n": 7}


@pytest.fixture(autouse=True)
def _judged() -> Iterator[None]:
    with Patches() as patches:
        web_identity.install(patches)
        yield


def token(**changes: object) -> str:
    exp = int(utcnow().timestamp()) + 86400
    return jwt.encode({"exp": exp, **CLAIMS, **changes}, "k" * 32)


def a_role(world: World, **conditions: object) -> str:
    """Make a provider, and a role for tokens of it that meet these conditions."""
    iam = world.admin("iam")
    provider = iam.create_open_id_connect_provider(Url=f"https://{ISSUER}", ClientIDList=["sts.amazonaws.com"])
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": provider["OpenIDConnectProviderArn"]},
        "Condition": {"StringEquals": {f"{ISSUER}:{claim}": value for claim, value in conditions.items()}},
    }
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    return str(iam.create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"])


def assumed(world: World, role_arn: str, given: str) -> Any:
    sts = boto3.client("sts", endpoint_url=world.url, region_name=REGION, config=Config(signature_version=UNSIGNED))
    return sts.assume_role_with_web_identity(RoleArn=role_arn, RoleSessionName="test", WebIdentityToken=given)


def refusal(world: World, role_arn: str, given: str) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        assumed(world, role_arn, given)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_token_that_the_trust_policy_means_is_given_the_role(world: World) -> None:
    role = a_role(world, sub=["repo:octo/x:pull_request", CLAIMS["sub"]], aud="sts.amazonaws.com", n="7")
    assert assumed(world, role, token())["Credentials"]["AccessKeyId"]


@pytest.mark.parametrize(
    "claim", [{"sub": "repo:octo/x:pull_request"}, {"n": 8}, {"sub": "repo:octo/x:ref:refs/heads/main2"}]
)
def test_a_token_with_another_claim_is_not(world: World, claim: dict[str, object]) -> None:
    role = a_role(world, sub=CLAIMS["sub"], n="7")
    code, said = refusal(world, role, token(**claim))
    assert (code, said) == ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")


def test_a_claim_that_a_token_lacks_meets_no_condition(world: World) -> None:
    assert refusal(world, a_role(world, environment="production"), token())[0] == "AccessDenied"


@pytest.mark.parametrize(
    "key",
    [f"{ISSUER}:branch", "token.example.org:sub", "sts:RoleSessionName", "aws:SourceArn"],
    ids=["a claim of nobody", "another issuer", "another key of STS", "a key of other requests"],
)
@pytest.mark.parametrize("operator", ["StringEquals", "StringNotEquals", "StringEqualsIfExists"])
def test_a_key_that_no_token_can_have_is_a_loud_error(world: World, key: str, operator: str) -> None:
    role, iam = a_role(world, sub=CLAIMS["sub"]), world.admin("iam")
    trust = iam.get_role(RoleName="worker")["Role"]["AssumeRolePolicyDocument"]
    trust["Statement"][0]["Condition"] = {operator: {key: "x"}}
    iam.update_assume_role_policy(RoleName="worker", PolicyDocument=json.dumps(trust))
    code, said = refusal(world, role, token())
    assert (code, f"condition key {key} is not known" in said) == ("NotEmulated", True)


def test_a_role_that_does_not_exist_is_nobodys(world: World) -> None:
    assert refusal(world, a_role(world).replace("worker", "boss"), token())[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"iss": "https://token.example.org"}, "InvalidIdentityToken"),
        ({"aud": "somebody else"}, "InvalidIdentityToken"),
        ({"exp": 1}, "ExpiredTokenException"),
    ],
    ids=["of another issuer", "for another audience", "expired"],
)
def test_a_token_that_the_provider_does_not_stand_for_is_refused(
    world: World, given: dict[str, object], code: str
) -> None:
    assert refusal(world, a_role(world), token(**given))[0] == code


def test_what_is_no_token_is_refused(world: World) -> None:
    assert refusal(world, a_role(world), "nonsense")[0] == "InvalidIdentityToken"


def test_moto_has_the_operation_that_is_replaced() -> None:
    assert callable(TokenResponse.assume_role_with_web_identity)
