"""What CloudFormation's own resource schemas, as bundled in cfn-lint, say about replacement and tags.

Read from cfn-lint's data files: importing cfn-lint itself takes seconds.
"""

import functools
import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any


@functools.cache
def schema(region: str, type_name: str) -> Mapping[str, Any]:
    """Return the registry schema of a resource type; KeyError if AWS has no such type in `region`."""
    spec = find_spec("cfnlint")
    if spec is None or spec.origin is None:
        raise LookupError("cfn-lint, whose resource schemas tell what a change replaces, is not installed")
    data = Path(spec.origin).parent / "data" / "schemas"
    digest = _digests(data / "providers" / f"{region}.json")[type_name]
    loaded: dict[str, Any] = json.loads((data / "resources" / f"{digest}.json").read_text())
    return loaded


def recreation(region: str, type_name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """Tell for each top-level property that differs whether its change recreates: Always, Conditionally or Never."""
    changed = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    told = dict.fromkeys(changed, "Never")
    if type_name.startswith("Custom::"):
        return told
    known = schema(region, type_name)
    for key, answer in (("conditionalCreateOnlyProperties", "Conditionally"), ("createOnlyProperties", "Always")):
        for pointer in known.get(key, []):
            path = pointer.removeprefix("/properties/").split("/")
            if path[0] in told and _at(old, path) != _at(new, path):
                told[path[0]] = answer
    return told


def takes_system_tags(region: str, type_name: str) -> bool:
    """Tell whether CloudFormation adds its own `aws:cloudformation:` tags to this type."""
    tagging = schema(region, type_name).get("tagging") or {}
    return bool(tagging.get("cloudFormationSystemTags", False))


@functools.cache
def _digests(path: Path) -> Mapping[str, str]:
    loaded: dict[str, str] = json.loads(path.read_text())
    return loaded


def _at(value: Any, path: list[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
