"""Who may do what: unknown tokens, hidden repositories, missing permissions.

https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
"""

from embedded.github import app_tokens
from embedded.github.app_registry import AppRegistry
from embedded.github.comments import found
from embedded.github.errors import ApiError, not_found
from embedded.github.requests import Request, Route
from embedded.github.world import Token, World

ANONYMOUS = Token(login="", permissions={}, repositories=(), requests_per_hour=60)


def bearer(world: World, registry: AppRegistry, authorization: str) -> Token:
    """Return whose the request is; without a token it is anybody's. Refuses an unknown or expired token with 401."""
    if not authorization:
        return ANONYMOUS
    text, now = authorization.split(" ", 1)[-1], world.clock.now()
    if app_tokens.is_app_token(text):
        return app_tokens.speaker(registry, text, now)
    token = world.tokens.get(text)
    if token is None or (token.expires_at is not None and token.expires_at <= now):
        raise ApiError(401, "Bad credentials")
    installation = registry.installations.get(token.installation_id or 0)
    if installation is not None and installation.suspended_at is not None:
        raise ApiError(403, "This installation has been suspended")
    return token


def check(route: Route, request: Request) -> None:
    """Refuse what the bearer may not do, as GitHub does: what may not be seen is not found."""
    if route.by_app:
        if request.token.app_id is None:
            raise app_tokens.undecodable()
        return
    if request.token.app_id is not None:
        raise ApiError(403, "Resource not accessible by integration")
    if "repo" in request.path:
        _check_repository(route, request)
    elif request.token is ANONYMOUS:
        raise ApiError(401, "Requires authentication")
    elif "org" in request.path:
        _check_organization(route, request)


def _check_organization(route: Route, request: Request) -> None:
    organization = request.path["org"]
    if request.token.account.lower() != organization.lower() or not request.world.is_organization(organization):
        raise not_found()
    if not request.token.allows(route.permission, route.level):
        raise _forbidden(request.token, (route.permission,), route.level)


def _check_repository(route: Route, request: Request) -> None:
    repository, token = request.repository, request.token
    inside = token.covers(repository)
    if repository.private and not inside:
        raise not_found()
    if not (route.public and not repository.private):
        if token is ANONYMOUS:
            raise ApiError(401, "Requires authentication")
        accepted = (route.permission, *_also_accepted(route, request))
        if not inside or not any(token.allows(permission, route.level) for permission in accepted):
            raise _forbidden(token, accepted, route.level)
    if route.level != "read" and repository.archived:
        raise ApiError(403, "Repository was archived so is read-only.")


def _forbidden(token: Token, accepted: tuple[str, ...], level: str) -> ApiError:
    needed = "; ".join(f"{permission}={level}" for permission in accepted)
    return ApiError(403, f"Resource not accessible by {token.kind}", headers={"X-Accepted-GitHub-Permissions": needed})


def _also_accepted(route: Route, request: Request) -> tuple[str, ...]:
    """Return what else is accepted: for the issue behind a pull request, the permission on pull requests."""
    if route.permission != "issues" or not {"issue_number", "comment_id"} & request.path.keys():
        return ()
    issue = found(request)[0] if "comment_id" in request.path else request.issue
    return ("pull_requests",) if issue.is_pull_request else ()
