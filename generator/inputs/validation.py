"""What `spot-runner validate` says of a project: a table or lines for people, JSON for scripts."""

import json
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from generator.errors import InvalidInputError
from generator.inputs import platforms
from generator.inputs.project import Project
from generator.inputs.settings import Settings
from generator.presets import Preset

HEADINGS = ("preset", "architecture", "instance types", "base", "rebuilt")
WRAPPED = "instance types"
WIDEST = 10_000


def show(project: Project, settings: Settings, console: Console) -> None:
    """Print a row per preset, under the deployment that they belong to; plain lines where a table has no room."""
    _show_rows(project, settings, console)
    for notice in platforms.notices(project.presets):
        console.print(Text(f"Note: {notice}"), soft_wrap=True)


def _show_rows(project: Project, settings: Settings, console: Console) -> None:
    rows = table(project, settings)
    needed = console.measure(rows, options=console.options.update_width(WIDEST)).minimum
    if console.is_terminal and needed <= console.width:
        console.print(rows)
        return
    for line in (_title(settings), *("  ".join(_row(preset)) for preset in project.presets), _count(project)):
        console.print(Text(line), soft_wrap=True)


def table(project: Project, settings: Settings) -> Table:
    """Return a row per preset."""
    rows = Table(title=_title(settings), title_justify="left", caption=_count(project), caption_justify="left")
    cells = [_row(preset) for preset in project.presets]
    for heading, column in zip(HEADINGS, zip(*cells, strict=True), strict=True):
        wraps = heading == WRAPPED
        rows.add_column(heading, no_wrap=not wraps, min_width=None if wraps else max(map(len, column)))
    for row in cells:
        rows.add_row(*(Text(cell) for cell in row))
    return rows


def as_json(project: Project, settings: Settings) -> str:
    """Return the presets with every default filled in, and the settings of one environment."""
    about = settings.model_dump(mode="json", by_alias=True, exclude={"defaults", "environments"})
    presets = [_preset_json(preset) for preset in project.presets]
    said = {"valid": True, "problems": [], "notices": list(platforms.notices(project.presets))}
    return json.dumps(said | {"settings": about, "presets": presets}, indent=2)


def problems_as_json(error: InvalidInputError) -> str:
    """Return the problems, each with file, line, field and message; there is nothing to note of what is not right."""
    problems = [asdict(problem) for problem in error.problems]
    return json.dumps({"valid": False, "problems": problems, "notices": []}, indent=2)


def _preset_json(preset: Preset) -> dict[str, object]:
    """Return a preset; of one with an own AMI nothing that is for baking."""
    said = preset.model_dump(mode="json", by_alias=True)
    if preset.image.ami:
        return said | {"image": {"ami": preset.image.ami}, "scheduleIntervalMinutes": None}
    return said | {"scheduleIntervalMinutes": preset.schedule_interval_minutes}


def _title(settings: Settings) -> str:
    return f"{settings.name} in {settings.account}, {settings.region}, for {settings.github.owner}"


def _row(preset: Preset) -> tuple[str, ...]:
    image = preset.image
    baked = (image.ami, "never, it is an own AMI") if image.ami else (image.base, image.schedule)
    return (preset.name, preset.architecture, " ".join(preset.instance_types), *baked)


def _count(project: Project) -> str:
    return f"{len(project.presets)} preset{'' if len(project.presets) == 1 else 's'}, all valid"
