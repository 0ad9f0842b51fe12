"""What a new component, recipe, configuration or pipeline must be, and which version and ARN it gets."""

import re
from collections.abc import Callable
from typing import Any

import yaml

from embedded.aws.errors import ServiceError
from embedded.aws.imagebuilder import amis
from embedded.aws.imagebuilder.errors import invalid_value
from embedded.aws.imagebuilder.resources import Body, Resources

REFERENCES = ("imageRecipeArn", "infrastructureConfigurationArn", "distributionConfigurationArn")


def define(kind: str, body: Body, resources: Resources, profile_exists: Callable[[str], bool]) -> tuple[str, Body]:
    """Return the ARN and the derived members of a new resource of `kind`, such as `image-recipe`, or refuse it."""
    check(body, resources, profile_exists)
    if kind == "component":
        return _component(body, resources)
    if kind == "image-recipe":
        return _recipe(body, resources)
    if kind != "image-pipeline":
        return resources.arn(kind, body["name"]), {}
    platform = resources.find(body["imageRecipeArn"])["platform"]
    derived = {"status": "ENABLED", "platform": platform, "consecutiveFailures": 0}
    return resources.arn(kind, body["name"]), derived


def check(body: Body, resources: Resources, profile_exists: Callable[[str], bool]) -> None:
    """Refuse a definition, new or updated, that names what does not exist."""
    for key in REFERENCES:
        if key in body:
            resources.referred(key, body[key])
    if [one["region"] for one in body.get("distributions", [{"region": resources.region}])] != [resources.region]:
        raise invalid_value("distributions", f"The embedded AWS distributes only to {resources.region}.")
    if "instanceProfileName" in body and not profile_exists(body["instanceProfileName"]):
        raise invalid_value("instanceProfileName", "The provided instance profile does not exist.")


def _component(body: Body, resources: Resources) -> tuple[str, Body]:
    phases = _phases(body.get("data", ""))
    stem = resources.arn("component", body["name"], body["semanticVersion"], "")
    derived = {"version": body["semanticVersion"], "type": "TEST" if phases == {"test"} else "BUILD"}
    return f"{stem}{resources.next_number(stem, first=1)}", derived


def _recipe(body: Body, resources: Resources) -> tuple[str, Body]:
    platform = _platform(body, resources)
    if not amis.PARENT_IMAGE.fullmatch(body["parentImage"]):
        raise invalid_value("parentImage", "It is no AMI id and no ssm: parameter, which is all that is emulated here.")
    version = body["semanticVersion"]
    if "x" in version:  # since November 2025: the next free version by itself
        if not re.fullmatch(r"\d+\.\d+\.x", version):
            raise ServiceError("InvalidVersionNumberException", f"The version {version} is not valid: only x.y.x is.")
        number = resources.next_number(resources.arn("image-recipe", body["name"], version[:-1]), first=0)
        version = f"{version[:-1]}{number}"
    derived = {"version": version, "type": "AMI", "platform": platform}
    return resources.arn("image-recipe", body["name"], version), derived


def _platform(recipe: Body, resources: Resources) -> str:
    """Return the platform of a recipe, which is that of its components; AWS's own components are taken to fit."""
    used = [
        resources.referred(f"components.{index}.componentArn", one["componentArn"])
        for index, one in enumerate(recipe.get("components", ()))
    ]
    platforms = sorted({one["platform"] for one in used if "platform" in one})
    if len(platforms) > 1:
        raise invalid_value("components", f"They are of {' and '.join(platforms)}: a recipe has one platform.")
    return str(platforms[0]) if platforms else "Linux"


def _phases(data: str) -> set[str]:
    """Return the phases of a component document, or refuse it.

    https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-use-documents.html
    """
    try:
        document: Any = yaml.safe_load(data)
    except yaml.YAMLError as error:
        raise invalid_value("data", f"The document is not YAML: {error}") from error
    if not isinstance(document, dict) or str(document.get("schemaVersion")) != "1.0":
        raise invalid_value("data", "The document must have schemaVersion 1.0.")
    phases = document.get("phases")
    if not isinstance(phases, list) or not phases or not all(map(_is_phase, phases)):
        raise invalid_value("data", "It must have phases (build, validate, test) of steps with a name and an action.")
    return {phase["name"] for phase in phases}


def _is_phase(phase: Any) -> bool:
    if not isinstance(phase, dict) or phase.get("name") not in {"build", "validate", "test"}:
        return False
    steps = phase.get("steps")
    return bool(steps) and isinstance(steps, list) and all({"name", "action"} <= set(step) for step in steps)
