"""Projects on disk, and the command that renders them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from generator.cli import app
from generator.inputs.project import Project, load_project

SETTINGS = "region: eu-west-1\naccount: '123456789012'\ngithub:\n  owner: octo-org\n"
PRESET = "name: {name}\narchitecture: x86_64\ninstanceTypes: [m7i.large]\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a project with the presets linux-x64 and gpu."""
    (tmp_path / "spot-runner.yaml").write_text(SETTINGS)
    (tmp_path / "presets").mkdir()
    for name in ("linux-x64", "gpu"):
        (tmp_path / "presets" / f"{name}.yaml").write_text(PRESET.format(name=name))
    return tmp_path


@pytest.fixture
def project(root: Path) -> Project:
    return load_project(root)


@pytest.fixture
def run() -> Callable[..., Result]:
    """Return a function that runs a spot-runner command."""
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])
