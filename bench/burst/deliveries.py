"""What the webhook tells the queue of jobs, as it tells it."""

from dataclasses import dataclass
from datetime import datetime

from bench.burst import deployment
from bench.doubles.github import ORGANIZATION
from lambdas.core import messages
from lambdas.core.job_messages import JobEvent
from lambdas.core.labels import Wish
from lambdas.core.workflow_job import COMPLETED, IN_PROGRESS, QUEUED, WorkflowJob


@dataclass(frozen=True, kw_only=True)
class Runner:
    """A runner as events name it: its machine's instance id, and the id that GitHub gave it."""

    name: str
    id: int


def queued(job_id: int, app_id: str, at: datetime) -> str:
    """Return the message of a job that wants a runner."""
    return _message(_job(job_id, app_id, QUEUED, at), app_id, at)


def in_progress(job_id: int, app_id: str, runner: Runner, at: datetime) -> str:
    """Return the message of a job that a runner took."""
    job = _job(job_id, app_id, IN_PROGRESS, at, runner_id=runner.id, runner_name=runner.name, started_at=at)
    return _message(job, app_id, at)


def completed(job_id: int, app_id: str, runner: Runner, at: datetime) -> str:
    """Return the message of a job that ended."""
    over = {"started_at": at, "completed_at": at, "conclusion": "success"}
    job = _job(job_id, app_id, COMPLETED, at, runner_id=runner.id, runner_name=runner.name, **over)
    return _message(job, app_id, at)


def _job(job_id: int, app_id: str, action: str, at: datetime, **more: object) -> WorkflowJob:
    fields: dict[str, object] = {"queued_at": at, **more}
    return WorkflowJob(
        action=action,
        job_id=job_id,
        run_id=job_id,
        repository=f"{ORGANIZATION}/app",
        is_public=False,
        labels=deployment.LABELS,
        installation_id=int(app_id),
        **fields,  # type: ignore[arg-type]
    )


def _message(job: WorkflowJob, app_id: str, at: datetime) -> str:
    return messages.text(JobEvent(job=job, wish=Wish(preset=deployment.PRESET), app_id=app_id, received_at=at))
