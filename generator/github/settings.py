"""How a repository is set up for Actions: whether they run, its environments, its workflows."""

from dataclasses import dataclass
from typing import Any

from generator.github.connection import PER_PAGE, GitHub
from generator.github.errors import explained

ADMINISTRATION, ACTIONS = "administration: read", "actions: read"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A deployment environment; `limits_branches` tells whether it takes some branches only."""

    name: str
    limits_branches: bool


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """A workflow by its file's path; `state` is `active`, `disabled_inactivity` or another of GitHub's words."""

    path: str
    state: str


def runs_actions(github: GitHub) -> bool:
    """Tell whether the repository runs Actions at all.

    https://docs.github.com/en/rest/actions/permissions#get-github-actions-permissions-for-a-repository
    """
    with explained("read whether Actions are enabled", ADMINISTRATION):
        return bool(_get(github, "actions/permissions")["enabled"])


def environments(github: GitHub) -> tuple[Environment, ...]:
    """Return the repository's environments: https://docs.github.com/en/rest/deployments/environments#list-environments."""
    with explained("list environments", ACTIONS):
        answers = _get(github, "environments", {"per_page": PER_PAGE})["environments"]
        return tuple(
            Environment(name=one["name"], limits_branches=one.get("deployment_branch_policy") is not None)
            for one in answers
        )


def workflows(github: GitHub) -> tuple[Workflow, ...]:
    """Return the workflows of the default branch, and those that ran on others.

    https://docs.github.com/en/rest/actions/workflows#list-repository-workflows
    """
    with explained("list workflows", ACTIONS):
        answers = _get(github, "actions/workflows", {"per_page": PER_PAGE})["workflows"]
        return tuple(Workflow(path=one["path"], state=one["state"]) for one in answers)


def _get(github: GitHub, path: str, parameters: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
    _, answer = github.client.requester.requestJsonAndCheck(
        "GET", f"/repos/{github.full_name}/{path}", parameters=parameters
    )
    return answer
