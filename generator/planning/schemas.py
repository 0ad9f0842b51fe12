"""Which properties replace a resource when they change, from the CloudFormation schemas that cfn-lint carries."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from generator.errors import SpotRunnerError

CUSTOM = "AWS::CloudFormation::CustomResource"
PropertyPath = tuple[str, ...]


@cache
def create_only(type_name: str, region: str) -> frozenset[PropertyPath]:
    """Return the property paths of a resource type that cannot change in place; none for an unknown type.

    https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html (createOnlyProperties)
    """
    key = CUSTOM if type_name.startswith("Custom::") else type_name
    file = _provider(region).get(key)
    if file is None:
        return frozenset()
    schema = json.loads((_folder() / "resources" / f"{file}.json").read_text())
    listed = [*schema.get("createOnlyProperties", []), *schema.get("conditionalCreateOnlyProperties", [])]
    return frozenset(_path(pointer) for pointer in listed)


def _path(pointer: str) -> PropertyPath:
    """Return the names of a JSON pointer, up to where it enters a list."""
    names = pointer.removeprefix("/properties/").split("/")
    return tuple(names[: names.index("*")] if "*" in names else names)


@cache
def _provider(region: str) -> Mapping[str, str]:
    file = _folder() / "providers" / f"{region}.json"
    found: Any = json.loads((file if file.exists() else file.with_name("us-east-1.json")).read_text())
    return {str(name): str(schema) for name, schema in found.items()}


@cache
def _folder() -> Path:
    """Return where the schemas are, without importing cfn-lint, which takes seconds."""
    spec = find_spec("cfnlint")
    if spec is None or not spec.submodule_search_locations:
        raise SpotRunnerError("cfn-lint is not installed: install spot-runner with its dependencies")
    return Path(spec.submodule_search_locations[0]) / "data" / "schemas"
