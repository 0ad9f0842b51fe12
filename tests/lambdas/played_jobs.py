"""Jobs that the played GitHub knows, and what becomes of them there, whatever the webhook heard of it."""

from typing import Any

from embedded.github.workflow_jobs import Job, Run, Runner
from tests.github_app import LABELS
from tests.lambdas.yard import Yard, a_message


def a_job(yard: Yard, labels: tuple[str, ...] = LABELS, **fields: Any) -> Job:
    """Queue a job in GitHub of which nobody was told."""
    return yard.organization.queue(labels, **fields)


def told(yard: Yard, job: Job, action: str = "", **fields: Any) -> str:
    """Return what the webhook tells the queue of a job as it is now, or of what happened to it before."""
    runner, completed = job.runner, job.completed_at
    said = {
        "repository": job.run.repository.full_name,
        "id": job.id,
        "run_id": job.run.id,
        "run_attempt": job.run_attempt,
        "labels": list(job.labels),
        "conclusion": job.conclusion,
        "runner_id": runner.id if runner else None,
        "runner_name": runner.name if runner else None,
        "completed_at": completed.isoformat() if completed else None,
    }
    return a_message(yard, action or job.status, **{**said, **fields})


def queued(yard: Yard, run: Run | None = None) -> Job:
    """Queue a job in GitHub, in a run of its own unless one is named, of which launch was told."""
    organization = yard.organization
    job = organization.played.actions.queue_job(run or organization.run(), LABELS)
    assert heard(yard, job) == []
    return job


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


def heard(yard: Yard, job: Job, action: str = "") -> list[str]:
    """Let launch hear what happened to a job, and return which messages come again."""
    return yard.take(told(yard, job, action))


def started(yard: Yard, job: Job, machine: str = "") -> str:
    """Let the machine that was launched for a job, or another one, start it, and launch hear of it; return its id."""
    runner = yard.organization.played.actions.roster.named(machine) if machine else runner_for(yard, job)
    assert runner
    assert picked_up(yard, runner) is job
    assert heard(yard, job) == []
    return runner.name


def done_elsewhere(yard: Yard, job: Job) -> None:
    """Let a runner of somebody else do a job, so that the machine that was launched for it is one too many."""
    organization = yard.organization
    runner = organization.registered(f"somebody-{job.id}", job.labels)
    assert picked_up(yard, runner) is job
    assert heard(yard, job, "in_progress") == []
    organization.played.actions.finish(job, "success")
    assert heard(yard, job, "completed") == []
