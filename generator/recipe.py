"""The recipe of a preset: all that is baked into its AMI, and the hash of it."""

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.images.components import components
from generator.images.document import ComponentDocument
from lambdas.core.names import Names
from lambdas.core.preset import LINUX, WINDOWS

if TYPE_CHECKING:
    from generator.presets import Preset

__all__ = ["ComponentDocument", "Recipe", "recipe"]

# Amazon's AMI of Windows fills most of its 30 GiB already.
BUILD_ROOM_GIB = {LINUX: 30, WINDOWS: 50}
# Canonical's public parameters: https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
UBUNTU = {"ubuntu-22.04": ("22.04", "ebs-gp2"), "ubuntu-24.04": ("24.04", "ebs-gp3")}
# Amazon's: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters-ami.html
WINDOWS_SERVER = {"windows-2022": "Windows_Server-2022-English-Full-Base"}
UBUNTU_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What Image Builder is told to bake.

    `parent_image` is what Image Builder takes (`ami-…`, an ARN, `ssm:/…`); `components` run in this order, each a
    document of this project or the ARN of somebody else's; `recipe_hash` is 16 hex digits, and equal hashes mean
    equal instructions.
    """

    parent_image: str
    components: tuple[ComponentDocument | str, ...]
    volume_gib: int
    recipe_hash: str


def recipe(preset: "Preset", *, deployment: str) -> Recipe:
    """Return the recipe of a preset; components are named after the deployment and the preset.

    Raises InvalidInputError when what the preset bakes in does not fit into Image Builder's limits.
    """
    parent = parent_image(preset.image.base, preset.architecture)
    parts = components(preset, prefix=Names(deployment=deployment).preset_stack(preset.name))
    volume = volume_gib(preset)
    return Recipe(
        parent_image=parent, components=parts, volume_gib=volume, recipe_hash=recipe_hash(parent, parts, volume)
    )


def parent_image(base: str, architecture: str) -> str:
    """Return the base image as Image Builder takes it: a known name becomes Canonical's or Amazon's public parameter.

    https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateImageRecipe.html (parentImage)
    """
    if base in WINDOWS_SERVER:
        return f"ssm:/aws/service/ami-windows-latest/{WINDOWS_SERVER[base]}"
    if base not in UBUNTU:
        return base
    version, volume = UBUNTU[base]
    machine = UBUNTU_ARCHITECTURES[architecture]
    return f"ssm:/aws/service/canonical/ubuntu/server/{version}/stable/current/{machine}/hvm/{volume}/ami-id"


def volume_gib(preset: "Preset") -> int:
    """Return the size of the root volume while building: images that are pulled ahead need the preset's own."""
    wanted = preset.disk_size_gb
    return wanted if preset.image.additional_docker_images else min(wanted, BUILD_ROOM_GIB[preset.platform])


def recipe_hash(parent: str, parts: tuple[ComponentDocument | str, ...], volume: int) -> str:
    """Return 16 hex digits over the instructions alone: no name of a deployment, preset or resource counts.

    The volume does: no machine can have a disk smaller than that of its AMI, and a full one is what fails a build.
    """
    documents = [part if isinstance(part, str) else {"document": part.data} for part in parts]
    instructions = {"components": documents, "parentImage": parent, "volumeGib": volume}
    canonical = json.dumps(instructions, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
