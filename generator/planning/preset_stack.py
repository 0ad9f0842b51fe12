"""Reads a preset out of its stack's template: what was handed to the custom resource, and how the AMI is built."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generator.deployment.stack import Template

CUSTOM = "Custom::SpotRunnerPreset"
PIPELINE = "AWS::ImageBuilder::ImagePipeline"
INFRASTRUCTURE = "AWS::ImageBuilder::InfrastructureConfiguration"


@dataclass(frozen=True, kw_only=True)
class PresetStack:
    """A preset as a template has it; `fields` is the JSON of the custom resource's `Preset`.

    `ami` is the own AMI of a preset that has one: then there is neither schedule nor a type to build on.
    """

    fields: Mapping[str, Any]
    recipe_hash: str
    schedule: str
    build_instance_types: tuple[str, ...]
    ami: str = ""


def preset_in(template: Template) -> PresetStack | None:
    """Return the preset that a template deploys, or None for a template of another kind."""
    custom = _properties(template, CUSTOM)
    if not isinstance(custom.get("Preset"), str):
        return None
    return PresetStack(
        fields=json.loads(custom["Preset"]),
        recipe_hash=str(custom.get("RecipeHash", "")),
        schedule=str(_properties(template, PIPELINE).get("Schedule", {}).get("ScheduleExpression", "")),
        build_instance_types=tuple(_properties(template, INFRASTRUCTURE).get("InstanceTypes", ())),
        ami=str(custom.get("Ami", "")),
    )


def _properties(template: Template, type_name: str) -> Mapping[str, Any]:
    resources: Mapping[str, Mapping[str, Any]] = template.get("Resources", {})
    found = (body.get("Properties", {}) for body in resources.values() if body.get("Type") == type_name)
    return next(found, {})
