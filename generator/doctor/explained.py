"""An OIDC token in words: which role lets it in, and what keeps it out of the others."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from generator.doctor.findings import Finding, ok, problem, warning
from generator.doctor.token import Claims, mismatches, shown
from generator.doctor.trust_policy import TrustPolicy

Trusted = Mapping[str, tuple[TrustPolicy, ...]]


def explain(claims: Claims, roles: Trusted, now: datetime) -> Iterator[Finding]:
    """Yield what the token says, then a row per role; a token that no role lets in is a problem."""
    yield ok("token", f"{shown(claims)} (its signature is not verified here)")
    judged = {role: [mismatches(claims, policy, now) for policy in policies] for role, policies in roles.items()}
    accepted = {role for role, attempts in judged.items() if any(not each for each in attempts)}
    refused = problem if not accepted else warning
    for role, attempts in sorted(judged.items()):
        if role in accepted:
            yield ok(f"token for {role}", "would be accepted")
            continue
        nearest = min(attempts, key=len, default=())
        for one in nearest:
            yield refused(f"token for {role}", f"would be refused: {one}", one.remedy)
        if not attempts:
            yield refused(f"token for {role}", "the role lets no OIDC token in", "run `spot-runner bootstrap`")
