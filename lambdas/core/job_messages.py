"""What the queue is told of a job's event, version 1: all that a launch needs, and nothing that is secret."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from lambdas.core import checked, times
from lambdas.core.errors import InvalidEventError
from lambdas.core.labels import Wish
from lambdas.core.workflow_job import ACTIONS, WorkflowJob

VERSION = 1
Read = TypeVar("Read")


@dataclass(frozen=True, kw_only=True)
class JobEvent:
    """One event of an admitted job: what GitHub said, by which App, when it arrived, and what the job asks for."""

    job: WorkflowJob
    wish: Wish
    app_id: str
    received_at: datetime


def to_json(event: JobEvent) -> dict[str, object]:
    """Return the message that stands for an event."""
    job, wish = event.job, event.wish
    return {
        "v": VERSION,
        "action": job.action,
        "jobId": job.job_id,
        "runId": job.run_id,
        "runAttempt": job.run_attempt,
        "repository": job.repository,
        "isPublic": job.is_public,
        "installationId": job.installation_id,
        "appId": event.app_id,
        "labels": list(job.labels),
        "preset": wish.preset,
        "cpu": wish.cpu,
        "ram": wish.ram,
        "conclusion": job.conclusion,
        "runnerId": job.runner_id,
        "runnerName": job.runner_name,
        "queuedAt": _text(job.queued_at),
        "startedAt": _text(job.started_at),
        "completedAt": _text(job.completed_at),
        "receivedAt": times.text(event.received_at),
    }


def from_json(said: Mapping[str, Any]) -> JobEvent:
    """Return the event that a message stands for; raise InvalidEventError, ValueError, KeyError or TypeError."""
    if said["action"] not in ACTIONS:
        raise InvalidEventError(f"the message is of action {said['action']!r}")
    return JobEvent(
        job=WorkflowJob(
            action=said["action"],
            job_id=checked.identifier(said["jobId"]),
            run_id=checked.identifier(said["runId"]),
            run_attempt=checked.identifier(said["runAttempt"]),
            repository=checked.text(said["repository"]),
            is_public=said["isPublic"] is True,
            labels=tuple(checked.text(label) for label in said["labels"]),
            installation_id=_or_none(checked.identifier, said["installationId"]),
            conclusion=_or_none(checked.text, said["conclusion"]),
            runner_id=_or_none(checked.identifier, said["runnerId"]),
            runner_name=_or_none(checked.text, said["runnerName"]),
            queued_at=_or_none(times.moment, said["queuedAt"]),
            started_at=_or_none(times.moment, said["startedAt"]),
            completed_at=_or_none(times.moment, said["completedAt"]),
        ),
        wish=Wish(preset=checked.text(said["preset"]), cpu=checked.least(said["cpu"]), ram=checked.least(said["ram"])),
        app_id=str(said["appId"]),
        received_at=times.moment(said["receivedAt"]),
    )


def _text(moment: datetime | None) -> str | None:
    return times.text(moment) if moment else None


def _or_none(read: Callable[[Any], Read], said: object) -> Read | None:
    return None if said is None else read(said)
