"""What to do when a role refuses a claim of GitHub's OIDC tokens.

https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generator.doctor.trust_policy import Demand

SUBJECT = re.compile(
    r"repo:(?P<owner>[^/@:]+)(@(?P<owner_id>\d+))?/(?P<name>[^/@:]+)(@(?P<id>\d+))?"
    r":(?P<kind>pull_request|ref|environment)(:(?P<value>.*))?"
)
BOOTSTRAP = "run `spot-runner bootstrap`, which reads it from GitHub"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A subject of GitHub's default template; `kind` is pull_request, ref or environment."""

    owner: str
    name: str
    ids: tuple[str | None, str | None]
    kind: str
    value: str

    @property
    def repository(self) -> str:
        """Return `owner/name`."""
        return f"{self.owner}/{self.name}"


def subject(text: str) -> Subject | None:
    """Read a subject, or return None for one of another template."""
    read = SUBJECT.fullmatch(text)
    if read is None:
        return None
    ids = (read["owner_id"], read["id"])
    return Subject(owner=read["owner"], name=read["name"], ids=ids, kind=read["kind"], value=read["value"] or "")


def of(demand: Demand, claims: Mapping[str, Any]) -> str:
    """Return what makes the token fit, for one claim that does not."""
    expected = " or ".join(demand.values)
    known = {
        "aud": f"ask for a token with audience {expected}: `audience:` of aws-actions/configure-aws-credentials",
        "iss": _of_issuer(str(claims.get("iss", "")), expected),
        "sub": _of_subject(str(claims.get("sub", "")), demand),
        "repository_id": f"the token is of another repository, or of one that was made anew: {BOOTSTRAP}",
        "ref": f"run the workflow on {expected}; if the default branch was renamed, {BOOTSTRAP}",
        "environment": f"add `environment: {expected}` to the job",
    }
    return known.get(demand.claim, f"someone added this condition to the role: remove it, or make {demand.claim} fit")


def _of_issuer(issuer: str, expected: str) -> str:
    if issuer.startswith(f"{expected}/"):
        return (
            "the enterprise has an issuer of its own: switch its `include_enterprise_slug` off (PUT /enterprises/"
            "{enterprise}/actions/oidc/customization/issuer), since roles trust the common one"
        )
    return (
        "the token is of another GitHub: correct github.serverUrl in spot-runner.yaml, then run `spot-runner bootstrap`"
    )


def _of_subject(text: str, demand: Demand) -> str:
    token = subject(text)
    wanted = [read for value in demand.values if (read := subject(value))]
    if token is None:
        return (
            "its template is not GitHub's default: `gh api --method PUT repos/OWNER/REPO/actions/oidc/customization/sub"
            " -F use_default=true`"
        )
    if not wanted:
        return f"the role trusts no subject of GitHub's default template: {BOOTSTRAP}"
    return _of_repository(token, wanted[0]) or _of_context(token, {one.kind: one.value for one in wanted})


def _of_repository(token: Subject, wanted: Subject) -> str:
    """Return the remedy where the subject begins otherwise, or nothing where it begins as it should."""
    same_name = token.repository.casefold() == wanted.repository.casefold()
    if same_name and token.ids != wanted.ids:
        return f"the repository's subjects {'hold ids now' if any(token.ids) else 'hold no ids'}: {BOOTSTRAP}"
    if not same_name and any(token.ids) and token.ids == wanted.ids:
        return f"{wanted.repository} was renamed or moved to {token.repository}: {BOOTSTRAP}"
    if not same_name:
        return (
            f"the token is of {token.repository}, the role trusts {wanted.repository}: run the workflow there, or, if "
            f"that was renamed, {BOOTSTRAP}"
        )
    return "" if token.repository == wanted.repository else f"the repository is spelled otherwise now: {BOOTSTRAP}"


def _of_context(token: Subject, wanted: Mapping[str, str]) -> str:
    """Return the remedy where the event, the branch or the environment is not the role's."""
    if "environment" in wanted:
        named = f"`environment: {wanted['environment']}`"
        if token.kind == "environment":
            return f"the job's environment is {token.value}: make it {named}"
        if token.kind == "pull_request":
            return (
                f"pull requests never get this role: give the job the plan role, or run it after the merge with {named}"
            )
        return f"the job has no environment: add {named}"
    if token.kind == "environment":
        return "a job with `environment:` does not get this role: remove it, or use the deploy role"
    if token.kind == "pull_request":
        return "pull requests never get this role: give the job the plan role"
    return f"run the workflow on {wanted.get('ref', 'a pull request')}; if the default branch was renamed, {BOOTSTRAP}"
