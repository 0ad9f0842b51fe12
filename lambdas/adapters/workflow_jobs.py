"""Workflow jobs in GitHub: what it says of one, and how much of its limit is left.

https://docs.github.com/en/rest/actions/workflow-jobs
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from urllib.parse import quote

from lambdas.adapters import github_apps
from lambdas.adapters.github import RefusedError
from lambdas.adapters.github_apps import Apps
from lambdas.core.records import Record

KEPT_SHARE = 0.25  # of an hour's requests: polling leaves them to what starts machines


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What GitHub says of a job, None if it knows none; `is_scarce` tells that few requests are left."""

    content: Record | None
    is_scarce: bool = False


def find(apps: Apps, app_id: str, repository: str, job_id: int, now: datetime) -> Answered:
    """Ask about one job; raises GitHubError."""
    path = f"/repos/{quote(repository)}/actions/jobs/{job_id}"
    try:
        answer = github_apps.call(apps, app_id, "GET", path, now=now)
    except RefusedError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return Answered(content=None)
        raise
    return Answered(content=answer.content, is_scarce=_is_scarce(answer.headers))


def _is_scarce(headers: Mapping[str, str]) -> bool:
    limit, left = (headers.get(f"x-ratelimit-{name}", "") for name in ("limit", "remaining"))
    return limit.isdigit() and left.isdigit() and int(left) < KEPT_SHARE * int(limit)
