"""How a repository is set up for Actions.

https://docs.github.com/en/rest/actions/permissions and https://docs.github.com/en/rest/deployments/environments
"""

from typing import Any

from embedded.github.clock import stamp
from embedded.github.paging import PARAMETERS, page_of
from embedded.github.repositories import REPOSITORY
from embedded.github.requests import Answer, Request, Route
from embedded.github.shapes import web, workflow_json

ANY_BRANCH = None
SELECTED_BRANCHES = {"protected_branches": False, "custom_branch_policies": True}


def get_permissions(request: Request) -> Answer:
    """Read whether Actions are enabled."""
    return Answer(content={"enabled": request.repository.actions_enabled})


def list_workflows(request: Request) -> Answer:
    """List the workflows."""
    return _listed(
        request, "actions/workflows", [workflow_json(request, one) for one in request.repository.workflows.values()]
    )


def list_environments(request: Request) -> Answer:
    """List the environments."""
    found = [
        _environment(request, number, name, limited=limited)
        for number, (name, limited) in enumerate(request.repository.environments.items(), start=1)
    ]
    return _listed(request, "environments", found)


def _listed(request: Request, path: str, everything: list[dict[str, Any]]) -> Answer:
    request.parameters(*PARAMETERS)
    page, headers = page_of(request, everything, f"/{path}")
    return Answer(content={"total_count": len(everything), path.rpartition("/")[2]: page}, headers=headers)


def _environment(request: Request, number: int, name: str, *, limited: bool) -> dict[str, Any]:
    it = request.repository
    return {
        "id": number, "node_id": f"EN_{number}", "name": name,
        "url": f"{request.api}/repos/{it.full_name}/environments/{name}",
        "html_url": f"{web(request)}/{it.full_name}/deployments/activity_log?environments_filter={name}",
        "created_at": stamp(it.created_at), "updated_at": stamp(it.created_at), "protection_rules": [],
        "deployment_branch_policy": SELECTED_BRANCHES if limited else ANY_BRANCH,
    }  # fmt: skip


ACTIONS = f"{REPOSITORY}/actions"
ROUTES = (
    Route(method="GET", path=f"{ACTIONS}/permissions", operation=get_permissions, permission="administration"),
    Route(method="GET", path=f"{ACTIONS}/workflows", operation=list_workflows, permission="actions", public=True),
    Route(
        method="GET", path=f"{REPOSITORY}/environments", operation=list_environments, permission="actions", public=True
    ),
)
