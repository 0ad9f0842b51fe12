"""A team's repository as tests take it: settings and presets of its own, whatever this repository deploys."""

import shutil
from functools import cache
from pathlib import Path

from generator.inputs.project import load_project
from generator.render import render

FOLDER = Path(__file__).with_name("data") / "team"
# What a team edits, and what is rendered from it.
THEIRS = ("presets/", "spot-runner.yaml", "templates_out/")


@cache
def templates() -> dict[str, str]:
    """Return what the team's presets and settings render to, by file name."""
    return render(load_project(FOLDER))


def put(folder: Path) -> Path:
    """Write presets, settings and templates into a folder, and return it."""
    shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
    (folder / "templates_out").mkdir()
    for name, text in templates().items():
        (folder / "templates_out" / name).write_text(text)
    return folder
