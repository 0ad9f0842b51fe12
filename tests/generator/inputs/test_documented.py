import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from generator.inputs.schema import preset_schema, settings_schema
from generator.presets import Preset, PresetDefaults

DOCS = (Path(__file__).parents[3] / "docs/presets.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \| `([^`]+)` \|$", re.MULTILINE)
ROWS = {
    (file, match[1]): match
    for file, text in zip(("preset", "settings"), DOCS.split("\n## spot-runner.yaml\n"), strict=True)
    for match in ROW.finditer(text)
}
TYPES = {
    "whole number": {"type": "integer"},
    "text": {"type": "string"},
    "true or false": {"type": "boolean"},
    "mapping": {"type": "object"},
    "list": {"type": "array"},
    "list of text": {"type": "array", "items": {"type": "string"}},
}


def properties(schema: dict[str, Any], part: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every field that a schema knows, by its path, but not those under `defaults`, which are the preset's."""
    if "$ref" in part:
        part = schema["$defs"][part["$ref"].rpartition("/")[2]] | {name: part[name] for name in part if name != "$ref"}
    for inner in [*part.get("anyOf", []), *part.get("oneOf", [])]:
        yield from properties(schema, inner, path)
    for name, about in part.get("properties", {}).items():
        if isinstance(about, dict) and about.keys() != {"const"}:
            inner_path = f"{path}.{name}" if path else name
            yield inner_path, about
            if inner_path != "defaults":
                yield from properties(schema, about, inner_path)
    if "items" in part:
        yield from properties(schema, part["items"], f"{path}[]")
    if isinstance(part.get("additionalProperties"), dict):
        yield from properties(schema, part["additionalProperties"], f"{path}.<name>")


SCHEMAS = {"preset": preset_schema(), "settings": settings_schema()}
FIELDS = {(file, path): about for file, schema in SCHEMAS.items() for path, about in properties(schema, schema)}
EACH_FIELD = pytest.mark.parametrize("field", FIELDS, ids=" ".join)


def test_fields_are_found_in_lists_mappings_and_environments() -> None:
    found = {path for _, path in FIELDS}
    assert {"image.components[].run", "environments.<name>.network.subnetIds", "github.apps[].id"} <= found


@EACH_FIELD
def test_a_field_is_documented_with_type_default_and_example(field: tuple[str, str]) -> None:
    about = FIELDS[field]
    _, kind, default, accepted, example = ROWS[field].groups()
    jsonschema.validate(yaml.safe_load(example), TYPES[kind])
    if "default" in about:
        assert yaml.safe_load(default.strip("`")) == about["default"]
    assert all(str(choice) in accepted for choice in about.get("enum", ()))
    if about.get("maximum", 10**6) < 10**6:
        assert f"{about['minimum']} to {about['maximum']}" in accepted


@EACH_FIELD
def test_an_editor_can_explain_a_field(field: tuple[str, str]) -> None:
    about = FIELDS[field]
    assert "$ref" in about or (about["description"] and about["examples"])


def test_the_documentation_names_no_field_that_does_not_exist() -> None:
    assert ROWS.keys() == FIELDS.keys()


def test_what_defaults_cannot_hold_is_documented() -> None:
    only = Preset.model_json_schema()["properties"].keys() - PresetDefaults.model_json_schema()["properties"].keys()
    assert only == {"name", "architecture", "platform", "instanceTypes"}
    names = re.search(r"any field of a preset but ([^:.]+\s?[^:]+?)\. A preset's own file", DOCS)
    assert names
    assert set(re.findall("`([^`]+)`", names[1])) == only | {"image.ami", "image.buildInstanceTypes"}


def test_the_examples_of_the_documentation_are_valid() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)
    preset, settings, windows = (json.loads(json.dumps(yaml.safe_load(block))) for block in blocks[:3])
    assert windows["platform"] == "windows"
    for example in (preset, windows):
        jsonschema.validate(example, preset_schema())
    jsonschema.validate(settings, settings_schema())
