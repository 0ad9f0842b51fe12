"""Names that the whole product agrees on: parameters, stacks, Image Builder resources, tags."""

from dataclasses import dataclass

DEPLOYMENT_TAG = "spot-runner:deployment"
PRESET_TAG = "spot-runner:preset"
RECIPE_HASH_TAG = "spot-runner:recipe-hash"  # of AMIs that are baked here
LAUNCH_TAG = "spot-runner:launch"


@dataclass(frozen=True, kw_only=True)
class Names:
    """Every name that follows from the deployment's name, such as `spot-runner`."""

    deployment: str

    def config_parameter(self, preset: str) -> str:
        """Return the SSM parameter that launches read, `/<deployment>/configs/<preset>`."""
        return f"{self.config_path}{preset}"

    @property
    def config_path(self) -> str:
        """Return the SSM path that holds every preset's parameter, with its closing slash."""
        return f"/{self.deployment}/configs/"

    def stack_value(self, key: str) -> str:
        """Return the SSM parameter by which one stack hands a value to the others."""
        return f"/{self.deployment}/stack/{key}"

    def stack(self, part: str) -> str:
        """Return a stack's name; `part` is `bootstrap`, `foundation` or `control-plane`."""
        return f"{self.deployment}-{part}"

    def preset_stack(self, preset: str) -> str:
        """Return the name of a preset's stack; its recipe and its pipeline are named the same."""
        return f"{self.deployment}-preset-{preset}"

    def preset_of(self, resource_name: str) -> str | None:
        """Return the preset that a stack, recipe or pipeline name belongs to, or None for another's."""
        prefix = self.preset_stack("")
        return resource_name.removeprefix(prefix) or None if resource_name.startswith(prefix) else None

    def function(self, name: str) -> str:
        """Return a function's name in AWS; `name` is its file's name, such as `ami_update`."""
        return f"{self.deployment}-{name.replace('_', '-')}"

    def physical_id(self, preset: str) -> str:
        """Return the custom resource's physical id, which never changes."""
        return f"{self.deployment}/{preset}"
