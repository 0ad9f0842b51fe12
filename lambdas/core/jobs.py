"""What the table keeps of a job: how far it has come, and a stamp for every step, whatever order its events come in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from lambdas.core import times
from lambdas.core.job_messages import JobEvent
from lambdas.core.labels import LONGEST, MOST, Refusal
from lambdas.core.records import Record
from lambdas.core.workflow_job import COMPLETED, IN_PROGRESS, NO_RUNNER_YET, QUEUED, WAITING, WorkflowJob

REFUSED = "refused"
STATUSES = (WAITING, REFUSED, QUEUED, IN_PROGRESS, COMPLETED)  # a job never goes back
KEPT = timedelta(days=30)  # after its end
OPEN = "JOB#open"  # the index's kind of jobs that have not ended
PARKED = "JOB#parked#"  # and, with the preset's name, of those that wait for its AMI


@dataclass(frozen=True, kw_only=True)
class Step:
    """What events say of one job: the furthest status, and what is known; a stamp that the row has already stays.

    `ttl` is when the row goes, in seconds since the epoch, None while the job is open.
    """

    job_id: int
    status: str
    known: Record
    ttl: int | None = None

    @property
    def is_served(self) -> bool:
        """Tell whether the job was admitted, or got a runner: whatever refused it before is over."""
        return "receivedAt" in self.known or "runnerName" in self.known

    @property
    def before(self) -> tuple[str, ...]:
        """Return the statuses that this one comes after."""
        return STATUSES[: STATUSES.index(self.status)]


def refused_row(job: WorkflowJob, preset: str | None, refusal: Refusal, at: datetime) -> Record:
    """Return the row of a job that was refused at a time; it goes by itself after 30 days."""
    known = {"preset": preset, "queuedAt": _plain(job.queued_at)}
    return {
        **_identity(job),
        **{key: value for key, value in known.items() if value is not None},
        "status": REFUSED,
        "refusal": refusal.kind,
        "reason": refusal.why,
        "refusedAt": times.text(at),
        "updatedAt": times.text(at),
        "ttl": _end(at),
    }


def steps(events: Iterable[JobEvent]) -> tuple[Step, ...]:
    """Return one step for each job that events tell of, in the order in which the jobs were first named."""
    found: dict[int, Step] = {}
    for event in events:
        step = _step(event)
        found[step.job_id] = _joined(found[step.job_id], step) if step.job_id in found else step
    return tuple(found.values())


def _step(event: JobEvent) -> Step:
    job, wish = event.job, event.wish
    known: Mapping[str, object] = {
        **_identity(job),
        "appId": event.app_id,
        "installationId": job.installation_id,
        "preset": wish.preset,
        "cpu": wish.cpu,
        "ram": wish.ram,
        "queuedAt": job.queued_at,
        "receivedAt": event.received_at if job.action == QUEUED else None,
        "runnerId": None if job.action in NO_RUNNER_YET else job.runner_id,
        "runnerName": None if job.action in NO_RUNNER_YET else job.runner_name,
        # A job that was cancelled before a runner took it has a time at which it "started", too.
        "pickedUpAt": job.started_at if job.action not in NO_RUNNER_YET and job.runner_name else None,
        "completedAt": job.completed_at if job.action == COMPLETED else None,
        "conclusion": job.conclusion,
    }
    return Step(
        job_id=job.job_id,
        status=job.action,
        known={key: _plain(value) for key, value in known.items() if value is not None},
        ttl=_end(event.received_at) if job.action == COMPLETED else None,
    )


def _joined(first: Step, second: Step) -> Step:
    """Return what two steps of one job say together; where both know something, the first is kept."""
    further = max(first, second, key=lambda step: STATUSES.index(step.status))
    return Step(job_id=first.job_id, status=further.status, known={**second.known, **first.known}, ttl=further.ttl)


def _identity(job: WorkflowJob) -> Record:
    return {
        "jobId": job.job_id,
        "runId": job.run_id,
        "runAttempt": job.run_attempt,
        "repository": job.repository,
        "labels": [label[:LONGEST] for label in job.labels[:MOST]],
    }


def _plain(value: object) -> object:
    return times.text(value) if isinstance(value, datetime) else value


def _end(at: datetime) -> int:
    return int((at + KEPT).timestamp())
