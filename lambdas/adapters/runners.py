"""Runners in GitHub: one made for a machine by a JIT configuration, and removed before the machine is.

An App that may manage the organization's runners makes them there, any other in the job's repository.
https://docs.github.com/en/rest/actions/self-hosted-runners
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from lambdas.adapters import github, github_apps
from lambdas.adapters.github import Answer, GitHubError, RefusedError
from lambdas.adapters.github_apps import Apps

ORGANIZATION = "organization_self_hosted_runners"  # the permission
DEFAULT_GROUP = "default"
DEFAULT_GROUP_ID = 1  # also of repositories, which have no groups
WORK_FOLDER = "_work"


class NoGroupError(GitHubError):
    """The organization has no runner group of the name that the preset says."""


class BusyError(RefusedError):
    """The runner runs a job: nothing may be done to it."""


@dataclass(frozen=True, kw_only=True)
class Runner:
    """A runner to be: its name is the instance's id, its labels are exactly the job's."""

    name: str
    labels: tuple[str, ...]
    repository: str
    group: str


@dataclass(frozen=True, kw_only=True)
class JitConfig:
    """GitHub's single-use registration of one runner; `requests_per_hour` is what it allows the App."""

    runner_id: int
    encoded: str = field(repr=False)
    requests_per_hour: int | None = None


@dataclass(frozen=True, kw_only=True)
class State:
    """What GitHub says of a runner now."""

    runner_id: int
    name: str
    is_online: bool
    is_busy: bool


@dataclass(frozen=True, kw_only=True)
class Registry:
    """Where one container registers runners, as which App, and the groups that it knows, by name in lower case."""

    apps: Apps
    groups: dict[str, int] = field(default_factory=dict)


def check(registry: Registry, app_id: str, repository: str, group: str, now: datetime) -> None:
    """Raise GitHubError if no runner could be made now: no key, no token, no such group; what is known is not asked."""
    _group_id(registry, app_id, _scope(registry, app_id, repository, now), group, now)


def register(registry: Registry, app_id: str, runner: Runner, now: datetime) -> JitConfig:
    """Make a runner; one of that name, left by somebody who died before he could say so, is removed first.

    Raises GitHubError.
    """
    try:
        return _made(registry, app_id, runner, now)
    except RefusedError as error:
        if error.status != HTTPStatus.CONFLICT:
            raise
    remove_by_name(registry, app_id, runner.repository, runner.name, now)
    return _made(registry, app_id, runner, now)


def remove_by_name(registry: Registry, app_id: str, repository: str, name: str, now: datetime) -> None:
    """Remove the runner of a name, if there is one; raise BusyError while it runs a job."""
    scope = _scope(registry, app_id, repository, now)
    path = f"{scope}/actions/runners?name={quote(name, safe='')}&per_page={github.PAGE}"
    for found in github_apps.call(registry.apps, app_id, "GET", path, now=now).content["runners"]:
        if found["name"] == name:
            remove(registry, app_id, repository, int(found["id"]), now)


def remove(registry: Registry, app_id: str, repository: str, runner_id: int, now: datetime) -> None:
    """Remove a runner; that it is gone already is fine. Raises BusyError while it runs a job."""
    scope = _scope(registry, app_id, repository, now)
    try:
        github_apps.call(registry.apps, app_id, "DELETE", f"{scope}/actions/runners/{runner_id}", now=now)
    except RefusedError as error:
        if error.status == HTTPStatus.UNPROCESSABLE_ENTITY:
            raise BusyError(str(error), error.status) from error
        if error.status != HTTPStatus.NOT_FOUND:
            raise


def state(registry: Registry, app_id: str, repository: str, runner_id: int, now: datetime) -> State | None:
    """Return what GitHub says of a runner, or None if it knows none of that id."""
    scope = _scope(registry, app_id, repository, now)
    try:
        answer = github_apps.call(registry.apps, app_id, "GET", f"{scope}/actions/runners/{runner_id}", now=now)
    except RefusedError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return None
    return _state(answer.content)


def page(registry: Registry, app_id: str, repository: str, number: int, now: datetime) -> tuple[list[State], bool]:
    """Return a page of the runners that there are where a repository's are, from 1 on, and whether it is the last."""
    scope = _scope(registry, app_id, repository, now)
    path = f"{scope}/actions/runners?per_page={github.PAGE}&page={number}"
    found = github_apps.call(registry.apps, app_id, "GET", path, now=now).content["runners"]
    return [_state(one) for one in found], len(found) < github.PAGE


def _state(found: Mapping[str, Any]) -> State:
    return State(
        runner_id=int(found["id"]),
        name=str(found["name"]),
        is_online=found["status"] == "online",
        is_busy=found["busy"] is True,
    )


def _made(registry: Registry, app_id: str, runner: Runner, now: datetime) -> JitConfig:
    scope = _scope(registry, app_id, runner.repository, now)
    body = {
        "name": runner.name,
        "runner_group_id": _group_id(registry, app_id, scope, runner.group, now),
        "labels": list(runner.labels),
        "work_folder": WORK_FOLDER,
    }
    answer = github_apps.call(
        registry.apps, app_id, "POST", f"{scope}/actions/runners/generate-jitconfig", body, now=now
    )
    return JitConfig(
        runner_id=int(answer.content["runner"]["id"]),
        encoded=answer.content["encoded_jit_config"],
        requests_per_hour=_limit(answer),
    )


def is_organizations(registry: Registry, app_id: str, now: datetime) -> bool:
    """Tell whether an App registers runners with the organization, and not in repositories."""
    return github_apps.token(registry.apps, app_id, now).permissions.get(ORGANIZATION) == "write"


def scopes(registry: Registry, app_id: str, now: datetime) -> Callable[[str], str]:
    """Return what tells of a repository whose runners take its jobs, as the path by which GitHub knows him."""
    return _of_organization if is_organizations(registry, app_id, now) else _of_repository


def _scope(registry: Registry, app_id: str, repository: str, now: datetime) -> str:
    return scopes(registry, app_id, now)(repository)


def _of_organization(repository: str) -> str:
    return f"/orgs/{quote(repository.partition('/')[0], safe='')}"


def _of_repository(repository: str) -> str:
    return f"/repos/{quote(repository)}"


def _group_id(registry: Registry, app_id: str, scope: str, name: str, now: datetime) -> int:
    """Return a runner group's id; which they are is asked once per container, and again for an unknown name."""
    wanted = name.lower()
    if wanted == DEFAULT_GROUP or scope.startswith("/repos/"):
        return DEFAULT_GROUP_ID
    if wanted not in registry.groups:
        registry.groups.update(
            (str(group["name"]).lower(), int(group["id"])) for group in groups(registry.apps, app_id, scope, now)
        )
    if wanted not in registry.groups:
        raise NoGroupError(f"{scope} has no runner group {name!r}: make it, or change the preset's runnerGroup")
    return registry.groups[wanted]


def groups(apps: Apps, app_id: str, scope: str, now: datetime) -> Iterable[dict[str, Any]]:
    """Yield the runner groups of an organization (`scope` is its path), as GitHub shows them."""
    page = 0
    while True:
        page += 1
        path = f"{scope}/actions/runner-groups?per_page={github.PAGE}&page={page}"
        found = github_apps.call(apps, app_id, "GET", path, now=now).content["runner_groups"]
        yield from found
        if len(found) < github.PAGE:
            return


def _limit(answer: Answer) -> int | None:
    said = answer.headers.get("x-ratelimit-limit", "")
    return int(said) if said.isdigit() else None
