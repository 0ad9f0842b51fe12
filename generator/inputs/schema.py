"""JSON Schemas (draft 2020-12) of preset and settings files, for editors; they refuse what the models refuse.

Not in a schema's reach: the file's name, other files, YAML's own syntax, two components of one name, and two
environments in one account and Region.
"""

from collections.abc import Callable, Mapping
from typing import Any

from generator.inputs import platforms
from generator.inputs.fields import Section, whole_pattern
from generator.inputs.instance_types import ARCHITECTURES, of_architecture
from generator.inputs.kinds import ENVIRONMENT_NAME
from generator.inputs.settings import Settings
from generator.presets import Preset

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def preset_schema() -> Schema:
    """Return the schema of `presets/*.yaml`."""
    schema = _schema(Preset, "A preset of spot-runner")
    for architecture in ARCHITECTURES:
        names = {"title": f"EC2 instance types for {architecture}", "enum": list(of_architecture(architecture))}
        schema["$defs"][f"types-{architecture}"] = names
    schema["$defs"]["Image"] |= {"if": {"required": ["ami"]}, "then": {"title": "An own AMI", "maxProperties": 1}}
    return schema | {"allOf": [*(_types_fit(architecture) for architecture in ARCHITECTURES), platforms.schema()]}


def settings_schema() -> Schema:
    """Return the schema of `spot-runner.yaml`."""
    schema = _schema(Settings, "The settings of spot-runner")
    environments = schema["properties"]["environments"]
    (environment,) = environments.pop("patternProperties").values()
    environments["additionalProperties"] = environment
    environments["propertyNames"] = {
        "maxLength": ENVIRONMENT_NAME.longest,
        "pattern": whole_pattern(ENVIRONMENT_NAME.pattern),
    }
    del schema["$defs"]["GitHubOverride"]["properties"]["apps"]["default"]
    schema["$defs"]["Network"]["anyOf"] = [
        {"title": "A new VPC", "properties": {"create": {"const": True}, "vpcId": False, "subnetIds": False}},
        {
            "title": "An existing VPC",
            "properties": {"create": {"const": False}},
            "required": ["vpcId", "subnetIds"],
        },
    ]
    return schema


SCHEMAS: Mapping[str, Callable[[], Schema]] = {"preset": preset_schema, "settings": settings_schema}


def _schema(model: type[Section], title: str) -> Schema:
    made = model.model_json_schema(by_alias=True)
    for section in (made, *made["$defs"].values()):
        _put_required_first(section)
        for about in section.get("properties", {}).values():
            if _says_only_left_out(about):
                del about["default"]
    return {"$schema": DIALECT, **made, "title": title}


def _says_only_left_out(about: Schema) -> bool:
    """Return whether a default is no value that a file could hold, but stands for "not given"."""
    default = about.get("default", ...)
    return default is None or isinstance(default, dict) or (default == [] and "minItems" in about)


def _put_required_first(section: Schema) -> None:
    properties, required = section.get("properties", {}), section.get("required", [])
    for name in [*required, *(name for name in properties if name not in required)]:
        properties[name] = properties.pop(name)


def _types_fit(architecture: str) -> Schema:
    fitting = {"items": {"$ref": f"#/$defs/types-{architecture}"}}
    return {
        "if": {"properties": {"architecture": {"const": architecture}}, "required": ["architecture"]},
        "then": {"properties": {"instanceTypes": fitting, "image": {"properties": {"buildInstanceTypes": fitting}}}},
    }
