"""An OIDC token against the roles' trust policies, claim by claim: pure, and the token itself is never repeated."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt

from generator.doctor import remedies
from generator.doctor.trust_policy import Demand, TrustPolicy
from generator.errors import UsageError

Claims = Mapping[str, Any]
SHOWN = ("iss", "aud", "sub", "repository_id", "ref", "environment", "event_name")


@dataclass(frozen=True, kw_only=True)
class Mismatch:
    """One claim that keeps a token out: what it is (None: absent), what is accepted, and what to do."""

    claim: str
    is_now: str | None
    accepted: tuple[str, ...]
    remedy: str

    def __str__(self) -> str:
        """Return what is and what is accepted, without the remedy."""
        now = "absent" if self.is_now is None else repr(self.is_now)
        return f"{self.claim} is {now}, expected {' or '.join(repr(value) for value in self.accepted)}"


def decoded(token: str) -> Claims:
    """Return a token's claims; its signature is not verified, which is AWS's part. Raises UsageError."""
    try:
        claims: dict[str, Any] = jwt.decode(token.strip(), options={"verify_signature": False})
    except jwt.InvalidTokenError as error:
        raise UsageError(
            "--oidc-token is not a JSON Web Token, expected three parts with dots between them, as "
            "ACTIONS_ID_TOKEN_REQUEST_URL gives in `value`"
        ) from error
    return claims


def mismatches(claims: Claims, policy: TrustPolicy, now: datetime) -> tuple[Mismatch, ...]:
    """Return every claim for which a role with this trust policy refuses the token; none means that it is let in."""
    return tuple(_mismatches(claims, policy, now))


def _mismatches(claims: Claims, policy: TrustPolicy, now: datetime) -> Iterator[Mismatch]:
    yield from _times(claims, now)
    issuer = f"https://{policy.issuer}"
    if claims.get("iss") != issuer:
        yield _mismatch(claims, Demand(claim="iss", values=(issuer,)))
    yield from (_mismatch(claims, demand) for demand in policy.demands if not _accepts(demand, claims))


def _accepts(demand: Demand, claims: Claims) -> bool:
    value = claims.get(demand.claim)
    values = value if isinstance(value, list) else [value]
    return any(demand.accepts(None if one is None else str(one)) for one in values)


def _mismatch(claims: Claims, demand: Demand) -> Mismatch:
    value = claims.get(demand.claim)
    return Mismatch(
        claim=demand.claim,
        is_now=None if value is None else str(value),
        accepted=demand.values,
        remedy=remedies.of(demand, claims),
    )


def _times(claims: Claims, now: datetime) -> Iterator[Mismatch]:
    """Yield a token that has expired, or is not valid yet; AWS refuses one without `exp`."""
    expires_at, valid_from = moment(claims.get("exp")), moment(claims.get("nbf"))
    until = f"after {now:%Y-%m-%dT%H:%M:%SZ}"
    if expires_at is None or expires_at <= now:
        seen = None if expires_at is None else f"{expires_at:%Y-%m-%dT%H:%M:%SZ}"
        remedy = "tokens live for minutes: request one right before it is used, in the same job"
        yield Mismatch(claim="exp", is_now=seen, accepted=(until,), remedy=remedy)
    if valid_from is not None and valid_from > now:
        seen = f"{valid_from:%Y-%m-%dT%H:%M:%SZ}"
        remedy = "the clock of GitHub or of this machine is wrong: compare both with the time of day"
        yield Mismatch(claim="nbf", is_now=seen, accepted=(f"not {until}",), remedy=remedy)


def moment(seconds: object) -> datetime | None:
    """Return a NumericDate of RFC 7519 as an aware time, or None for anything else."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):  # beyond what a calendar holds
        return None


def shown(claims: Claims) -> str:
    """Return the claims that count in one line, quoted: whoever made the token chose what they hold."""
    expires_at = moment(claims.get("exp"))
    until = [] if expires_at is None else [f"exp is {expires_at:%Y-%m-%dT%H:%M:%SZ}"]
    return ", ".join([*(f"{name} is {claims[name]!r}" for name in SHOWN if name in claims), *until])
