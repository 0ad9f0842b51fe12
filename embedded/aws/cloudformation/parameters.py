"""Template parameters: given, previous or default values, checked, and SSM ones looked up."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from embedded.aws.cloudformation.errors import RefusedError

SSM_VALUE = re.compile(r"AWS::SSM::Parameter::Value<(.+)>")
PLAIN = re.compile(r"String|Number|CommaDelimitedList|List<(String|Number|AWS::EC2::[\w:]+)>|AWS::EC2::[\w:]+")
RULES = {"Type", "Default", "Description", "AllowedValues", "AllowedPattern", "ConstraintDescription", "NoEcho"}
MOST_BYTES = 4096


def given_values(
    template: Mapping[str, Any], wanted: Iterable[Mapping[str, Any]], previous: Mapping[str, str]
) -> dict[str, str]:
    """Return a value for every declared parameter: as given, as before (UsePreviousValue) or its default."""
    declared = template.get("Parameters", {})
    values: dict[str, str] = {name: str(rule["Default"]) for name, rule in declared.items() if "Default" in rule}
    for item in wanted:
        name = item["ParameterKey"]
        if name not in declared:
            raise RefusedError(f"Parameters: [{name}] do not exist in the template")
        if item.get("UsePreviousValue") and name not in previous:
            raise RefusedError(f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true")
        values[name] = previous[name] if item.get("UsePreviousValue") else str(item.get("ParameterValue", ""))
    if missing := sorted(declared.keys() - values.keys()):
        raise RefusedError(f"Parameters: [{', '.join(missing)}] must have values")
    for name, value in values.items():
        _check(name, declared[name], value)
    return values


def resolved_values(
    template: Mapping[str, Any], given: Mapping[str, str], look_up: Callable[[list[str]], Mapping[str, str]]
) -> dict[str, Any]:
    """Return what Ref gives for every parameter; `look_up` reads SSM parameters and leaves out missing ones."""
    kinds = {name: template["Parameters"][name]["Type"] for name in given}
    stored = {name: match[1] for name, kind in kinds.items() if (match := SSM_VALUE.fullmatch(kind))}
    found = look_up(sorted({given[name] for name in stored})) if stored else {}
    if missing := sorted({given[name] for name in stored} - found.keys()):
        raise RefusedError(f"Unable to fetch parameters [{','.join(missing)}] from parameter store for this account.")
    values = {name: found[value] if name in stored else value for name, value in given.items()}
    lists = {name for name in given if re.match("CommaDelimitedList|List<", stored.get(name, kinds[name]))}
    return {name: [i.strip() for i in value.split(",")] if name in lists else value for name, value in values.items()}


def shown(template: Mapping[str, Any], given: Mapping[str, str], values: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return parameters as DescribeStacks lists them."""
    rows = []
    for name, value in given.items():
        rule = template["Parameters"][name]
        rows.append({"ParameterKey": name, "ParameterValue": "****" if rule.get("NoEcho") else value})
        if SSM_VALUE.fullmatch(rule["Type"]):
            rows[-1]["ResolvedValue"] = ",".join(values[name]) if isinstance(values[name], list) else values[name]
    return rows


def _check(name: str, rule: Mapping[str, Any], value: str) -> None:
    match = SSM_VALUE.fullmatch(rule["Type"])
    if not PLAIN.fullmatch(match[1] if match else rule["Type"]):
        raise RefusedError(f"Template format error: Unrecognized parameter type: {rule['Type']}")
    if odd := sorted(rule.keys() - RULES):
        raise RefusedError(f"Parameter {name}: {odd[0]} is not supported here")
    allowed = rule.get("AllowedValues", [value])
    fits = value in map(str, allowed) and re.fullmatch(rule.get("AllowedPattern", "(?s:.*)"), value)
    if rule["Type"] == "Number":
        fits = fits and re.fullmatch(r"-?\d+(\.\d+)?", value)
    if not fits or len(value.encode()) > MOST_BYTES:
        why = rule.get("ConstraintDescription", f"{value!r} is not accepted")
        raise RefusedError(f"Parameter '{name}' failed to satisfy constraint: {why}")
