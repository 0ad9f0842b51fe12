"""Self-hosted runners of organizations and repositories: https://docs.github.com/en/rest/actions/self-hosted-runners."""

from typing import Any

from embedded.github.action_shapes import group_json, runner_json
from embedded.github.errors import ApiError
from embedded.github.paging import PARAMETERS, page_of
from embedded.github.registration import encoded_jit_config
from embedded.github.requests import Answer, Request, Route
from embedded.github.shapes import web
from embedded.github.workflow_jobs import Runner

REQUIRED = {"name": str, "runner_group_id": int, "labels": list}
MOST_LABELS, LONGEST_NAME = 100, 64


def generate_jit_config(request: Request) -> Answer:
    """Register a runner, and return what its machine needs, once."""
    given = request.fields(*REQUIRED, "work_folder")
    _check(given)
    made = request.actions.roster.register(
        _scope(request), request.token.counted_as, **{**given, "labels": tuple(given["labels"])}
    )
    config = encoded_jit_config(made, web(request))
    return Answer(status=201, content={"runner": runner_json(made), "encoded_jit_config": config})


def list_runners(request: Request) -> Answer:
    """List the runners, all or those of one name."""
    query, everything = request.parameters("name", *PARAMETERS), request.actions.roster.of(_scope(request))
    found = [one for one in everything if query.get("name", one.name) == one.name]
    page, headers = page_of(request, found, request.below)
    return Answer(content={"total_count": len(found), "runners": [runner_json(one) for one in page]}, headers=headers)


def get_runner(request: Request) -> Answer:
    """Read one runner."""
    return Answer(content=runner_json(_runner(request)))


def delete_runner(request: Request) -> Answer:
    """Remove a runner; 422 while it has a job."""
    request.actions.remove(_runner(request))
    return Answer(status=204)


def list_groups(request: Request) -> Answer:
    """List the runner groups of an organization."""
    request.parameters(*PARAMETERS)
    organization = request.path["org"]
    found = request.actions.roster.groups_of(organization)
    page, headers = page_of(request, found, request.below)
    groups = [group_json(request, organization, one) for one in page]
    return Answer(content={"total_count": len(found), "runner_groups": groups}, headers=headers)


def _check(given: dict[str, Any]) -> None:
    for field, kind in REQUIRED.items():
        if field not in given:
            raise ApiError(422, f'Invalid request.\n\n"{field}" wasn\'t supplied.')
        if not isinstance(given[field], kind):
            raise ApiError(
                422, f"Invalid request.\n\nFor 'properties/{field}', {given[field]!r} is not {_article(kind)}."
            )
    if not 1 <= len(given["labels"]) <= MOST_LABELS:
        raise ApiError(422, f"Invalid request.\n\n1 to {MOST_LABELS} labels are accepted, not {len(given['labels'])}.")
    if not 1 <= len(given["name"]) <= LONGEST_NAME:
        raise ApiError(422, f"Invalid request.\n\nA name has 1 to {LONGEST_NAME} characters, not {len(given['name'])}.")


def _article(kind: type) -> str:
    return {str: "a string", int: "an integer", list: "an array"}[kind]


def _scope(request: Request) -> str:
    return request.repository.full_name if "repo" in request.path else request.path["org"]


def _runner(request: Request) -> Runner:
    return request.one_of(request.actions.roster.of(_scope(request)), "runner_id")


def _routes(scope: str, permission: str) -> tuple[Route, ...]:
    everything = f"{scope}/actions/runners"
    one = f"{everything}/<runner_id>"
    return (
        Route(
            method="POST", path=f"{everything}/generate-jitconfig", operation=generate_jit_config,
            permission=permission, level="write",
        ),
        Route(method="GET", path=everything, operation=list_runners, permission=permission),
        Route(method="GET", path=one, operation=get_runner, permission=permission),
        Route(method="DELETE", path=one, operation=delete_runner, permission=permission, level="write"),
    )  # fmt: skip


ROUTES = (
    *_routes("/orgs/<org>", "organization_self_hosted_runners"),
    *_routes("/repos/<owner>/<repo>", "administration"),
    Route(
        method="GET", path="/orgs/<org>/actions/runner-groups", operation=list_groups,
        permission="organization_self_hosted_runners",
    ),
)  # fmt: skip
