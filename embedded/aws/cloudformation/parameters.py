"""Template parameters: given or default values, checked, and SSM ones looked up."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from embedded.aws.cloudformation.errors import RefusedError

SSM_VALUE = re.compile(r"AWS::SSM::Parameter::Value<(.+)>")
LIST = re.compile(r"CommaDelimitedList|List<(String|AWS::EC2::[\w:]+)>")
RULES = {"Type", "Default", "Description", "AllowedValues", "AllowedPattern"}
MOST_BYTES = 4096


def given_values(template: Mapping[str, Any], wanted: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return a value for every declared parameter: as given, or its default."""
    declared = template.get("Parameters", {})
    values: dict[str, str] = {name: str(rule["Default"]) for name, rule in declared.items() if "Default" in rule}
    for item in wanted:
        if item.keys() != {"ParameterKey", "ParameterValue"}:
            raise RefusedError(f"Parameters: {sorted(item)} is not supported here, only ParameterKey, ParameterValue")
        values[item["ParameterKey"]] = str(item["ParameterValue"])
    if unknown := sorted(values.keys() - declared.keys()):
        raise RefusedError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
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
    lists = {name for name in given if LIST.fullmatch(stored.get(name, kinds[name]))}
    return {name: [i.strip() for i in value.split(",")] if name in lists else value for name, value in values.items()}


def shown(template: Mapping[str, Any], given: Mapping[str, str], values: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return parameters as DescribeStacks lists them."""
    rows = [{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()]
    for row in rows:
        name = row["ParameterKey"]
        if SSM_VALUE.fullmatch(template["Parameters"][name]["Type"]):
            row["ResolvedValue"] = ",".join(values[name]) if isinstance(values[name], list) else values[name]
    return rows


def _check(name: str, rule: Mapping[str, Any], value: str) -> None:
    match = SSM_VALUE.fullmatch(rule["Type"])
    kind = match[1] if match else rule["Type"]
    if kind != "String" and not LIST.fullmatch(kind):
        raise RefusedError(f"Template format error: Unrecognized parameter type: {rule['Type']}")
    if odd := sorted(rule.keys() - RULES):
        raise RefusedError(f"Parameter {name}: {odd[0]} is not supported here")
    fits = value in rule.get("AllowedValues", [value]) and re.fullmatch(rule.get("AllowedPattern", "(?s:.*)"), value)
    if not fits or len(value.encode()) > MOST_BYTES:
        raise RefusedError(f"Parameter '{name}' failed to satisfy constraint: {value!r} is not accepted")
