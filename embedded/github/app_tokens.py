"""How an App says who it is: a JWT that it signs with its own key.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
"""

from datetime import datetime
from typing import Any

import jwt
from jwt.types import Options

from embedded.github.app_registry import App, AppRegistry
from embedded.github.errors import ApiError
from embedded.github.world import Token

LONGEST_LIFE_SECONDS = 600
CLAIMS = ("exp", "iat", "nbf", "iss", "aud", "sub", "jti")  # times are held against the played clock, not the real one
CHECK_NOTHING: Options = dict.fromkeys((f"verify_{name}" for name in ("signature", *CLAIMS)), False)  # type: ignore[assignment]
CHECK_SIGNATURE: Options = {**CHECK_NOTHING, "verify_signature": True}


def is_app_token(text: str) -> bool:
    """Tell whether a bearer's text is a JWT; no other token has dots."""
    return text.count(".") == 2  # noqa: PLR2004 - header, claims, signature


def speaker(registry: AppRegistry, text: str, now: datetime) -> Token:
    """Return what the App that signed may do; refused with 401, an unknown one with 404, in GitHub's words."""
    app = _issuer(registry, _claims(text))
    for key in app.public_keys:
        try:
            _check_times(jwt.decode(text, key, algorithms=["RS256"], options=CHECK_SIGNATURE), int(now.timestamp()))
        except jwt.InvalidTokenError:
            continue
        return Token(login=app.slug, permissions={}, repositories=(), kind="app", app_id=app.id)
    raise undecodable()


def undecodable() -> ApiError:
    """Return the refusal of what is no JWT of an App."""
    return ApiError(401, "A JSON web token could not be decoded")


def _claims(text: str) -> dict[str, Any]:
    try:
        return jwt.decode(text, options=CHECK_NOTHING)
    except jwt.InvalidTokenError as error:
        raise undecodable() from error


def _issuer(registry: AppRegistry, claims: dict[str, Any]) -> App:
    if "iss" not in claims:
        raise ApiError(401, "Missing 'issuer' claim ('iss') in assertion")
    for app in registry.apps.values():
        if str(claims["iss"]) in (str(app.id), app.client_id):
            return app
    raise ApiError(404, "Integration not found")


def _check_times(claims: dict[str, Any], now: int) -> None:
    issued, ends = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int) or issued > now:
        raise ApiError(
            401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        )
    if not isinstance(ends, int) or ends <= now:
        raise ApiError(
            401,
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the "
            "assertion expires",
        )
    if ends - now > LONGEST_LIFE_SECONDS:
        raise ApiError(401, "'Expiration time' claim ('exp') is too far in the future")
