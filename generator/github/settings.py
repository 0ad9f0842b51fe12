"""How a repository is set up for Actions: whether they run, its environments, its workflows."""

from dataclasses import dataclass

from generator.github import answers
from generator.github.connection import GitHub
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
        return bool(answers.one(github, "actions/permissions", "enabled")["enabled"])


def environments(github: GitHub) -> tuple[Environment, ...]:
    """Return the repository's environments: https://docs.github.com/en/rest/deployments/environments#list-environments."""
    with explained("list environments", ACTIONS):
        found = answers.first_page(github, "environments", "environments")
        return tuple(
            Environment(name=one["name"], limits_branches=one.get("deployment_branch_policy") is not None)
            for one in found
        )


def workflows(github: GitHub) -> tuple[Workflow, ...]:
    """Return the workflows of the default branch, and those that ran on others.

    https://docs.github.com/en/rest/actions/workflows#list-repository-workflows
    """
    with explained("list workflows", ACTIONS):
        found = answers.first_page(github, "actions/workflows", "workflows")
        return tuple(Workflow(path=one["path"], state=one["state"]) for one in found)
