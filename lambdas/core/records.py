"""Core values as plain records (JSON types), and back: the attributes of the table are the fields in camelCase.

Every attribute whose name ends in `At`, and `since`, is a time or null. What a record holds beyond a value's fields is
ignored, and what it lacks takes the field's default, so that two releases can read each other's rows.
"""

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar

from lambdas.core import preset, times
from lambdas.core.rounds import Round
from lambdas.core.state import AmiState, Build, Config, Deploy, Pipeline

Record = dict[str, object]
Value = TypeVar("Value", Build, Deploy, Pipeline, AmiState, Round)


def to_record(value: Build | Deploy | Pipeline | AmiState | Round) -> Record:
    """Return a fact or a state as a record."""
    return {_camel(field.name): _plain(getattr(value, field.name)) for field in fields(value)}


def from_record(kind: type[Value], record: Mapping[str, object]) -> Value:
    """Return the fact or state that a record stands for."""
    names = {field.name: _camel(field.name) for field in fields(kind)}
    known: dict[str, Any] = {name: _rich(key, record[key]) for name, key in names.items() if key in record}
    return kind(**known)


def config_to_record(config: Config) -> Record:
    """Return a deployed preset as a record: the preset itself is its attribute `config`."""
    return {
        "config": preset.to_json(config.preset),
        "recipeHash": config.recipe_hash,
        "pipelineArn": config.pipeline_arn,
        "launchTemplateId": config.launch_template_id,
        "launchTemplateVersion": config.launch_template_version,
        "stackId": config.stack_id,
    }


def config_from_record(record: Mapping[str, object]) -> Config:
    """Return the deployed preset that a record stands for."""
    found = record["config"]
    return Config(
        preset=preset.from_json(found if isinstance(found, Mapping) else {}),
        recipe_hash=str(record["recipeHash"]),
        pipeline_arn=None if record.get("pipelineArn") is None else str(record["pipelineArn"]),
        launch_template_id=str(record["launchTemplateId"]),
        launch_template_version=str(record["launchTemplateVersion"]),
        stack_id=str(record["stackId"]),
    )


def _camel(name: str) -> str:
    return re.sub("_(.)", lambda match: match[1].upper(), name)


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    return times.text(value) if isinstance(value, datetime) else value


def _rich(key: str, value: object) -> object:
    if isinstance(value, list):
        return tuple(value)
    is_time = key == "since" or key.endswith("At")
    return times.moment(value) if is_time and isinstance(value, str) else value
