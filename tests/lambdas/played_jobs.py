"""Jobs that the played GitHub knows, and what becomes of them there, whatever the webhook heard of it."""

from typing import Any

from embedded.github.workflow_jobs import Job, Runner
from tests.github_app import LABELS, SHOP
from tests.lambdas.yard import Yard, a_message


def a_job(yard: Yard, labels: tuple[str, ...] = LABELS, **fields: Any) -> Job:
    """Queue a job in GitHub of which nobody was told."""
    return yard.organization.queue(labels, **fields)


def told(yard: Yard, job: Job, action: str = "queued", **fields: Any) -> str:
    """Return what the webhook tells the queue of a job's event."""
    said = {"id": job.id, "labels": list(job.labels), "run_id": job.run.id, **fields}
    return a_message(yard, action, **said).replace("octo-org/app", SHOP)


def launched(yard: Yard, count: int = 1, labels: tuple[str, ...] = LABELS) -> list[Job]:
    """Queue jobs of which launch was told, and has started machines for."""
    jobs = [a_job(yard, labels) for _ in range(count)]
    assert yard.take(*(told(yard, job) for job in jobs)) == []
    return jobs


def runner_for(yard: Yard, job: Job) -> Runner:
    """Return the runner of the machine that was launched for a job."""
    (row,) = (one for one in yard.rows("RUNNER") if one["launchedFor"] == job.id)
    found = yard.organization.played.actions.roster.named(row["instanceId"])
    assert found
    return found


def picked_up(yard: Yard, runner: Runner) -> Job:
    """Let a runner connect and start the job that GitHub gives it."""
    actions = yard.organization.played.actions
    actions.connect(runner, f"session of {runner.name}")
    assert runner.job
    actions.start(runner.job, runner)
    return runner.job


def heard(yard: Yard, job: Job, action: str) -> list[str]:
    """Let launch hear what happened to a job, and return which messages come again."""
    runner = job.runner
    of_runner = {"runner_id": runner.id, "runner_name": runner.name} if runner else {}
    over = {"completed_at": "2026-11-23T13:00:00Z", "conclusion": job.conclusion} if action == "completed" else {}
    return yard.take(told(yard, job, action, **of_runner, **over))


def done_elsewhere(yard: Yard, job: Job) -> None:
    """Let a runner of somebody else do a job, so that the machine that was launched for it is one too many."""
    organization = yard.organization
    runner = organization.registered(f"somebody-{job.id}", job.labels)
    assert picked_up(yard, runner) is job
    assert heard(yard, job, "in_progress") == []
    organization.played.actions.finish(job, "success")
    assert heard(yard, job, "completed") == []
