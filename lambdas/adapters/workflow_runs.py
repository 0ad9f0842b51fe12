"""Workflow runs in GitHub: whether one has ended, and one of its jobs once more.

https://docs.github.com/en/rest/actions/workflow-runs
"""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from lambdas.adapters import github_apps
from lambdas.adapters.github_apps import Apps


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


def rerun(apps: Apps, app_id: str, repository: str, job_id: int, now: datetime) -> None:
    """Run one job of a run that has ended again, and those that depend on it; raises GitHubError."""
    path = f"/repos/{quote(repository)}/actions/jobs/{job_id}/rerun"
    github_apps.call(apps, app_id, "POST", path, {}, now=now)
