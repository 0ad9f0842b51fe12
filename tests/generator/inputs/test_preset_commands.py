import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from generator.inputs import validation
from generator.inputs.project import load_project
from generator.inputs.schema import preset_schema, settings_schema

Write = Callable[..., Path]
SomeSettings = Callable[..., dict[str, Any]]
AFields = Callable[..., dict[str, Any]]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _in_a_wide_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def test_validate_shows_a_table_of_the_presets(run: Run, write_project: Write) -> None:
    code, said, errors = run("validate", "-C", str(write_project()))
    assert (code, errors) == (0, "")
    assert "spot-runner in 123456789012, eu-west-1, for octo-org" in said
    assert "linux-x64" in said
    assert "1 preset, all valid" in said


@pytest.mark.parametrize("width", [10, 40, 72, 80, 85, 90, 100, 200])
@pytest.mark.parametrize("terminal", [True, False])
def test_nothing_of_a_preset_is_lost_however_narrow_the_window(
    write_project: Write, a_preset: AFields, width: int, *, terminal: bool
) -> None:
    types = ["m7i.large", "m7i-flex.large", "c7i.xlarge"]
    files = {"presets/gpu-builder.yaml": a_preset(name="gpu-builder", instanceTypes=types)}
    project, written = load_project(write_project(files)), io.StringIO()
    console = Console(file=written, force_terminal=terminal, width=width, color_system=None)
    validation.show(project, project.settings, console)
    words = ["gpu-builder", "x86_64", *types, "ubuntu-24.04", "cron(0"]
    assert [word for word in words if word not in written.getvalue()] == []


def test_validate_names_problems_on_standard_error(run: Run, write_project: Write) -> None:
    root = write_project({"presets/gpu.yaml": "name: gpu\narchitecture: x86\n"})
    code, said, errors = run("validate", "-C", str(root))
    assert (code, said) == (1, "")
    assert errors.splitlines() == [
        "presets/gpu.yaml:1: instanceTypes is missing, expected a list of EC2 instance types",
        "presets/gpu.yaml:2: architecture is 'x86', expected x86_64 or arm64, did you mean x86_64?",
    ]


def test_validate_annotates_lines_inside_github_actions(
    run: Run, monkeypatch: pytest.MonkeyPatch, write_project: Write
) -> None:
    root = write_project({"presets/gpu.yaml": "name: gpu\narchitecture: x86\ninstanceTypes: [m7i.large]\n"})
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    _, said, errors = run("validate", "-C", str(root))
    assert said == "", "standard output may be a job's output"
    assert "\n::error file=presets/gpu.yaml,line=2::architecture is 'x86', expected" in errors


def test_validate_as_json_holds_every_default(run: Run, write_project: Write, some_settings: SomeSettings) -> None:
    root = write_project(settings=some_settings(environments={"test": {"region": "eu-central-1"}}))
    code, output, _ = run("validate", "--json", "-C", str(root), "--environment", "test")
    said = json.loads(output)
    assert (code, said["valid"], said["problems"]) == (0, True, [])
    assert said["settings"]["region"] == "eu-central-1"
    (preset,) = said["presets"]
    assert (preset["timeout"], preset["image"]["retain"], preset["scheduleIntervalMinutes"]) == (60, 3, 10080)


def test_validate_shows_an_own_ami_and_nothing_that_is_for_baking(
    run: Run, write_project: Write, a_preset: AFields
) -> None:
    root = write_project({"presets/linux-x64.yaml": a_preset(image={"ami": "ami-0123456789abcdef0"})})
    said = run("validate", "-C", str(root))[1]
    assert "ami-0123456789abcdef0  never, it is an own AMI" in said
    (preset,) = json.loads(run("validate", "--json", "-C", str(root))[1])["presets"]
    assert (preset["image"], preset["scheduleIntervalMinutes"]) == ({"ami": "ami-0123456789abcdef0"}, None)


def test_validate_as_json_holds_the_problems(run: Run, write_project: Write) -> None:
    code, said, _ = run("validate", "--json", "-C", str(write_project({})))
    assert code == 1
    assert json.loads(said) == {
        "valid": False,
        "problems": [
            {
                "file": "presets",
                "line": 1,
                "field": "",
                "message": "no preset at all, expected a file such as linux-x64.yaml",
            }
        ],
        "notices": [],
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["validate", "-C", "no-such-folder"], "no-such-folder is not a directory"),
        (["validate", "--environment", "prod"], "environment 'prod' is not in spot-runner.yaml, there are: production"),
        (["validate", "--nonsense"], "No such option: --nonsense"),
        (["valdate"], "No such command 'valdate'. Did you mean 'validate'?"),
        (["deploy", "--target", "moon"], "'moon' is not one of 'production', 'host'"),
        (["bundle", "--target", "moon"], "'moon' is not one of 'production', 'host'"),
        (["schema", "lambda"], "'lambda' is not one of 'preset', 'settings'"),
    ],
)
def test_a_wrong_use_ends_with_two(run: Run, arguments: list[str], message: str) -> None:
    code, said, errors = run(*arguments)
    assert (code, said) == (2, "")
    assert message in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize(("arguments", "schema"), [([], preset_schema), (["settings"], settings_schema)])
def test_schema_prints_json_schema(run: Run, arguments: list[str], schema: Callable[[], object]) -> None:
    code, said, errors = run("schema", *arguments)
    assert (code, json.loads(said), errors) == (0, schema(), "")


def test_help_needs_neither_the_models_nor_rich() -> None:
    code = (
        "import sys, generator.cli\n"
        "try: generator.cli.app(['--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('pydantic', 'yaml', 'rich', 'boto3', 'troposphere') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
