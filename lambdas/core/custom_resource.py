"""CloudFormation's custom resource protocol as values: what it asks, and what it is answered.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.core import own_amis, preset
from lambdas.core.errors import InvalidRequestError
from lambdas.core.image_events import Site
from lambdas.core.names import Names
from lambdas.core.preset import Preset

MAX_TEXT_BYTES = 1000  # escaped it may double, and still leaves room for the ids


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks, and where the answer goes; `response_url` is a secret: whoever has it can answer."""

    response_url: str
    stack_id: str
    request_id: str
    logical_id: str
    physical_id: str | None


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A Create or an Update: the preset as it is to be, and the resources of its stack.

    A preset with an own AMI has an `ami_id` and no pipeline; the AMI's ARN stands for its recipe.
    """

    preset: Preset
    pipeline_arn: str | None
    recipe_arn: str
    recipe_hash: str
    launch_template_id: str
    launch_template_version: str
    commit: str
    ami_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What CloudFormation is told: `decision` becomes `Data.Decision`; a `reason` makes it a failure."""

    physical_id: str
    decision: str | None = None
    reason: str | None = None


def caller(event: Mapping[str, Any]) -> Caller:
    """Return who asks; raise InvalidRequestError if nobody could be answered."""
    try:
        return Caller(
            response_url=str(event["ResponseURL"]),
            stack_id=str(event["StackId"]),
            request_id=str(event["RequestId"]),
            logical_id=str(event["LogicalResourceId"]),
            physical_id=event.get("PhysicalResourceId"),
        )
    except (KeyError, TypeError) as error:
        raise InvalidRequestError(f"the event is no request of CloudFormation: it lacks {error}") from error


def deployment(event: Mapping[str, Any], site: Site) -> Deployment:
    """Return what a Create or an Update asks for; raise InvalidRequestError.

    The properties of the previous release are accepted too: what is unknown is ignored.
    """
    properties = event.get("ResourceProperties", {})
    ami_id = _ami_id(properties) if properties.get("Ami") is not None else None
    return Deployment(
        preset=preset.parse(_property(properties, "Preset")),
        ami_id=ami_id,
        pipeline_arn=None if ami_id else _property(properties, "PipelineArn"),
        recipe_arn=site.ami_arn(ami_id) if ami_id else _property(properties, "RecipeArn"),
        recipe_hash=_property(properties, "RecipeHash"),
        launch_template_id=_property(properties, "LaunchTemplateId"),
        launch_template_version=_property(properties, "LaunchTemplateVersion"),
        commit=str(properties.get("Commit", "")),
    )


def preset_name(caller: Caller, names: Names) -> str | None:
    """Return the preset that a physical id stands for, or None if it was never one of ours."""
    prefix = names.physical_id("")
    written = caller.physical_id or ""
    name = written.removeprefix(prefix)
    return name if written.startswith(prefix) and preset.NAME.fullmatch(name) else None


def answer_body(caller: Caller, answer: Answer) -> bytes:
    """Return the JSON that CloudFormation takes: at most 4,096 bytes, the reason on one line."""
    body: dict[str, object] = {
        "Status": "SUCCESS" if answer.reason is None else "FAILED",
        "PhysicalResourceId": answer.physical_id,
        "StackId": caller.stack_id,
        "RequestId": caller.request_id,
        "LogicalResourceId": caller.logical_id,
    }
    if answer.reason is not None:
        body["Reason"] = one_line(answer.reason)
    elif answer.decision is not None:
        body["Data"] = {"Decision": one_line(answer.decision)}
    return json.dumps(body, ensure_ascii=False).encode()


def one_line(text: str) -> str:
    """Return text without line breaks and control characters, cut to what fits beside the rest of an answer."""
    flat = " ".join(text.split())
    return "".join(filter(str.isprintable, flat)).encode()[:MAX_TEXT_BYTES].decode(errors="ignore")


def _ami_id(properties: Mapping[str, Any]) -> str:
    ami_id = _property(properties, "Ami")
    if own_amis.ID.fullmatch(ami_id):
        return ami_id
    raise InvalidRequestError(f"the property Ami is {ami_id[:100]!r}, expected an AMI id")


def _property(properties: Mapping[str, Any], name: str) -> str:
    value = properties.get(name)
    if isinstance(value, str) and value:
        return value
    raise InvalidRequestError(f"the property {name} is {value!r}, expected text")


def named(event: Mapping[str, Any]) -> str | None:
    """Return the preset that a request's properties name, or None if they name none."""
    try:
        return preset.parse(event["ResourceProperties"]["Preset"]).name
    except (InvalidRequestError, KeyError, TypeError):
        return None
