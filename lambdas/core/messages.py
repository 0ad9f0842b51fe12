"""What a message of the queue of jobs says: an event of a job, jobs that wait for machines, or an AMI that arrived."""

import json
from dataclasses import dataclass
from typing import Any

from lambdas.core import checked, job_messages, starts
from lambdas.core.errors import InvalidEventError
from lambdas.core.job_messages import JobEvent
from lambdas.core.starts import Start

ARRIVED = "ami-arrived"


@dataclass(frozen=True, kw_only=True)
class AmiArrived:
    """A preset has an AMI: what was parked for want of one may start."""

    preset: str


Message = JobEvent | Start | AmiArrived


def text(message: Message) -> str:
    """Return the message as the queue holds it."""
    return json.dumps(_to_json(message), separators=(",", ":"))


def parse(body: str) -> Message:
    """Return what a message says; raise InvalidEventError if it says nothing that is known."""
    try:
        return _from_json(json.loads(body))
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InvalidEventError(f"the message is none of jobs: {type(error).__name__} {error}") from error


def _to_json(message: Message) -> dict[str, object]:
    if isinstance(message, JobEvent):
        return job_messages.to_json(message)
    if isinstance(message, Start):
        return starts.to_json(message)
    return {"v": job_messages.VERSION, "action": ARRIVED, "preset": message.preset}


def _from_json(said: Any) -> Message:  # noqa: ANN401 - whatever JSON holds
    version, action = said["v"], said["action"]
    if version != job_messages.VERSION:
        raise InvalidEventError(f"the message is of version {version!r}, expected {job_messages.VERSION}")
    if action == starts.START:
        return starts.from_json(said)
    if action == ARRIVED:
        return AmiArrived(preset=checked.text(said["preset"]))
    return job_messages.from_json(said)
