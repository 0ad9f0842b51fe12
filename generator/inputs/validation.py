"""What `spot-runner validate` says of a project: a table for people, JSON for scripts."""

import json
from dataclasses import asdict

from rich.table import Table

from generator.errors import InvalidInputError
from generator.inputs.project import Project
from generator.inputs.settings import Settings


def table(project: Project, settings: Settings) -> Table:
    """Return a row per preset, under the deployment that they belong to."""
    title = f"{settings.name} in {settings.account}, {settings.region}, for {settings.github.owner}"
    rows = Table(title=title, title_justify="left", caption=_count(project), caption_justify="left")
    for heading in ("preset", "architecture", "instance types", "base", "rebuilt"):
        rows.add_column(heading, no_wrap=heading in {"preset", "architecture", "base"})
    for preset in project.presets:
        rows.add_row(
            preset.name,
            preset.architecture,
            " ".join(preset.instance_types),
            preset.image.base,
            preset.image.schedule,
        )
    return rows


def as_json(project: Project, settings: Settings) -> str:
    """Return the presets with every default filled in, and the settings of one environment."""
    about = settings.model_dump(mode="json", by_alias=True, exclude={"defaults", "environments"})
    presets = [
        preset.model_dump(mode="json", by_alias=True) | {"scheduleIntervalMinutes": preset.schedule_interval_minutes}
        for preset in project.presets
    ]
    return json.dumps({"valid": True, "problems": [], "settings": about, "presets": presets}, indent=2)


def problems_as_json(error: InvalidInputError) -> str:
    """Return the problems, each with file, line, field and message."""
    return json.dumps({"valid": False, "problems": [asdict(problem) for problem in error.problems]}, indent=2)


def _count(project: Project) -> str:
    return f"{len(project.presets)} preset{'' if len(project.presets) == 1 else 's'}, all valid"
