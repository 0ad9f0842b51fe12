"""The door through which resources reach the services: boto3, with every input checked against botocore's shapes."""

import functools
import json
import secrets
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.session import get_session

from embedded.aws.cloudformation.errors import ResourceFailedError, is_gone


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Calls on behalf of one stack, as its role; `ask` sends a custom resource's request and returns the answer."""

    stack_id: str
    stack_name: str
    place: Mapping[str, str]  # partition, region, account
    client: Callable[[str], Any]
    ask: Callable[[dict[str, Any], float], bytes]

    def call(self, service: str, operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Call an operation with `given` in CloudFormation's spelling; whatever the operation lacks is an error."""
        inputs = cast(given, _shape(service, operation), f"{service}.{operation}")
        answer: dict[str, Any] = getattr(self.client(service), operation)(**inputs)
        return answer

    def drop(self, service: str, operation: str, given: Mapping[str, Any]) -> None:
        """Call an operation that takes something away; it may be gone already."""
        try:
            self.call(service, operation, given)
        except ClientError as error:
            if not is_gone(error):
                raise

    def zones(self, region: str) -> list[str]:
        """Return the zones of this Region for Fn::GetAZs."""
        if region not in {"", self.place["region"]}:
            raise ResourceFailedError(f"Fn::GetAZs of {region}: only {self.place['region']} exists here")
        found = self.call("ec2", "describe_availability_zones", {})["AvailabilityZones"]
        return sorted(zone["ZoneName"] for zone in found)

    def name(self, logical_id: str, limit: int = 64) -> str:
        """Make up a physical name as CloudFormation does."""
        ending = "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(12))
        return f"{self.stack_name}-{logical_id}"[: limit - 13] + f"-{ending}"


@functools.cache
def service_model(service: str) -> Any:
    """Return botocore's model of a service, read once."""
    return get_session().get_service_model(service)


def members(service: str, operation: str) -> frozenset[str]:
    """Return the lower-case names that an operation's input takes; none for no operation."""
    return frozenset(map(str.lower, _shape(service, operation).members)) if operation else frozenset()


def cast(value: Any, shape: Any, path: str) -> Any:
    """Return template properties as the input that `shape` describes: names by any case, scalars by type."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        names = {name.lower(): name for name in shape.members}
        _refuse_unknown([key for key in value if key.lower() not in names], path)
        given = {names[key.lower()]: item for key, item in value.items() if item is not None}
        return {name: cast(item, shape.members[name], f"{path}.{name}") for name, item in given.items()}
    if kind == "list" and isinstance(value, dict):  # tags, which travel as a map in this engine
        value = [{"Key": key, "Value": item} for key, item in value.items()]
    if kind == "list" and isinstance(value, list):
        return [cast(item, shape.member, f"{path}[{index}]") for index, item in enumerate(value)]
    if kind == "map" and isinstance(value, dict):
        _refuse_unknown(value.keys() - set(getattr(shape.key, "enum", None) or value), path)
        return {key: cast(item, shape.value, f"{path}.{key}") for key, item in value.items()}
    try:
        return _SCALARS.get(kind, lambda same: same)(value)
    except (TypeError, ValueError, KeyError) as error:
        raise ResourceFailedError(f"{path} is {value!r}, expected a {kind}") from error


def text(value: Any) -> str:
    """Write a scalar or document as the string that an API takes."""
    if isinstance(value, dict | list):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


@functools.cache
def _shape(service: str, operation: str) -> Any:
    (name,) = [one for one in service_model(service).operation_names if xform_name(one) == operation]
    return service_model(service).operation_model(name).input_shape


def _refuse_unknown(names: Any, path: str) -> None:
    if names:
        raise ResourceFailedError(f"{path} has no {min(names)}: this property is not supported here")


def _none(value: Any) -> Any:
    raise TypeError(f"{value!r} is no document")


_SCALARS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("integer", "long"), int),
    **dict.fromkeys(("float", "double"), float),
    **dict.fromkeys(("structure", "list", "map"), _none),
    "boolean": lambda value: {"true": True, "false": False}[text(value)],
    "string": text,
}
