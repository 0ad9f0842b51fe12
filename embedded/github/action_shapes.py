"""Runs, jobs and runners in the shapes of GitHub's JSON: https://docs.github.com/en/rest/actions."""

from typing import Any

from embedded.github.clock import stamp
from embedded.github.registration import DEFAULT_GROUP_ID
from embedded.github.shapes import Place, repository_json, user_json, web
from embedded.github.workflow_jobs import Job, Run, Runner, RunnerGroup

RUN_URLS = {
    "jobs_url": "/jobs", "logs_url": "/logs", "artifacts_url": "/artifacts", "cancel_url": "/cancel",
    "rerun_url": "/rerun",
}  # fmt: skip
OF_OLD = frozenset({"self-hosted", "linux", "windows", "x64", "arm64"})  # labels that GitHub's own set-up gives


def runner_json(it: Runner) -> dict[str, Any]:
    """Return a runner; what it runs on is known once its machine has connected."""
    return {
        "id": it.id, "name": it.name, "os": "unknown" if it.session is None else "linux",
        "status": "online" if it.online else "offline", "busy": it.job is not None, "ephemeral": True,
        "runner_group_id": it.group.id,
        "labels": [
            {"id": number, "name": name, "type": "read-only" if name.lower() in OF_OLD else "custom"}
            for number, name in enumerate(it.labels, start=1)
        ],
    }  # fmt: skip


def group_json(place: Place, organization: str, it: RunnerGroup) -> dict[str, Any]:
    """Return a runner group that all repositories of its organization may use."""
    return {
        "id": it.id, "name": it.name, "visibility": "all", "default": it.id == DEFAULT_GROUP_ID, "inherited": False,
        "runners_url": f"{place.api}/orgs/{organization}/actions/runner-groups/{it.id}/runners",
        "allows_public_repositories": it.allows_public, "restricted_to_workflows": False, "selected_workflows": [],
        "workflow_restrictions_read_only": False,
    }  # fmt: skip


def job_json(place: Place, it: Job) -> dict[str, Any]:
    """Return a job, as the API and the event `workflow_job` show it; who does it is shown once it has started."""
    run = it.run
    repository, page = f"{place.api}/repos/{run.repository.full_name}", f"{web(place)}/{run.repository.full_name}"
    runner = it.runner if it.started_at is not None else None
    return {
        "id": it.id, "run_id": run.id, "workflow_name": run.workflow_name, "head_branch": run.head_branch,
        "run_url": f"{repository}/actions/runs/{run.id}", "run_attempt": it.run_attempt, "node_id": f"CR_{it.id}",
        "head_sha": run.head_sha, "url": f"{repository}/actions/jobs/{it.id}",
        "html_url": f"{page}/actions/runs/{run.id}/job/{it.id}", "status": it.status, "conclusion": it.conclusion,
        "created_at": stamp(it.created_at), "started_at": stamp(it.started_at or it.created_at),
        "completed_at": stamp(it.completed_at) if it.completed_at else None, "name": it.name, "steps": [],
        "check_run_url": f"{repository}/check-runs/{it.id}", "labels": list(it.labels),
        "runner_id": runner and runner.id, "runner_name": runner and runner.name,
        "runner_group_id": runner and runner.group.id, "runner_group_name": runner and runner.group.name,
    }  # fmt: skip


def run_json(place: Place, it: Run) -> dict[str, Any]:
    """Return a run, as its newest attempt is."""
    repository, page = f"{place.api}/repos/{it.repository.full_name}", f"{web(place)}/{it.repository.full_name}"
    address, whole, time = (
        f"{repository}/actions/runs/{it.id}",
        repository_json(place, it.repository),
        stamp(it.created_at),
    )
    author = {"name": it.repository.owner, "email": f"{it.repository.owner}@users.noreply.github.com"}
    return {
        "id": it.id, "node_id": f"WFR_{it.id}", "name": it.workflow_name, "head_branch": it.head_branch,
        "head_sha": it.head_sha, "path": f".github/workflows/{it.workflow_name}.yml", "display_title": it.workflow_name,
        "run_number": it.run_number, "run_attempt": it.attempt, "event": it.event, "status": it.status,
        "conclusion": it.conclusion, "workflow_id": it.run_number, "check_suite_id": it.id, "url": address,
        "html_url": f"{page}/actions/runs/{it.id}", "pull_requests": [], "created_at": time, "updated_at": time,
        "run_started_at": time, "actor": user_json(place, it.actor),
        "check_suite_url": f"{repository}/check-suites/{it.id}",
        "workflow_url": f"{repository}/actions/workflows/{it.run_number}",
        "repository": whole, "head_repository": whole, "head_commit": {
            "id": it.head_sha, "tree_id": it.head_sha, "message": it.workflow_name, "timestamp": time,
            "author": author, "committer": author,
        },
        **{name: address + end for name, end in RUN_URLS.items()},
    }  # fmt: skip
