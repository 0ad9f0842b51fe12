"""The stacks that a project wants, in the order in which they depend on each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from generator import git, render
from generator.deployment.stack import Wanted
from generator.inputs.project import Project
from generator.inputs.settings import Settings
from lambdas.core.names import DEPLOYMENT_TAG, PRESET_TAG, Names


@dataclass(frozen=True, kw_only=True)
class WantedStacks:
    """All stacks but bootstrap; presets in the order of their names."""

    foundation: Wanted
    control_plane: Wanted
    presets: tuple[Wanted, ...]

    @property
    def all(self) -> tuple[Wanted, ...]:
        """Return every stack, each after those that it depends on."""
        return (self.foundation, self.control_plane, *self.presets)


def wanted_stacks(project: Project, settings: Settings) -> WantedStacks:
    """Return what a project wants in one environment, whose `settings` give the parameters."""
    rendered = render.render(project)
    return WantedStacks(
        foundation=_part("foundation", settings, rendered),
        control_plane=_part("control-plane", settings, rendered),
        presets=tuple(_preset(preset.name, project.root, settings, rendered) for preset in project.presets),
    )


def _part(part: str, settings: Settings, rendered: Mapping[str, str]) -> Wanted:
    return Wanted(
        name=Names(deployment=settings.name).stack(part),
        template=rendered[f"{part}.json"],
        parameters=render.parameters(settings, part),
        tags={DEPLOYMENT_TAG: settings.name},
        protected=True,
    )


def _preset(preset: str, root: Path, settings: Settings, rendered: Mapping[str, str]) -> Wanted:
    file = f"preset-{preset}.json"
    return Wanted(
        name=Names(deployment=settings.name).preset_stack(preset),
        template=rendered[file],
        parameters=render.parameters(settings, "preset"),
        tags={DEPLOYMENT_TAG: settings.name, PRESET_TAG: preset},
        preset=preset,
        commit=git.last_commit(root, (f"presets/{preset}.yaml", f"templates_out/{file}")),
    )
