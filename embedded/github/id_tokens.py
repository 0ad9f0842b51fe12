"""OIDC tokens of jobs: each job asks with a token of its own, and is told who it is.

The signature is by a key that nobody knows: who reads these tokens believes them unseen.
https://docs.github.com/en/actions/reference/security/oidc
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt

from embedded.github.clock import Clock
from embedded.github.errors import ApiError
from embedded.github.requests import Answer
from embedded.github.world import Repository, World

PATH = "/id-token"
ISSUER = "https://token.actions.githubusercontent.com"
LIFE = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Job:
    """One job with `id-token: write`; of a pull request, a branch, or an environment of a branch."""

    repository: Repository
    event: str = "push"
    ref: str = "refs/heads/main"
    environment: str = ""


class IdTokens:
    """The jobs that run, by the token with which each asks."""

    def __init__(self, world: World, clock: Clock, issuer: str) -> None:
        self._world, self._clock, self._issuer = world, clock, issuer
        self._jobs, self._key = dict[str, Job](), secrets.token_hex(32)

    def environ(self, job: Job, server_url: str) -> dict[str, str]:
        """Return what a job finds in its environment."""
        asking = secrets.token_hex(16)
        self._jobs[asking] = job
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{server_url}{PATH}?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": asking,
        }

    def answer(self, authorization: str, audience: str | None) -> Answer:
        """Answer a job that asks who it is; anybody else is refused."""
        job = self._jobs.get(authorization.removeprefix("Bearer "))
        if job is None:
            raise ApiError(401, "Unauthorized")
        claims = {**self.claims(job), "aud": audience or f"https://github.com/{job.repository.owner}"}
        return Answer(content={"count": 1, "value": jwt.encode(claims, self._key, algorithm="HS256")})

    def claims(self, job: Job) -> dict[str, Any]:
        """Return what a token says of a job, but for whom it is meant."""
        now, it = self._clock.now(), job.repository
        of_event = "pull_request" if job.event == "pull_request" else f"ref:{job.ref}"
        context = f"environment:{job.environment}" if job.environment else of_event
        claims = {
            "iss": self._issuer,
            "sub": f"{self._world.subject_prefix(it)}:{context}",
            "iat": int(now.timestamp()),
            "exp": int((now + LIFE).timestamp()),
            "jti": secrets.token_hex(16),
            "repository": it.full_name,
            "repository_id": str(it.id),
            "repository_owner": it.owner,
            "repository_owner_id": str(self._world.user_id(it.owner)),
            "event_name": job.event,
            "ref": job.ref,
        }
        return claims | ({"environment": job.environment} if job.environment else {})
