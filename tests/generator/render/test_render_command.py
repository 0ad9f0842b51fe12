"""`spot-runner render`."""

import json
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

Run = Callable[..., Result]


def test_render_writes_and_check_is_content(root: Path, run: Run) -> None:
    written = run("render", "-C", root)
    assert written.exit_code == 0, written.output
    assert "wrote templates_out/preset-gpu.json" in written.output
    assert "5 written" in written.output
    checked = run("render", "--check", "-C", root)
    assert (checked.exit_code, checked.output) == (0, "")


def test_check_names_the_file_shows_the_diff_and_changes_nothing(root: Path, run: Run) -> None:
    run("render", "-C", root)
    edited = root / "templates_out/preset-gpu.json"
    text = edited.read_text().replace("EXPRESSION_MATCH_ONLY", "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE")
    edited.write_text(text)
    checked = run("render", "--check", "-C", root)
    assert checked.exit_code == 1
    assert "templates_out/preset-gpu.json is not what the project renders to" in checked.output
    assert '+     "PipelineExecutionStartCondition": "EXPRESSION_MATCH_ONLY"' in checked.output
    assert "\x1b" not in checked.output
    assert edited.read_text() == text


def test_a_preset_that_is_gone_takes_its_template_along(root: Path, run: Run) -> None:
    run("render", "-C", root)
    (root / "presets/gpu.yaml").unlink()
    assert "preset-gpu.json belongs to a preset that is gone" in run("render", "--check", "-C", root).output
    assert "removed templates_out/preset-gpu.json" in run("render", "-C", root).output
    assert not (root / "templates_out/preset-gpu.json").exists()


def test_scripts_get_json(root: Path, run: Run) -> None:
    checked = run("render", "--check", "--json", "-C", root)
    told = json.loads(checked.output)
    assert (checked.exit_code, told["inStep"]) == (1, False)
    assert {each["kind"] for each in told["differences"]} == {"missing"}
    assert len(json.loads(run("render", "--json", "-C", root).output)["written"]) == 5
    assert json.loads(run("render", "--check", "--json", "-C", root).output) == {"inStep": True, "differences": []}
