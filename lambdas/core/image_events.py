"""Reading an EventBridge event of Image Builder: is it ours, what does it say, and when.

An event tells neither the AMI nor the pipeline; its resource is the build's ARN, which holds the *recipe's* name.
https://docs.aws.amazon.com/imagebuilder/latest/userguide/integ-eventbridge.html
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lambdas.core import times
from lambdas.core.errors import InvalidEventError
from lambdas.core.names import Names

STATE_CHANGE = "EC2 Image Builder Image State Change"
DISABLED = "EC2 Image Builder Image Pipeline Automatically Disabled"


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where a deployment lives: its names, and the partition, Region and account of its ARNs."""

    names: Names
    partition: str
    region: str
    account: str

    def pipeline_arn(self, preset: str) -> str:
        """Return the ARN of a preset's pipeline, whether or not there is one."""
        name = self.names.preset_stack(preset)
        return f"arn:{self.partition}:imagebuilder:{self.region}:{self.account}:image-pipeline/{name}"

    def ami_arn(self, ami_id: str) -> str:
        """Return the ARN of an AMI of this Region, whoever owns it."""
        return f"arn:{self.partition}:ec2:{self.region}::image/{ami_id}"

    def preset_of(self, arn: str | None, resource: str) -> str | None:
        """Return the preset of this deployment that an Image Builder ARN belongs to, or None for anybody else's.

        `resource` is the ARN's kind, `image` or `image-pipeline`; only the whole name counts.
        """
        prefix = f"arn:{self.partition}:imagebuilder:{self.region}:{self.account}:{resource}/"
        if arn is None or not arn.startswith(prefix):
            return None
        return self.names.preset_of(arn.removeprefix(prefix).split("/")[0])


@dataclass(frozen=True, kw_only=True)
class BuildEvent:
    """A build of this deployment changed its status, at a whole second."""

    build_arn: str
    status: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class PipelineEvent:
    """A pipeline of this deployment disabled itself after failures in a row."""

    preset_name: str
    pipeline_arn: str
    consecutive_failures: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Ignored:
    """An event that changes nothing here, and why."""

    why: str


def parse(body: str, site: Site) -> BuildEvent | PipelineEvent | Ignored:
    """Return what a message of the queue says; raise InvalidEventError if it is no event."""
    event = _object(body)
    kind = event.get("detail-type")
    if event.get("source") != "aws.imagebuilder" or kind not in (STATE_CHANGE, DISABLED):
        return Ignored(why=f"{kind} of {event.get('source')} is none of the events that matter")
    try:
        return _build_event(event, site) if kind == STATE_CHANGE else _pipeline_event(event, site)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise InvalidEventError(f"{kind} lacks what it must have: {type(error).__name__} {error}") from error


def _object(body: str) -> Mapping[str, Any]:
    try:
        event = json.loads(body)
    except ValueError as error:
        raise InvalidEventError(f"the message is not JSON: {error}") from error
    if not isinstance(event, dict):
        raise InvalidEventError(f"the message is a JSON {type(event).__name__}, expected an object")
    return event


def _build_event(event: Mapping[str, Any], site: Site) -> BuildEvent | Ignored:
    arn = str(event["resources"][0])
    if site.preset_of(arn, "image") is None or not re.search(r"/\d+\.\d+\.\d+/\d+$", arn):
        return Ignored(why=f"{arn} is no build of {site.names.deployment}")
    return BuildEvent(build_arn=arn, status=str(event["detail"]["state"]["status"]), at=times.moment(event["time"]))


def _pipeline_event(event: Mapping[str, Any], site: Site) -> PipelineEvent | Ignored:
    arn = str(event["resources"][0])
    preset = site.preset_of(arn, "image-pipeline")
    if preset is None:
        return Ignored(why=f"{arn} is no pipeline of {site.names.deployment}")
    failures = int(event["detail"]["consecutive-failures"])  # a string, such as "5"
    return PipelineEvent(
        preset_name=preset, pipeline_arn=arn, consecutive_failures=failures, at=times.moment(event["time"])
    )
