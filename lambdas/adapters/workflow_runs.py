"""Workflow runs in GitHub: whether one has ended, and one of its jobs once more.

https://docs.github.com/en/rest/actions/workflow-runs
"""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from lambdas.adapters import github_apps
from lambdas.adapters.github import PAGE
from lambdas.adapters.github_apps import Apps
from lambdas.core.reruns import Rerun


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run as it is: its newest attempt, and whether that has ended."""

    attempt: int
    is_completed: bool


def read(apps: Apps, app_id: str, repository: str, run_id: int, now: datetime) -> Run:
    """Return a run; raises GitHubError."""
    path = f"/repos/{quote(repository)}/actions/runs/{run_id}"
    said = github_apps.call(apps, app_id, "GET", path, now=now).content
    return Run(attempt=int(said["run_attempt"]), is_completed=said["status"] == "completed")


def successor(apps: Apps, job: Rerun, attempt: int, now: datetime) -> int:
    """Return the id that a job has in a later attempt of its run, 0 if there is none; raises GitHubError."""
    actions = f"/repos/{quote(job.repository)}/actions"
    name = github_apps.call(apps, job.app_id, "GET", f"{actions}/jobs/{job.in_run}", now=now).content["name"]
    page = 0
    while True:
        page += 1
        path = f"{actions}/runs/{job.run_id}/attempts/{attempt}/jobs?per_page={PAGE}&page={page}"
        found = github_apps.call(apps, job.app_id, "GET", path, now=now).content["jobs"]
        ids = [int(one["id"]) for one in found if one["name"] == name]
        if ids or len(found) < PAGE:
            return ids[0] if ids else 0


def rerun(apps: Apps, app_id: str, repository: str, job_id: int, now: datetime) -> None:
    """Run one job of a run that has ended again, and those that depend on it; raises GitHubError."""
    path = f"/repos/{quote(repository)}/actions/jobs/{job_id}/rerun"
    github_apps.call(apps, app_id, "POST", path, {}, now=now)
