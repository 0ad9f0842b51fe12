"""An OIDC token against trust policies, claim by claim."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from generator.doctor import explained
from generator.doctor.findings import Level
from generator.doctor.token import decoded, mismatches, shown
from generator.doctor.trust_policy import Demand, TrustPolicy
from generator.errors import UsageError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ISSUER = "token.actions.githubusercontent.com"
PREFIX = "repo:octo-org@7/runners@42"
MAIN = "refs/heads/main"


def claims(**fields: Any) -> dict[str, Any]:
    """Make the claims of a deploy job on main; a field of None is left out."""
    made = {
        "iss": f"https://{ISSUER}",
        "aud": "sts.amazonaws.com",
        "sub": f"{PREFIX}:environment:production",
        "repository_id": "42",
        "ref": MAIN,
        "environment": "production",
        "exp": (NOW + timedelta(minutes=5)).timestamp(),
        **fields,
    }
    return {name: value for name, value in made.items() if value is not None}


def a_role(*subjects: str, **others: str) -> TrustPolicy:
    demands = {"aud": ("sts.amazonaws.com",), "repository_id": ("42",), "sub": subjects}
    demands |= {claim: (value,) for claim, value in others.items()}
    return TrustPolicy(issuer=ISSUER, demands=tuple(Demand(claim=c, values=v) for c, v in sorted(demands.items())))


DEPLOY = a_role(f"{PREFIX}:environment:production", ref=MAIN, environment="production")
PLAN = a_role(f"{PREFIX}:pull_request", f"{PREFIX}:ref:{MAIN}")


def test_the_token_of_a_deploy_job_is_let_in() -> None:
    assert mismatches(claims(), DEPLOY, NOW) == ()


def test_one_of_several_audiences_is_enough() -> None:
    assert mismatches(claims(aud=["https://github.com/octo-org", "sts.amazonaws.com"]), DEPLOY, NOW) == ()


def test_an_id_that_is_a_number_counts_as_its_digits() -> None:
    assert mismatches(claims(repository_id=42), DEPLOY, NOW) == ()


@pytest.mark.parametrize(
    ("fields", "claim", "is_now", "remedy"),
    [
        ({"aud": "https://github.com/octo-org"}, "aud", "https://github.com/octo-org", "audience sts.amazonaws.com"),
        ({"aud": None}, "aud", None, "audience sts.amazonaws.com"),
        ({"iss": "https://token.actions.octo.ghe.com"}, "iss", "https://token.actions.octo.ghe.com", "another GitHub"),
        ({"iss": f"https://{ISSUER}/octo"}, "iss", f"https://{ISSUER}/octo", "include_enterprise_slug"),
        ({"repository_id": "43"}, "repository_id", "43", "made anew"),
        ({"ref": "refs/heads/x"}, "ref", "refs/heads/x", f"run the workflow on {MAIN}"),
        ({"environment": None}, "environment", None, "add `environment: production` to the job"),
        ({"exp": (NOW - timedelta(minutes=1)).timestamp()}, "exp", "2026-11-23T11:59:00Z", "request one right before"),
        ({"exp": NOW.timestamp()}, "exp", "2026-11-23T12:00:00Z", "request one right before"),
        ({"exp": None}, "exp", None, "request one right before"),
        ({"exp": True}, "exp", None, "request one right before"),
        ({"exp": 1e300}, "exp", None, "request one right before"),
        ({"nbf": (NOW + timedelta(hours=1)).timestamp()}, "nbf", "2026-11-23T13:00:00Z", "the clock"),
    ],
    ids=[
        "another audience", "no audience", "another GitHub", "an enterprise's own issuer", "another repository",
        "another branch", "no environment", "expired", "expires now", "without an end", "an end that is no number",
        "an end beyond all calendars", "not valid yet",
    ],
)  # fmt: skip
def test_one_claim_that_differs_is_named_with_its_remedy(
    fields: dict[str, Any], claim: str, is_now: str | None, remedy: str
) -> None:
    (found,) = mismatches(claims(**fields), DEPLOY, NOW)
    assert (found.claim, found.is_now) == (claim, is_now)
    assert remedy in found.remedy


@pytest.mark.parametrize(
    ("role", "subject", "remedy"),
    [
        (DEPLOY, "repo:octo-org/runners:environment:production", "subjects hold no ids: run `spot-runner bootstrap`"),
        (DEPLOY, "repo:octo-org@7/machines@42:environment:production", "renamed or moved to octo-org/machines"),
        (DEPLOY, "repo:octo-org@7/other@9:environment:production", "the token is of octo-org/other"),
        (DEPLOY, "repo:octo-org@7/Runners@42:environment:production", "spelled otherwise now"),
        (DEPLOY, f"{PREFIX}:environment:staging", "is staging: make it `environment: production`"),
        (DEPLOY, f"{PREFIX}:pull_request", "pull requests never get this role"),
        (DEPLOY, f"{PREFIX}:ref:{MAIN}", "the job has no environment: add `environment: production`"),
        (DEPLOY, "octo-org:runners", "its template is not GitHub's default"),
        (PLAN, f"{PREFIX}:environment:production", "remove it, or use the deploy role"),
        (PLAN, f"{PREFIX}:ref:refs/heads/x", f"run the workflow on {MAIN}"),
        (a_role(f"{PREFIX}:ref:{MAIN}"), f"{PREFIX}:pull_request", "give the job the plan role"),
        (a_role("${SubjectPrefix}:ref:x"), f"{PREFIX}:ref:{MAIN}", "trusts no subject of GitHub's default"),
    ],
    ids=[
        "without ids", "renamed", "another repository", "another spelling", "another environment", "a pull request",
        "a push without environment", "another template", "an environment for plan", "another branch for plan",
        "a pull request for operate", "a role without a prefix",
    ],
)  # fmt: skip
def test_a_subject_that_differs_is_told_apart(role: TrustPolicy, subject: str, remedy: str) -> None:
    (found,) = mismatches(claims(sub=subject), role, NOW)
    assert found.claim == "sub"
    assert remedy in found.remedy


def test_a_subject_with_ids_is_told_from_a_role_that_knows_none() -> None:
    old = a_role("repo:octo-org/runners:environment:production")
    (found,) = mismatches(claims(), old, NOW)
    assert "subjects hold ids now: run `spot-runner bootstrap`" in found.remedy


def test_a_condition_that_is_not_ours_is_said_to_be_someone_elses() -> None:
    (found,) = mismatches(claims(), a_role(f"{PREFIX}:environment:production", actor="octocat"), NOW)
    assert str(found) == "actor is absent, expected 'octocat'"
    assert "someone added this condition" in found.remedy


def test_each_role_is_explained_and_one_that_lets_the_token_in_is_enough() -> None:
    rows = list(explained.explain(claims(), {"x-plan": (PLAN,), "x-deploy": (DEPLOY,)}, NOW))
    assert [(row.about, row.level) for row in rows] == [
        ("token", Level.OK),
        ("token for x-deploy", Level.OK),
        ("token for x-plan", Level.WARNING),
    ]


def test_a_token_that_no_role_lets_in_is_a_problem() -> None:
    rows = list(explained.explain(claims(repository_id="1"), {"x-plan": (PLAN,), "x-deploy": (DEPLOY,)}, NOW))
    assert {row.level for row in rows[1:]} == {Level.PROBLEM}


def test_of_a_role_with_two_statements_the_nearer_one_is_explained() -> None:
    rows = list(explained.explain(claims(sub=f"{PREFIX}:pull_request"), {"x": (DEPLOY, PLAN)}, NOW))
    assert [row.said for row in rows[1:]] == ["would be accepted"]


def test_a_role_that_lets_no_token_in_says_so() -> None:
    rows = list(explained.explain(claims(), {"x": ()}, NOW))
    assert "lets no OIDC token in" in rows[1].said


def test_a_token_is_read_whoever_signed_it_and_however_old() -> None:
    text = jwt.encode(claims(exp=1), "not GitHub's key, and nobody asks", algorithm="HS256")
    assert decoded(f"{text}\n")["sub"] == f"{PREFIX}:environment:production"


@pytest.mark.parametrize("text", ["", "ghp_secret", "a.b.c", "{}", "é.é.é", "eyJhbGciOiJub25lIn0.WzFd."])
def test_what_is_no_token_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(UsageError, match="--oidc-token is not a JSON Web Token") as refused:
        decoded(text)
    assert not text.strip() or text not in str(refused.value)


def test_claims_are_shown_quoted_so_that_none_moves_the_terminal() -> None:
    assert "\x1b" not in shown(claims(sub="\x1b[2Jrepo"))
    assert "exp is 2026-11-23T12:05:00Z" in shown(claims())
