"""What GitHub says of one job: the `workflow_job` event, of which only this much is ever read.

Schemas do not judge deliveries: GitHub's own examples of older servers fail them. Names of jobs and workflows are their
authors' to choose, and nothing here needs them.
https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_job
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lambdas.core import times
from lambdas.core.checked import identifier, text
from lambdas.core.errors import InvalidDeliveryError

ACTIONS = (QUEUED, WAITING, IN_PROGRESS, COMPLETED) = ("queued", "waiting", "in_progress", "completed")
NO_RUNNER_YET = frozenset({WAITING, QUEUED})


@dataclass(frozen=True, kw_only=True)
class WorkflowJob:
    """One job at one moment; `action` is what happened to it, `repository` is `owner/name`.

    `is_public` is true for a repository that everybody may read, and so may send pull requests to.
    """

    action: str
    job_id: int
    run_id: int
    repository: str
    is_public: bool
    labels: tuple[str, ...]
    run_attempt: int = 1
    installation_id: int | None = None
    conclusion: str | None = None
    runner_id: int | None = None
    runner_name: str | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None


def parse(body: bytes) -> WorkflowJob:
    """Return what a delivery says of a job; raise InvalidDeliveryError if it says too little."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidDeliveryError("the body is not JSON: expected content type application/json") from error
    try:
        return read(payload)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InvalidDeliveryError(f"workflow_job lacks what it must have: {type(error).__name__} {error}") from error


def read(payload: Mapping[str, Any]) -> WorkflowJob:
    """Return what a payload says of a job; raise KeyError, TypeError, ValueError or such if it says too little."""
    job, repository = payload["workflow_job"], payload["repository"]
    return WorkflowJob(
        action=_action(payload["action"], job.get("status")),
        job_id=identifier(job["id"]),
        run_id=identifier(job["run_id"]),
        run_attempt=identifier(job.get("run_attempt") or 1),
        repository=text(repository["full_name"]),
        is_public=repository.get("private") is not True,
        labels=_labels(job.get("labels")),
        installation_id=_number(payload.get("installation") or {}, "id"),
        conclusion=_named(job, "conclusion"),
        runner_id=_number(job, "runner_id"),
        runner_name=_named(job, "runner_name"),
        queued_at=_moment(job, "created_at"),
        started_at=_moment(job, "started_at"),
        completed_at=_moment(job, "completed_at"),
    )


def _action(action: str, status: str | None) -> str:
    """Return what happened; a job that is announced as queued while it waits for an approval is not queued yet."""
    return WAITING if (action, status) == (QUEUED, WAITING) else action


def _number(found: Mapping[str, Any], key: str) -> int | None:
    """Return an id; GitHub says null or 0 for none."""
    return identifier(found[key]) if found.get(key) else None


def _labels(found: object) -> tuple[str, ...]:
    if found is None:
        return ()
    if isinstance(found, list):
        return tuple(text(label) for label in found)
    raise ValueError(f"labels are {found!r:.100}, expected a list")


def _named(job: Mapping[str, Any], key: str) -> str | None:
    """Return a name; GitHub says null or nothing for none."""
    return text(job[key]) if job.get(key) else None


def _moment(job: Mapping[str, Any], key: str) -> datetime | None:
    return times.moment(job[key]).astimezone(UTC) if job.get(key) else None
