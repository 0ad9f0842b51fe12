"""What a message of the queue of jobs says: of a job, of jobs that wait, of an AMI that arrived, of a spot machine."""

import json
from dataclasses import dataclass
from typing import Any

from lambdas.core import checked, job_messages, reruns, starts
from lambdas.core.errors import InvalidEventError
from lambdas.core.job_messages import JobEvent
from lambdas.core.reruns import Rerun
from lambdas.core.starts import Start

ARRIVED = "ami-arrived"
TERMINATE = "terminate"
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
SPOT_WARNING = "EC2 Spot Instance Interruption Warning"


@dataclass(frozen=True, kw_only=True)
class AmiArrived:
    """A preset has an AMI: what was parked for want of one may start."""

    preset: str


@dataclass(frozen=True, kw_only=True)
class SpotWarning:
    """EC2 takes an instance away in two minutes; whose it is, is for the table to say."""

    instance_id: str


@dataclass(frozen=True, kw_only=True)
class Terminate:
    """Machines whose job has ended, and that should be gone by now."""

    instance_ids: tuple[str, ...]


Message = JobEvent | Start | Rerun | AmiArrived | SpotWarning | Terminate


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
    if isinstance(message, Rerun):
        return reruns.to_json(message)
    if isinstance(message, Terminate):
        ids = list(message.instance_ids)
        return {"v": job_messages.VERSION, "action": TERMINATE, "instanceIds": ids}
    if isinstance(message, SpotWarning):
        return {"detail-type": SPOT_WARNING, "detail": {"instance-id": message.instance_id}}
    return {"v": job_messages.VERSION, "action": ARRIVED, "preset": message.preset}


def _from_json(said: Any) -> Message:  # noqa: ANN401 - whatever JSON holds
    if said.get("detail-type") == SPOT_WARNING:
        return SpotWarning(instance_id=checked.text(said["detail"]["instance-id"]))
    version, action = said["v"], said["action"]
    if version != job_messages.VERSION:
        raise InvalidEventError(f"the message is of version {version!r}, expected {job_messages.VERSION}")
    if action == starts.START:
        return starts.from_json(said)
    if action == reruns.RERUN:
        return reruns.from_json(said)
    if action == TERMINATE:
        return Terminate(instance_ids=tuple(checked.text(one) for one in said["instanceIds"]))
    if action == ARRIVED:
        return AmiArrived(preset=checked.text(said["preset"]))
    return job_messages.from_json(said)
