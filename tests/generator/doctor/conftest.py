"""This project's own files, an embedded AWS per module, and the command line run against both."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from embedded.aws.server import EmbeddedAws
from generator.cli import main
from generator.inputs.project import load_project
from generator.render import render

HERE = Path(__file__).parents[3]
Run = Callable[..., tuple[int, str, str]]
Rows = Callable[..., dict[str, list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def embedded() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(region="eu-west-1") as aws:
        yield aws


@pytest.fixture(scope="session")
def rendered() -> dict[str, str]:
    return render(load_project(HERE))


@pytest.fixture
def root(tmp_path: Path, rendered: dict[str, str]) -> Path:
    """Make a repository of this project's own presets and settings, rendered."""
    folder = tmp_path / "repository"
    shutil.copytree(HERE / "presets", folder / "presets")
    shutil.copy(HERE / "spot-runner.yaml", folder)
    (folder / "templates_out").mkdir()
    for name, text in rendered.items():
        (folder / "templates_out" / name).write_text(text)
    return folder


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in the repository: its exit code, standard output and standard error."""
    monkeypatch.chdir(root)

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["spot-runner", *arguments])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


@pytest.fixture
def rows(run: Run) -> Rows:
    """Run the doctor and return what it found, by what each row is about."""

    def examine(*arguments: str) -> dict[str, list[dict[str, Any]]]:
        _, out, _ = run("doctor", "--json", *arguments)
        found: dict[str, list[dict[str, Any]]] = {}
        for row in json.loads(out)["findings"]:
            found.setdefault(row["about"], []).append(row)
        return found

    return examine
