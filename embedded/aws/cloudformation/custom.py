"""Lambda-backed custom resources.

Protocol: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from embedded.aws.cloudformation.caller import Caller
from embedded.aws.cloudformation.errors import ResourceFailedError
from embedded.aws.cloudformation.stacks import Resource

MOST_BYTES = 4096
DEFAULT_TIMEOUT_SECONDS = 3600
SAME = ("StackId", "RequestId", "LogicalResourceId")


class CustomResource:
    """`Custom::*`: the function behind ServiceToken does the work and answers at ResponseURL."""

    service: ClassVar[str] = "lambda"
    tag: ClassVar[tuple[str, ...]] = ()
    attributes: ClassVar[Mapping[str, str] | None] = None  # any

    def takes(self) -> frozenset[str] | None:
        """Accept any property."""
        return None

    def make(self, caller: Caller, resource: Resource) -> Resource:
        """Send Create; without a usable answer a made-up physical id is what will be deleted."""
        try:
            return _ask(caller, "Create", resource)
        except ResourceFailedError as error:
            nameless = replace(resource, physical_resource_id=caller.name(resource.logical_resource_id))
            raise ResourceFailedError(str(error), error.left or nameless) from error

    def change(self, caller: Caller, old: Resource, new: Resource) -> Resource:
        """Send Update; another physical id in the answer makes CloudFormation delete the old one afterwards."""
        if old.properties["ServiceToken"] != new.properties["ServiceToken"]:
            raise ResourceFailedError("Modifying service token is not allowed.", old)
        known = replace(new, physical_resource_id=old.physical_resource_id)
        return _ask(caller, "Update", known, OldResourceProperties=_strings(old.properties))

    def remove(self, caller: Caller, resource: Resource) -> None:
        """Send Delete."""
        _ask(caller, "Delete", resource)


def _ask(caller: Caller, kind: str, resource: Resource, **more: Any) -> Resource:
    properties = _strings(resource.properties)
    if "ServiceToken" not in properties:
        raise ResourceFailedError(f"Property ServiceToken is required for {resource.resource_type}")
    if resource.physical_resource_id:
        more["PhysicalResourceId"] = resource.physical_resource_id
    request = {
        "RequestType": kind,
        "ServiceToken": properties["ServiceToken"],
        "StackId": caller.stack_id,
        "RequestId": str(uuid.uuid4()),
        "LogicalResourceId": resource.logical_resource_id,
        "ResourceType": resource.resource_type,
        "ResourceProperties": properties,
        **more,
    }
    body = caller.ask(request, float(properties.get("ServiceTimeout", DEFAULT_TIMEOUT_SECONDS)))
    return _answered(body, request, resource)


def _answered(body: bytes, request: dict[str, Any], resource: Resource) -> Resource:
    if len(body) > MOST_BYTES:
        raise ResourceFailedError("Response object is too long.")
    try:
        answer = dict(json.loads(body))
    except (ValueError, TypeError) as error:
        raise ResourceFailedError(f"Invalid Response object: {error}") from error
    if odd := [key for key in SAME if answer.get(key) != request[key]]:
        raise ResourceFailedError(f"Invalid Response object: Value of property {odd[0]} does not match the request.")
    physical_id, data = answer.get("PhysicalResourceId"), answer.get("Data") or {}
    made = replace(resource, physical_resource_id=physical_id, attributes=data) if physical_id else None
    if answer.get("Status") == "FAILED":
        said = f"Message returned: {answer.get('Reason')} (RequestId: {request['RequestId']})"
        raise ResourceFailedError(f"Received response status [FAILED] from custom resource. {said}", made)
    if answer.get("Status") != "SUCCESS":
        raise ResourceFailedError("Invalid Response object: Value of property Status must be SUCCESS or FAILED.", made)
    if made is None:
        raise ResourceFailedError("Invalid PhysicalResourceId")
    return made


def _strings(value: Any) -> Any:
    """Return `value` with every scalar as the string that CloudFormation sends."""
    if isinstance(value, dict):
        return {key: _strings(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_strings(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else str(value)
