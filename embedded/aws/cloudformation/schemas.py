"""What CloudFormation's own resource schemas, as bundled in cfn-lint, say about replacement and tags.

Read from cfn-lint's data files: importing cfn-lint itself takes seconds.
"""

import functools
import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from embedded.aws.cloudformation.stacks import Resource

CREATE_ONLY = ("conditionalCreateOnlyProperties", "createOnlyProperties")


@functools.cache
def schema(region: str, type_name: str) -> Mapping[str, Any]:
    """Return the registry schema of a resource type; KeyError if AWS has no such type in `region`."""
    spec = find_spec("cfnlint")
    if spec is None or spec.origin is None:
        raise LookupError("cfn-lint, whose resource schemas tell what a change replaces, is not installed")
    data = Path(spec.origin).parent / "data" / "schemas"
    digest = _read(data / "providers" / f"{region}.json")[type_name]
    return _read(data / "resources" / f"{digest}.json")


def recreates(region: str, old: Resource, new: Resource) -> bool:
    """Tell whether bringing `old` to `new` takes another physical resource."""
    if old.resource_type.startswith("Custom::"):
        return False
    known = schema(region, old.resource_type)
    pointers = [pointer for key in CREATE_ONLY for pointer in known.get(key, [])]
    paths = [pointer.removeprefix("/properties/").split("/") for pointer in pointers]
    return any(_at(old.properties, path) != _at(new.properties, path) for path in paths)


def takes_system_tags(region: str, type_name: str) -> bool:
    """Tell whether CloudFormation adds its own `aws:cloudformation:` tags to this type."""
    tagging = schema(region, type_name).get("tagging") or {}
    return bool(tagging.get("cloudFormationSystemTags", False))


@functools.cache
def _read(path: Path) -> Mapping[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def _at(value: Any, path: list[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
