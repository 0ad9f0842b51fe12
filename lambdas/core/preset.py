"""A preset as it is deployed: the custom resource's `Preset`, and what the table and the SSM parameter take of it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lambdas.core.errors import InvalidRequestError

NAME = re.compile(r"(?!.{41})[a-z0-9]([a-z0-9-]*[a-z0-9])?")
ARCHITECTURES = ("x86_64", "arm64")
LINUX, WINDOWS = PLATFORMS = ("linux", "windows")
WEEK_MINUTES = 7 * 24 * 60  # the schedule that a preset has unless it says otherwise


@dataclass(frozen=True, kw_only=True)
class InstanceSize:
    """How large an instance type is."""

    name: str
    vcpu: int
    memory_mib: int


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One kind of runner, without what is baked into its AMI.

    `timeout` is in minutes and `schedule_interval_minutes` the longest time between two scheduled builds. `sizes` are
    those of its instance types; a release that knew no options in labels said none.
    """

    name: str
    architecture: str
    instance_types: tuple[str, ...]
    platform: str = LINUX
    labels: tuple[str, ...] = ()
    timeout: int = 60
    disk_size_gb: int = 50
    spot_strategy: str = "spotPreferred"
    max_runners: int = 50
    runner_group: str = "Default"
    on_interruption: str = "rerun"
    schedule_interval_minutes: int = WEEK_MINUTES
    sizes: tuple[InstanceSize, ...] = ()


def parse(text: str) -> Preset:
    """Return the preset that a custom resource's `Preset` holds.

    Unknown keys are ignored and missing ones take the documented default, so that the properties of the release
    before and of the one after are both accepted. Raises InvalidRequestError.
    """
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InvalidRequestError(f"Preset is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise InvalidRequestError(f"Preset is {_kind(found)}, expected a JSON object")
    return from_json(found)


def from_json(found: Mapping[str, object]) -> Preset:
    """Return the preset that a JSON object stands for, or raise InvalidRequestError."""
    preset = Preset(
        name=_text(found, "name"),
        architecture=_text(found, "architecture"),
        instance_types=_texts(found, "instanceTypes"),
        platform=_text(found, "platform", Preset.platform),
        labels=_texts(found, "labels", Preset.labels),
        timeout=_number(found, "timeout", Preset.timeout),
        disk_size_gb=_number(found, "diskSizeGb", Preset.disk_size_gb),
        spot_strategy=_text(found, "spotStrategy", Preset.spot_strategy),
        max_runners=_number(found, "maxRunners", Preset.max_runners),
        runner_group=_text(found, "runnerGroup", Preset.runner_group),
        on_interruption=_text(found, "onInterruption", Preset.on_interruption),
        schedule_interval_minutes=_number(found, "scheduleIntervalMinutes", Preset.schedule_interval_minutes),
        sizes=tuple(_sizes(found.get("sizes", {}))),
    )
    if not NAME.fullmatch(preset.name):
        raise InvalidRequestError(
            f"Preset.name is {preset.name[:100]!r}, expected lower case, digits and -, at most 40"
        )
    if preset.architecture not in ARCHITECTURES:
        raise InvalidRequestError(f"Preset.architecture is {preset.architecture!r}, expected x86_64 or arm64")
    if preset.platform not in PLATFORMS:
        raise InvalidRequestError(f"Preset.platform is {preset.platform!r}, expected linux or windows")
    if not preset.instance_types:
        raise InvalidRequestError("Preset.instanceTypes is empty, expected at least one instance type")
    return preset


def platform_in_ec2(said: str | None) -> str:
    """Return the platform of an AMI or an instance by EC2's word for it: EC2 names Windows alone, in any case.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Image.html (platform)
    """
    return WINDOWS if (said or "").lower() == WINDOWS else LINUX


def to_json(preset: Preset) -> dict[str, object]:
    """Return the JSON object that stands for a preset."""
    return {
        "name": preset.name,
        "architecture": preset.architecture,
        "platform": preset.platform,
        "instanceTypes": list(preset.instance_types),
        "labels": list(preset.labels),
        "timeout": preset.timeout,
        "diskSizeGb": preset.disk_size_gb,
        "spotStrategy": preset.spot_strategy,
        "maxRunners": preset.max_runners,
        "runnerGroup": preset.runner_group,
        "onInterruption": preset.on_interruption,
        "scheduleIntervalMinutes": preset.schedule_interval_minutes,
        "sizes": {size.name: {"vcpu": size.vcpu, "memoryMib": size.memory_mib} for size in preset.sizes},
    }


def _text(found: Mapping[str, object], key: str, default: str | None = None) -> str:
    value = found.get(key, default)
    if isinstance(value, str) and value:
        return value
    raise InvalidRequestError(f"Preset.{key} is {_kind(value)}, expected text")


def _texts(found: Mapping[str, object], key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
    value = found.get(key, default)
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise InvalidRequestError(f"Preset.{key} is {_kind(value)}, expected a list of texts")


def _number(found: Mapping[str, object], key: str, default: int) -> int:
    value = found.get(key, default)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise InvalidRequestError(f"Preset.{key} is {_kind(value)}, expected a whole number, 0 or more")


def _sizes(found: object) -> Iterator[InstanceSize]:
    if not isinstance(found, Mapping):
        raise InvalidRequestError(f"Preset.sizes is {_kind(found)}, expected an object by instance type")
    for name, size in found.items():
        if not isinstance(size, Mapping):
            raise InvalidRequestError(f"Preset.sizes.{name} is {_kind(size)}, expected vcpu and memoryMib")
        yield InstanceSize(name=name, vcpu=_number(size, "vcpu", 0), memory_mib=_number(size, "memoryMib", 0))


def _kind(value: object) -> str:
    return "missing" if value is None else repr(value)[:100]
