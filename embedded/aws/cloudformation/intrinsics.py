"""The intrinsic functions of templates."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from embedded.aws.cloudformation.errors import RefusedError
from embedded.aws.cloudformation.stacks import Resource
from embedded.aws.cloudformation.templates import target_of

UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"  # how change sets of AWS write a value that only the execution will tell
NO_VALUE = object()


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Where names get their values: a template's own sections, resolved parameters, and resources as they are."""

    template: Mapping[str, Any]
    parameters: Mapping[str, Any]  # and pseudo parameters
    zones: Callable[[str], list[str]]
    resources: Mapping[str, Resource]

    def resolve(self, value: Any) -> Any:
        """Return `value` with every function in it evaluated; entries that become AWS::NoValue are left out."""
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NO_VALUE]
        if isinstance(value, dict):
            name = next(iter(value), "")
            if len(value) == 1 and (name == "Ref" or name.startswith("Fn::")):
                return self._call(name, value[name])
            done = {key: self.resolve(item) for key, item in value.items()}
            return {key: item for key, item in done.items() if item is not NO_VALUE}
        if isinstance(value, str) and "{{resolve:" in value:
            raise RefusedError(f"Dynamic references are not supported here: {value}")
        return value

    def is_live(self, entry: Mapping[str, Any]) -> bool:
        """Tell whether a resource or output exists under the present conditions."""
        return "Condition" not in entry or self._condition(entry["Condition"])

    def ref(self, name: str, attribute: str = "") -> Any:
        """Return what Ref gives, or GetAtt of an attribute."""
        if name in self.parameters:
            return self.parameters[name]
        resource = self.resources.get(name)
        if resource is None:
            raise RefusedError(f"Template format error: Unresolved resource dependencies [{name}]")
        try:
            return resource.attributes[attribute] if attribute else resource.physical_resource_id
        except KeyError as error:
            raise RefusedError(f"Attribute error: {name} did not return {attribute}") from error

    def _condition(self, name: str) -> bool:
        if name not in self.template.get("Conditions", {}):
            raise RefusedError(f"Template error: unresolved condition dependency {name}")
        return self._test(self.template["Conditions"][name])

    def _test(self, rule: Any) -> bool:
        (function, argument), *_ = rule.items()
        if function == "Condition":
            return self._condition(argument)
        if function == "Fn::Equals":
            first, second = map(self.resolve, argument)
            return bool(first == second)
        if function not in {"Fn::And", "Fn::Not"}:
            raise RefusedError(f"Template validation error: condition function {function} is not supported")
        results = [self._test(item) for item in argument]
        return all(results) if function == "Fn::And" else not results[0]

    def _call(self, function: str, argument: Any) -> Any:
        own: dict[str, Callable[[Any], Any]] = {
            "Ref": self.ref,
            "Fn::GetAtt": lambda given: self.ref(*target_of(given)),
            "Fn::If": lambda given: self.resolve(given[1] if self._condition(given[0]) else given[2]),
            "Fn::Sub": lambda given: self._sub(*(given if isinstance(given, list) else (given, {}))),
        }
        if function in own:
            return own[function](argument)
        given = self.resolve(argument)
        if function not in {"Fn::Join", "Fn::Base64"} and UNKNOWN in json.dumps(given):
            return UNKNOWN
        own |= {**_FUNCTIONS, "Fn::GetAZs": self.zones}
        if function not in own:
            raise RefusedError(f"Template error: {function} is not supported here")
        try:
            return own[function](given)
        except (TypeError, ValueError, LookupError, AttributeError) as error:
            raise RefusedError(f"Template error: {function} cannot take {json.dumps(given)}") from error

    def _sub(self, template: str, own: Mapping[str, Any]) -> str:
        def value_of(found: re.Match[str]) -> str:
            name = found[1].strip()
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            return _text(self.resolve(own[name]) if name in own else self.ref(*target_of(name)))

        return re.sub(r"\$\{([^}]+)\}", value_of, self.resolve(template))


def _text(value: Any) -> str:
    if isinstance(value, dict | list) or value is NO_VALUE:
        raise RefusedError("Template error: a list, map or nothing stands where a string is joined or substituted")
    return str(value).lower() if isinstance(value, bool) else str(value)


_FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "Fn::Base64": lambda given: base64.b64encode(given.encode()).decode(),
    "Fn::Join": lambda given: given[0].join(map(_text, given[1])),
    "Fn::Select": lambda given: given[1][int(given[0])],
    "Fn::Split": lambda given: given[1].split(given[0]),
}
