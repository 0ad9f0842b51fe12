"""Rows and messages of jobs: what the table keeps of a refused one, and what the queue says of any other."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from lambdas.core import times
from lambdas.core.labels import Refusal, Wish
from lambdas.core.records import Record
from lambdas.core.workflow_job import WorkflowJob

REFUSED = "refused"
KEPT = timedelta(days=30)
VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Received:
    """One event of a job, and how it arrived."""

    job: WorkflowJob
    app_id: str
    at: datetime


def refused_row(received: Received, preset: str | None, refusal: Refusal) -> Record:
    """Return the row of a refused job, which goes by itself after 30 days."""
    job = received.job
    return {
        "jobId": job.job_id,
        "runId": job.run_id,
        "runAttempt": job.run_attempt,
        "repository": job.repository,
        "labels": list(job.labels),
        "preset": preset,
        "status": REFUSED,
        "refusal": refusal.kind,
        "reason": refusal.why,
        "queuedAt": _text(job.queued_at),
        "receivedAt": times.text(received.at),
        "updatedAt": times.text(received.at),
        "ttl": int((received.at + KEPT).timestamp()),
    }


def message(received: Received, wish: Wish | None) -> str:
    """Return what the queue is told of a job's event: all that a launch needs, and nothing that is secret.

    `wish` is what a queued job asks for; of jobs that began or ended the runner's name matters, not their labels.
    """
    job = received.job
    said = {
        "v": VERSION,
        "action": job.action,
        "jobId": job.job_id,
        "runId": job.run_id,
        "runAttempt": job.run_attempt,
        "repository": job.repository,
        "installationId": job.installation_id,
        "appId": received.app_id,
        "labels": list(job.labels),
        "preset": wish.preset if wish else None,
        "cpu": wish.cpu if wish else 0,
        "ram": wish.ram if wish else 0,
        "conclusion": job.conclusion,
        "runnerId": job.runner_id,
        "runnerName": job.runner_name,
        "queuedAt": _text(job.queued_at),
        "startedAt": _text(job.started_at),
        "completedAt": _text(job.completed_at),
        "receivedAt": times.text(received.at),
    }
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False)


def _text(moment: datetime | None) -> str | None:
    return times.text(moment) if moment else None
