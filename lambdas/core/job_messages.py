"""What the queue is told of a job's event, version 1: all that a launch needs, and nothing that is secret."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lambdas.core import times
from lambdas.core.errors import InvalidEventError
from lambdas.core.labels import Wish
from lambdas.core.workflow_job import ACTIONS, WorkflowJob

VERSION = 1


@dataclass(frozen=True, kw_only=True)
class JobEvent:
    """One event of an admitted job: what GitHub said, by which App, when it arrived, and what the job asks for."""

    job: WorkflowJob
    wish: Wish
    app_id: str
    received_at: datetime


def text(event: JobEvent) -> str:
    """Return the message that stands for an event."""
    job, wish = event.job, event.wish
    said = {
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
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False)


def parse(body: str) -> JobEvent:
    """Return the event that a message stands for; raise InvalidEventError if it stands for none."""
    try:
        said = json.loads(body)
        return _event(said)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidEventError(f"the message is no event of a job: {type(error).__name__} {error}") from error


def _event(said: Mapping[str, Any]) -> JobEvent:
    if said["v"] != VERSION or said["action"] not in ACTIONS:
        raise InvalidEventError(f"the message is of version {said['v']!r}, action {said['action']!r}")
    return JobEvent(
        job=WorkflowJob(
            action=said["action"],
            job_id=int(said["jobId"]),
            run_id=int(said["runId"]),
            run_attempt=int(said["runAttempt"]),
            repository=str(said["repository"]),
            is_public=said["isPublic"] is True,
            labels=tuple(said["labels"]),
            installation_id=said["installationId"],
            conclusion=said["conclusion"],
            runner_id=said["runnerId"],
            runner_name=said["runnerName"],
            queued_at=_moment(said["queuedAt"]),
            started_at=_moment(said["startedAt"]),
            completed_at=_moment(said["completedAt"]),
        ),
        wish=Wish(preset=str(said["preset"]), cpu=int(said["cpu"]), ram=int(said["ram"])),
        app_id=str(said["appId"]),
        received_at=times.moment(said["receivedAt"]),
    )


def _text(moment: datetime | None) -> str | None:
    return times.text(moment) if moment else None


def _moment(written: str | None) -> datetime | None:
    return times.moment(written) if written else None
