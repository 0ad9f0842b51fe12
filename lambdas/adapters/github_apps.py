"""GitHub Apps as they sign in: the private key makes a JWT, the JWT a token of an installation, kept until it ends.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import jwt

from lambdas.adapters import github, secrets
from lambdas.adapters.errors import NotFoundError
from lambdas.adapters.github import Answer, Api, GitHubError, RefusedError
from lambdas.adapters.secrets import Kept, Secret
from lambdas.core import times

KEYS_KEPT = timedelta(minutes=5)
JWT_SECONDS = 540  # of the ten minutes that GitHub accepts
CLOCKS_DIFFER_SECONDS = 60
SPARE = timedelta(minutes=5)  # a token is replaced so long before it ends


class NoKeyError(GitHubError):
    """The secret holds no private key for an App: `spot-runner github-app check` tells what is missing."""


@dataclass(frozen=True, kw_only=True)
class Token:
    """An installation's token, a secret; `permissions` are what it may do, such as {"actions": "write"}."""

    value: str = field(repr=False)
    ends_at: datetime
    permissions: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Apps:
    """The Apps of a deployment, and what one container keeps of them; `owner` is whose jobs they serve."""

    api: Api
    owner: str
    secret: Secret
    keys: Kept = field(default_factory=Kept)
    tokens: dict[str, Token] = field(default_factory=dict)
    installations: dict[str, int] = field(default_factory=dict)


def token(apps: Apps, app_id: str, now: datetime) -> Token:
    """Return a token of an App's installation, a new one if there is none or it is about to end; raises GitHubError."""
    known = apps.tokens.get(app_id)
    if known is None or known.ends_at - SPARE <= now:
        path = f"/app/installations/{_installation(apps, app_id, now)}/access_tokens"
        made = as_app(apps, app_id, "POST", path, now).content
        known = Token(
            value=made["token"], ends_at=times.moment(made["expires_at"]), permissions=made.get("permissions", {})
        )
        apps.tokens[app_id] = known
    return known


def told(apps: Apps, app_id: str, installation_id: int | None) -> None:
    """Keep which installation of an App told of a job."""
    if installation_id is not None:
        apps.installations[app_id] = installation_id


def call(apps: Apps, app_id: str, method: str, path: str, body: object = None, *, now: datetime) -> Answer:
    """Make a request as an App's installation; a token that is not accepted any more is replaced once."""
    seconds = int(now.timestamp())
    try:
        return github.call(apps.api, method, path, token(apps, app_id, now).value, body, now_seconds=seconds)
    except RefusedError as error:
        if error.status != HTTPStatus.UNAUTHORIZED or apps.tokens.pop(app_id, None) is None:
            raise
    return github.call(apps.api, method, path, token(apps, app_id, now).value, body, now_seconds=seconds)


def requests_per_hour(apps: Apps, app_id: str, now: datetime) -> int | None:
    """Return how many requests an hour GitHub allows an App's installation, None where it counts none.

    The question itself is not counted. https://docs.github.com/en/rest/rate-limit/rate-limit
    """
    try:
        found = call(apps, app_id, "GET", "/rate_limit", now=now).content
    except RefusedError as error:
        if error.status != HTTPStatus.NOT_FOUND:  # GitHub Enterprise Server has limits only if it is told to
            raise
        return None
    return int(found["resources"]["core"]["limit"])


def as_app(apps: Apps, app_id: str, method: str, path: str, now: datetime) -> Answer:
    """Make a request as the App itself; raise NoKeyError if its key is not there."""
    seconds = int(now.timestamp())
    claims = {"iat": seconds - CLOCKS_DIFFER_SECONDS, "exp": seconds + JWT_SECONDS, "iss": app_id}
    try:
        signed = jwt.encode(claims, _key(apps, app_id, now), algorithm="RS256")
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError) as error:  # a public key has no method to sign
        raise NoKeyError(f"the key of App {app_id} is no private RSA key in PEM: {type(error).__name__}") from error
    return github.call(apps.api, method, path, signed, now_seconds=seconds)


def installation(apps: Apps, app_id: str, now: datetime) -> Mapping[str, Any]:
    """Return what GitHub tells of an App's installation at the owner, who is an organization or else a user.

    Raises RefusedError with status 404 where it is not installed.
    """
    owner = quote(apps.owner, safe="")
    try:
        found = as_app(apps, app_id, "GET", f"/orgs/{owner}/installation", now)
    except RefusedError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        found = as_app(apps, app_id, "GET", f"/users/{owner}/installation", now)
    return dict(found.content)


def _installation(apps: Apps, app_id: str, now: datetime) -> int:
    """Return the App's installation at the owner."""
    if app_id not in apps.installations:
        apps.installations[app_id] = int(installation(apps, app_id, now)["id"])
    return apps.installations[app_id]


def _key(apps: Apps, app_id: str, now: datetime) -> str:
    """Return an App's private key: the secret is one PEM, or JSON with a PEM for each App's id."""
    try:
        value = apps.keys.recent(lambda: (secrets.value(apps.secret),), now, KEYS_KEPT)[0].decode()
    except NotFoundError as error:
        raise NoKeyError(f"no private key was put into {apps.secret.arn}") from error
    if not value.startswith("{"):
        return value
    try:
        return str(json.loads(value)[app_id])
    except (ValueError, KeyError) as error:
        raise NoKeyError(f"the secret {apps.secret.arn} holds no key of App {app_id}") from error
