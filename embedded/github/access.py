"""Who may do what: unknown tokens, hidden repositories, missing permissions.

https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
"""

from embedded.github.comments import found
from embedded.github.errors import ApiError, not_found
from embedded.github.requests import Request, Route
from embedded.github.world import Token, World

ANONYMOUS = Token(login="", permissions={}, repositories=(), requests_per_hour=60)


def bearer(world: World, authorization: str) -> Token:
    """Return whose the request is; without a token it is anybody's. Refuses an unknown token with 401."""
    if not authorization:
        return ANONYMOUS
    token = world.tokens.get(authorization.split(" ", 1)[-1])
    if token is None:
        raise ApiError(401, "Bad credentials")
    return token


def check(route: Route, request: Request) -> None:
    """Refuse what the bearer may not do, as GitHub does: what may not be seen is not found."""
    if "repo" not in request.path:
        if request.token is ANONYMOUS:
            raise ApiError(401, "Requires authentication")
        return
    repository, token = request.repository, request.token
    inside = repository.full_name.lower() in {name.lower() for name in token.repositories}
    if repository.private and not inside:
        raise not_found()
    if not (route.public and not repository.private):
        if token is ANONYMOUS:
            raise ApiError(401, "Requires authentication")
        accepted = (route.permission, *_also_accepted(route, request))
        if not inside or not any(token.allows(permission, route.level) for permission in accepted):
            needed = "; ".join(f"{permission}={route.level}" for permission in accepted)
            raise ApiError(
                403, f"Resource not accessible by {token.kind}", headers={"X-Accepted-GitHub-Permissions": needed}
            )
    if route.level != "read" and repository.archived:
        raise ApiError(403, "Repository was archived so is read-only.")


def _also_accepted(route: Route, request: Request) -> tuple[str, ...]:
    """Return what else is accepted: for the issue behind a pull request, the permission on pull requests."""
    if route.permission != "issues" or not {"issue_number", "comment_id"} & request.path.keys():
        return ()
    issue = found(request)[0] if "comment_id" in request.path else request.issue
    return ("pull_requests",) if issue.is_pull_request else ()
