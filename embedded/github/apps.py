"""What an App asks about itself, by its JWT or by an installation's token: https://docs.github.com/en/rest/apps/apps."""

from embedded.github.app_registry import App, Installation
from embedded.github.app_shapes import app_json, hook_config_json, installation_json
from embedded.github.clock import stamp
from embedded.github.errors import ApiError, not_found
from embedded.github.paging import PARAMETERS, page_of
from embedded.github.requests import Answer, Request, Route
from embedded.github.shapes import repository_json
from embedded.github.world import LEVELS, Repository


def get_app(request: Request) -> Answer:
    """Read the App."""
    return Answer(content=app_json(request, _app(request), len(_installations(request))))


def get_hook_config(request: Request) -> Answer:
    """Read where the App's deliveries go."""
    return Answer(content=hook_config_json(_app(request)))


def list_installations(request: Request) -> Answer:
    """List where the App is installed."""
    request.parameters(*PARAMETERS)
    page, headers = page_of(request, _installations(request), request.below)
    return Answer(content=[installation_json(request, one) for one in page], headers=headers)


def get_installation(request: Request) -> Answer:
    """Read one installation."""
    return Answer(content=installation_json(request, _installation(request)))


def get_organization_installation(request: Request) -> Answer:
    """Read where the App is installed in an organization."""
    return _of_account(request, request.path["org"], is_organization=True)


def get_user_installation(request: Request) -> Answer:
    """Read where the App is installed with a person."""
    return _of_account(request, request.path["username"], is_organization=False)


def get_repository_installation(request: Request) -> Answer:
    """Read by which installation the App sees a repository."""
    found = request.registry.of_account(request.token.app_id, request.repository.owner)
    if found is None or not found.covers(request.repository):
        raise not_found()
    return Answer(content=installation_json(request, found))


def create_access_token(request: Request) -> Answer:
    """Make a token for an hour, with all of the installation's permissions and repositories or with fewer."""
    installation, given = _installation(request), request.fields("permissions", "repositories", "repository_ids")
    if installation.suspended_at is not None:
        raise ApiError(403, "This installation has been suspended")
    permissions = given.get("permissions", installation.permissions)
    _check_permissions(installation, permissions)
    chosen = _chosen(request, installation, given)
    names = installation.repositories if chosen is None else tuple(one.full_name for one in chosen)
    text, token = request.registry.mint(installation, permissions, names)
    selected = {} if chosen is None else {"repositories": [repository_json(request, one) for one in chosen]}
    content = {
        "token": text, "expires_at": stamp(token.expires_at or request.world.clock.now()),
        "permissions": dict(permissions), "repository_selection": "all" if names is None else "selected", **selected,
    }  # fmt: skip
    return Answer(status=201, content=content)


def list_repositories(request: Request) -> Answer:
    """List what an installation covers, by its own token."""
    request.parameters(*PARAMETERS)
    if request.token.installation_id is None:
        raise ApiError(
            403, "You must authenticate with an installation access token in order to list repositories for an "
            "installation."
        )  # fmt: skip
    covered = [one for one in request.world.repositories.values() if request.token.covers(one)]
    page, headers = page_of(request, covered, request.below)
    content = {
        "total_count": len(covered), "repositories": [repository_json(request, one) for one in page],
        "repository_selection": "all" if request.token.repositories is None else "selected",
    }  # fmt: skip
    return Answer(content=content, headers=headers)


def _check_permissions(installation: Installation, wanted: dict[str, str]) -> None:
    for name, level in wanted.items():
        if LEVELS.index(level) > LEVELS.index(installation.permissions.get(name, "none")):
            raise ApiError(422, "The permissions requested are not granted to this installation.")


def _chosen(request: Request, installation: Installation, given: dict[str, list[str | int]]) -> list[Repository] | None:
    names, ids = given.get("repositories"), given.get("repository_ids")
    if names is None and ids is None:
        return None
    wanted = {str(one).lower() for one in [*(names or ()), *(ids or ())]}
    found = [
        one
        for one in request.world.repositories.values()
        if installation.covers(one) and {one.name.lower(), str(one.id)} & wanted
    ]
    if len(found) != len(wanted):
        raise ApiError(
            422, "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
    return found


def _of_account(request: Request, account: str, *, is_organization: bool) -> Answer:
    found = request.registry.of_account(request.token.app_id, account)
    if found is None or request.world.is_organization(account) != is_organization:
        raise not_found()
    return Answer(content=installation_json(request, found))


def _app(request: Request) -> App:
    return request.registry.apps[request.token.app_id or 0]


def _installations(request: Request) -> list[Installation]:
    return [one for one in request.registry.installations.values() if one.app.id == request.token.app_id]


def _installation(request: Request) -> Installation:
    return request.one_of(_installations(request), "installation_id")


ONE = "/app/installations/<installation_id>"
ROUTES = (
    Route(method="GET", path="/app", operation=get_app, by_app=True),
    Route(method="GET", path="/app/hook/config", operation=get_hook_config, by_app=True),
    Route(method="GET", path="/app/installations", operation=list_installations, by_app=True),
    Route(method="GET", path=ONE, operation=get_installation, by_app=True),
    Route(method="POST", path=f"{ONE}/access_tokens", operation=create_access_token, by_app=True),
    Route(method="GET", path="/installation/repositories", operation=list_repositories),
    Route(method="GET", path="/orgs/<org>/installation", operation=get_organization_installation, by_app=True),
    Route(method="GET", path="/users/<username>/installation", operation=get_user_installation, by_app=True),
    Route(method="GET", path="/repos/<owner>/<repo>/installation", operation=get_repository_installation, by_app=True),
)
