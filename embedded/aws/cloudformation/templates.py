"""Templates: parsed strictly, and walked for what refers to what."""

import json
import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from embedded.aws.cloudformation.errors import RefusedError

SECTIONS = {"Description", "Parameters", "Conditions", "Resources", "Outputs"}
POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")
MOST_RESOURCES = 500


def parse(text: str) -> dict[str, Any]:
    """Read a JSON template; anything in it that this engine does not do is refused by name."""
    try:
        template: dict[str, Any] = dict(json.loads(text))
    except (TypeError, ValueError) as error:
        raise RefusedError(f"Template format error: JSON not well-formed ({error}); YAML is not read here") from error
    _refuse("template", template, SECTIONS)
    if not 0 < len(template.get("Resources", {})) <= MOST_RESOURCES:
        raise RefusedError(f"Template format error: from 1 to {MOST_RESOURCES} Resources members must be defined.")
    for name, declaration in template["Resources"].items():
        if "Type" not in declaration:
            raise RefusedError(f"Template format error: [/Resources/{name}] Every Resources object must have a Type.")
        _refuse(name, declaration, {"Type", "Properties", "DependsOn", "Condition", *POLICIES})
        for key in POLICIES:
            _refuse(f"{key} of {name}", [declaration.get(key, "Delete")], {"Delete", "Retain"})
    for name, output in template.get("Outputs", {}).items():
        _refuse(f"output {name}", output, {"Value", "Description", "Condition"})
    known = template["Resources"].keys() | template.get("Parameters", {}).keys()
    for section in ("Resources", "Outputs"):
        named = set().union(*map(needs, template.get(section, {}).values()))
        if missing := sorted(name for name in named - known if not name.startswith("AWS::")):
            where = f"[{', '.join(missing)}] in the {section} block of the template"
            raise RefusedError(f"Template format error: Unresolved resource dependencies {where}")
    return template


def target_of(argument: Any) -> tuple[str, str]:
    """Return the resource and the attribute that a GetAtt, or the name in a Sub, means."""
    name, attribute = argument if isinstance(argument, list) else argument.partition(".")[::2]
    return name, attribute


def references(value: Any) -> Iterator[tuple[str, str]]:
    """Yield every (name, attribute) that Ref ("" as attribute), GetAtt and Sub name anywhere in `value`."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        for key, argument in value.items():
            if key == "Ref" and isinstance(argument, str):
                yield argument, ""
            elif key == "Fn::GetAtt":
                yield target_of(argument)
            elif key == "Fn::Sub":
                text, own = argument if isinstance(argument, list) else (argument, {})
                names = re.findall(r"\$\{\s*([^!}\s][^}\s]*)\s*\}", text)
                yield from (target_of(name) for name in names if name not in own)
                yield from references(own)
            else:
                yield from references(argument)


def needs(declaration: Mapping[str, Any]) -> frozenset[str]:
    """Return all names that a resource or an output waits for."""
    explicit = declaration.get("DependsOn", [])
    named = (name for key in ("Properties", "Value") for name, _ in references(declaration.get(key)))
    return frozenset([*([explicit] if isinstance(explicit, str) else explicit), *named])


def order(graph: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """Sort logical ids so that each comes after those that it needs."""
    within = {one: [other for other in sorted(needed) if other in graph] for one, needed in graph.items()}
    try:
        return tuple(TopologicalSorter(within).static_order())
    except CycleError as error:
        raise RefusedError(f"Circular dependency between resources: [{', '.join(error.args[1][1:])}]") from error


def check_capabilities(template: Mapping[str, Any], given: tuple[str, ...]) -> None:
    """Refuse IAM resources that the caller did not acknowledge."""
    iam = any(one["Type"].startswith("AWS::IAM::") for one in template["Resources"].values())
    if iam and "CAPABILITY_NAMED_IAM" not in given:
        raise RefusedError("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_NAMED_IAM]")


def _refuse(where: str, given: Any, accepted: set[str]) -> None:
    if odd := sorted(set(given) - accepted):
        raise RefusedError(f"Template format error: {where} has {odd[0]}, which is not supported here")
