"""Queue → machines: what the webhook heard of jobs, recorded. Machines are not launched yet."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lambdas.adapters import batches, clients, job_rows
from lambdas.adapters.clients import Bounds
from lambdas.adapters.errors import AwsError
from lambdas.adapters.table import Table
from lambdas.core import job_messages, jobs
from lambdas.core.errors import InvalidEventError
from lambdas.core.jobs import Step

logger = logging.getLogger(__name__)

BOUNDS = Bounds(read_seconds=2, attempts=2)  # a message that fails comes again


@dataclass(frozen=True, kw_only=True)
class Launcher:
    """What jobs are recorded in; `now` is in whole seconds."""

    table: Table
    now: datetime


def handler(event: Mapping[str, Any], context: object) -> dict[str, object]:  # noqa: ARG001 - Lambda passes it
    """Take a batch of the queue; only the messages that failed come back."""
    return run(Launcher(table=clients.table(BOUNDS), now=clients.now()), event)


def run(launcher: Launcher, event: Mapping[str, Any]) -> dict[str, object]:
    """Record what a batch tells of jobs: all at once if nothing is in the way, else message by message."""
    if _recorded_at_once(launcher, [record["body"] for record in event["Records"]]):
        return {"batchItemFailures": []}
    return batches.one_by_one(event, lambda record: _record(launcher, record["body"]), logger)


def _recorded_at_once(launcher: Launcher, bodies: Sequence[str]) -> bool:
    """Tell whether one transaction did it; a message that cannot be read, or is told again, goes by itself."""
    try:
        steps = jobs.steps(job_messages.parse(body) for body in bodies)
        job_rows.record_all(launcher.table, steps, launcher.now)
    except (AwsError, InvalidEventError):
        return False
    except Exception:  # whatever it is, message by message tells whose it is
        logger.exception("batch not recorded at once")
        return False
    _log(steps)
    return True


def _record(launcher: Launcher, body: str) -> None:
    steps = jobs.steps([job_messages.parse(body)])
    for step in steps:
        job_rows.record(launcher.table, step, launcher.now)
    _log(steps)


def _log(steps: Sequence[Step]) -> None:
    for step in steps:
        logger.info("job recorded", extra={"job_id": step.job_id, "status": step.status})
