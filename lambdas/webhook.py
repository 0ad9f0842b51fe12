"""POST /webhook: a delivery whose signature is right becomes a message of the queue, a refusal or nothing."""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any

from lambdas.adapters import clients, job_queue, job_rows, metrics, preset_rows, secrets
from lambdas.adapters.clients import Bounds
from lambdas.adapters.errors import AwsError, ConflictError
from lambdas.adapters.job_queue import JobQueue
from lambdas.adapters.secrets import Kept, Secret
from lambdas.adapters.table import Table
from lambdas.core import admission, deliveries, jobs, labels, measures, messages, workflow_job
from lambdas.core.admission import Repositories
from lambdas.core.deliveries import Delivery
from lambdas.core.errors import FunctionError, InvalidDeliveryError, UnsignedError
from lambdas.core.job_messages import JobEvent
from lambdas.core.labels import Refusal, Wish
from lambdas.core.workflow_job import NO_RUNNER_YET, QUEUED, WorkflowJob

logger = logging.getLogger(__name__)

# GitHub gives up after ten seconds: https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks
BOUNDS = Bounds(read_seconds=2, attempts=2)

Answer = tuple[HTTPStatus, dict[str, object]]
NOT_NOW: Answer = (
    HTTPStatus.SERVICE_UNAVAILABLE,
    {"error": "the delivery cannot be taken now: deliver it again"},
)
_kept = Kept()  # by the one container


@dataclass(frozen=True, kw_only=True)
class Desk:
    """All that a delivery is held against and goes to; `now` is in whole seconds."""

    deployment: str
    table: Table
    queue: JobQueue
    secret: Secret
    kept: Kept
    repositories: Repositories
    now: datetime


def handler(event: Mapping[str, Any], context: object) -> dict[str, object]:  # noqa: ARG001 - Lambda passes it
    """Answer a request of the HTTP API."""
    rule = admission.repositories(os.environ["GITHUB_OWNER"], json.loads(os.environ["REPOSITORIES"]))
    desk = Desk(
        deployment=os.environ["DEPLOYMENT"],
        table=clients.table(BOUNDS),
        queue=clients.jobs(BOUNDS),
        secret=Secret(client=clients.secretsmanager(BOUNDS), arn=os.environ["WEBHOOK_SECRET_ARN"]),
        kept=_kept,
        repositories=rule,
        now=clients.now(),
    )
    return run(desk, event)


def run(desk: Desk, event: Mapping[str, Any]) -> dict[str, object]:
    """Answer a request, in payload format 2.0."""
    code, said = _answer(desk, deliveries.of_request(event))
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return {"statusCode": code.value, "headers": headers, "body": json.dumps(said)}


def _answer(desk: Desk, delivery: Delivery) -> Answer:
    """Return the answer; until the signature is verified nothing of the delivery is read or logged."""
    if len(delivery.body) > deliveries.LARGEST_BYTES:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": f"more than {deliveries.LARGEST_BYTES} bytes"}
    try:
        _verify(desk, delivery)
    except UnsignedError as error:
        logger.warning("delivery not signed", extra={"why": str(error)})
        return HTTPStatus.UNAUTHORIZED, {"error": str(error)}
    except AwsError:
        logger.exception("the secret could not be read")
        return NOT_NOW
    try:
        return _taken(desk, delivery)
    except InvalidDeliveryError as error:
        logger.warning("delivery not understood", extra={"delivery_id": delivery.delivery_id, "why": str(error)})
        return HTTPStatus.BAD_REQUEST, {"error": str(error)}
    except FunctionError:
        logger.exception("delivery not taken", extra={"delivery_id": delivery.delivery_id})
        return NOT_NOW


def _verify(desk: Desk, delivery: Delivery) -> None:
    """Raise UnsignedError unless a secret signed the delivery; what does not fit may be newer than what is known."""
    claimed = deliveries.digest(delivery)
    read = partial(secrets.values, desk.secret, partial(deliveries.accepts_previous, now=desk.now))
    for oldest in (deliveries.SECRETS_KEPT, deliveries.SECRETS_FRESH):
        if deliveries.is_signed(delivery.body, claimed, desk.kept.recent(read, desk.now, oldest)):
            return
    raise UnsignedError("X-Hub-Signature-256 is wrong")


def _taken(desk: Desk, delivery: Delivery) -> Answer:
    if delivery.event != "workflow_job":
        return _ignored(delivery.event or "no event")
    job = workflow_job.parse(delivery.body)
    if job.action not in workflow_job.ACTIONS:
        return _ignored(f"workflow_job {job.action}")
    asked = labels.wish(job.labels)
    if asked is None:
        return _ignored("no label asks for a preset")
    if isinstance(asked, Refusal):
        return _refused(desk, job, None, asked) if job.action == QUEUED else _ignored(f"it was refused: {asked.why}")
    refusal = _refusal(desk, job, asked) if job.action in NO_RUNNER_YET else _stranger(desk, job)
    if refusal:  # what waits for an approval is judged again when it is queued
        return _refused(desk, job, asked.preset, refusal) if job.action == QUEUED else _ignored(refusal.why)
    return _sent(desk, JobEvent(job=job, wish=asked, app_id=delivery.app_id, received_at=desk.now))


def _refusal(desk: Desk, job: WorkflowJob, wish: Wish) -> Refusal | None:
    """Return why a job that waits for a machine gets none, or None if it is admitted."""
    refusal = admission.repository_refusal(desk.repositories, job.repository, is_public=job.is_public)
    if refusal:
        return refusal
    config = preset_rows.read_config(desk.table, wish.preset)
    if config is None:
        return admission.unknown_preset(wish.preset)
    return admission.preset_refusal(config.preset, job.labels, wish)


def _stranger(desk: Desk, job: WorkflowJob) -> Refusal | None:
    """Return why what became of a job is none of this deployment's business, or None: it may have been denied since."""
    if admission.is_owners(desk.repositories, job.repository):
        return None
    return admission.repository_refusal(desk.repositories, job.repository, is_public=job.is_public)


def _refused(desk: Desk, job: WorkflowJob, preset: str | None, refusal: Refusal) -> Answer:
    """Keep why, for whoever asks; a job that was accepted before stays so."""
    try:
        job_rows.refuse(desk.table, jobs.refused_row(job, preset, refusal, desk.now))
    except ConflictError:
        return _ignored(f"job {job.job_id} was accepted before")
    metrics.emit(desk.deployment, [measures.refused(refusal, job.job_id, preset)], desk.now)
    return HTTPStatus.OK, {"refused": refusal.why}


def _sent(desk: Desk, event: JobEvent) -> Answer:
    job_queue.send(desk.queue, messages.text(event))
    logger.info("job heard of", extra={"job_id": event.job.job_id, "action": event.job.action})
    return HTTPStatus.ACCEPTED, {"queued": event.job.job_id}


def _ignored(why: str) -> Answer:
    return HTTPStatus.OK, {"ignored": why}
