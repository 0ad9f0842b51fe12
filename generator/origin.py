"""Where a preset's AMI comes from: a recipe by which it is baked here, or an own AMI that is there already."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.recipe import Recipe, recipe
from lambdas.core import own_amis

if TYPE_CHECKING:
    from generator.presets import Preset


@dataclass(frozen=True, kw_only=True)
class OwnAmi:
    """An AMI that was not baked here; `recipe_hash` stands for the hash of a recipe."""

    ami_id: str
    recipe_hash: str


def origin(preset: "Preset", *, deployment: str) -> Recipe | OwnAmi:
    """Return where the AMI of a preset comes from; raises as `recipe` does."""
    ami_id = preset.image.ami
    if ami_id is None:
        return recipe(preset, deployment=deployment)
    return OwnAmi(ami_id=ami_id, recipe_hash=own_amis.recipe_hash(ami_id))
