"""Trust policies as values, from roles as they are deployed and from the rendered template."""

import json
from typing import Any

import pytest

from generator.doctor import roles
from generator.doctor.aws_side import wanted_bootstrap
from generator.doctor.expected import trust_policies
from generator.doctor.findings import Level
from generator.doctor.trust_policy import Demand, TrustPolicy, parse
from generator.inputs.project import load_settings
from generator.inputs.settings import Settings
from tests import team

ISSUER = "token.actions.githubusercontent.com"
DEPLOYED = {"SubjectPrefix": "repo:octo-org@7/runners@42", "RepositoryId": "42", "BranchRef": "refs/heads/trunk"}


def a_document(**fields: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}"},
        "Condition": {"StringEquals": {f"{ISSUER}:sub": "repo:o/r:pull_request"}},
        **fields,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def settings(server_url: str = "https://github.com") -> Settings:
    whole = load_settings(team.FOLDER)
    return whole.model_copy(update={"github": whole.github.model_copy(update={"server_url": server_url})})


def expected(server_url: str = "https://github.com") -> dict[str, TrustPolicy]:
    wanted = wanted_bootstrap(settings(server_url), DEPLOYED)
    return trust_policies(wanted.body, wanted.parameters)


def test_a_document_is_read_claim_by_claim() -> None:
    assert parse(a_document()) == (
        TrustPolicy(issuer=ISSUER, demands=(Demand(claim="sub", values=("repo:o/r:pull_request",)),)),
    )


@pytest.mark.parametrize(
    "fields",
    [{"Effect": "Deny"}, {"Action": "sts:AssumeRole"}, {"Principal": {"Service": "ec2.amazonaws.com"}}],
    ids=["a denial", "another action", "a service"],
)
def test_what_lets_no_oidc_token_in_is_passed_over(fields: dict[str, Any]) -> None:
    assert parse(a_document(**fields)) == ()


@pytest.mark.parametrize(
    ("operator", "values", "value", "accepted"),
    [
        ("StringEquals", ("a", "b"), "b", True),
        ("StringEquals", ("a*",), "ab", False),
        ("StringLike", ("repo:o/r:*",), "repo:o/r:pull_request", True),
        ("StringLike", ("repo:o/[rs]:*",), "repo:o/r:x", False),
        ("StringLike", ("A",), "a", False),
        ("StringNotEquals", ("a",), "b", False),
        ("StringEquals", ("a",), None, False),
    ],
)
def test_values_are_matched_as_iam_does(
    operator: str, values: tuple[str, ...], value: str | None, *, accepted: bool
) -> None:
    assert Demand(claim="sub", operator=operator, values=values).accepts(value) is accepted


def test_the_template_says_what_roles_trust_with_what_is_deployed() -> None:
    found = expected()
    assert sorted(found) == ["spot-runner-deploy", "spot-runner-operate", "spot-runner-plan"]
    assert found["spot-runner-deploy"].of("sub") == ("repo:octo-org@7/runners@42:environment:production",)
    assert found["spot-runner-deploy"].of("ref") == ("refs/heads/trunk",)
    assert found["spot-runner-plan"].of("repository_id") == ("42",)
    assert found["spot-runner-plan"].issuer == ISSUER


@pytest.mark.parametrize(
    ("server_url", "issuer"),
    [
        ("https://octo.ghe.com", "token.actions.octo.ghe.com"),
        ("https://git.example.com", "git.example.com/_services/token"),
    ],
)
def test_another_github_has_its_own_issuer_and_only_sub_and_aud(server_url: str, issuer: str) -> None:
    policy = expected(server_url)["spot-runner-deploy"]
    assert policy.issuer == issuer
    assert [demand.claim for demand in policy.demands] == ["aud", "sub"]


def test_a_role_as_the_stack_made_it_is_well() -> None:
    policy = expected()["spot-runner-plan"]
    (row,) = roles.compare("spot-runner-plan", (policy,), policy)
    assert row.level is Level.OK


def edited(policy: TrustPolicy, **fields: Any) -> tuple[TrustPolicy, ...]:
    demands = {demand.claim: demand for demand in policy.demands} | fields
    return (TrustPolicy(issuer=policy.issuer, demands=tuple(sorted((d for d in demands.values() if d), key=repr))),)


@pytest.mark.parametrize(
    ("deployed", "said"),
    [
        (None, "it does not exist"),
        ((), "0 statements let OIDC tokens in, expected one"),
        (
            edited(expected()["spot-runner-plan"], repository_id=None),
            "StringEquals repository_id is not asked for, expected 42",
        ),
        (
            edited(expected()["spot-runner-plan"], sub=Demand(claim="sub", values=("repo:*",), operator="StringLike")),
            "StringLike sub is repo:*, expected not asked for",
        ),
        ((TrustPolicy(issuer="evil.example", demands=()),), "issuer is evil.example, expected token.actions"),
    ],
    ids=["gone", "closed", "a condition less", "a wildcard", "another issuer"],
)
def test_a_role_that_was_changed_by_hand_is_a_problem(deployed: tuple[TrustPolicy, ...] | None, said: str) -> None:
    (row,) = roles.compare("spot-runner-plan", deployed, expected()["spot-runner-plan"])
    assert row.level is Level.PROBLEM
    assert said in row.said


def test_a_document_with_lists_and_one_without_are_the_same() -> None:
    one, many = a_document(), a_document(Action=["sts:AssumeRoleWithWebIdentity"])
    many["Statement"] = many["Statement"][0]
    assert parse(json.loads(json.dumps(one))) == parse(many)
