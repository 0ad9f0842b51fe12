"""What GitHub answers when it is asked about a job, as the event that nobody heard would have told it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from lambdas.core import starts, times, workflow_job
from lambdas.core.errors import InvalidDeliveryError
from lambdas.core.job_messages import JobEvent
from lambdas.core.jobs import STATUSES
from lambdas.core.records import Record
from lambdas.core.workflow_job import COMPLETED, IN_PROGRESS, QUEUED, WorkflowJob

# A job without a launch waits in a message; after so long without one that did something, it gets another.
LOST_AFTER = timedelta(minutes=15)


def news(row: Mapping[str, Any], answer: Record | None, now: datetime) -> JobEvent | None:
    """Return the event that an answer stands for, None if the row knows as much; no answer says that the job is gone.

    https://docs.github.com/en/rest/actions/workflow-jobs#get-a-job-for-a-workflow-run
    """
    job = _gone(row, now) if answer is None else _job(row, answer)
    if job.action not in (IN_PROGRESS, COMPLETED) or _is_known(row, job):
        return None
    return JobEvent(job=job, wish=starts.of_row(row).wish, app_id=str(row["appId"]), received_at=now)


def is_lost(row: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether a queued job waits for so long that no message may carry it any more."""
    is_old = now - times.moment(row["receivedAt"]) >= LOST_AFTER if row.get("receivedAt") else True
    return row["status"] == QUEUED and not row.get("launchId") and is_old and rested(row, now, LOST_AFTER)


def rested(row: Mapping[str, Any], now: datetime, since: timedelta) -> bool:
    """Tell whether a job was not put into another message for so long."""
    return not row.get("restartedAt") or now - times.moment(row["restartedAt"]) >= since


def _is_known(row: Mapping[str, Any], job: WorkflowJob) -> bool:
    return STATUSES.index(row["status"]) >= STATUSES.index(job.action)


def _job(row: Mapping[str, Any], answer: Record) -> WorkflowJob:
    payload = {
        "action": answer.get("status"),
        "workflow_job": answer,
        "repository": {"full_name": row["repository"], "private": True},  # whether it is, was judged when it was queued
    }
    try:
        return replace(workflow_job.read(payload), installation_id=row.get("installationId"))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InvalidDeliveryError(f"GitHub's job lacks what it must have: {type(error).__name__} {error}") from error


def _gone(row: Mapping[str, Any], now: datetime) -> WorkflowJob:
    return WorkflowJob(
        action=COMPLETED,
        job_id=row["jobId"],
        run_id=row["runId"],
        run_attempt=row["runAttempt"],
        repository=row["repository"],
        is_public=False,
        labels=tuple(row["labels"]),
        installation_id=row.get("installationId"),
        completed_at=now,
    )
