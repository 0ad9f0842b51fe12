"""Whatever goes wrong, the command says it in a line and leaves with an exit code."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import team

ROOT = Path(__file__).parents[2]
SETTINGS = (team.FOLDER / "spot-runner.yaml").read_text()
Run = Callable[..., tuple[int, str, str]]


def a_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "generator", *arguments],
        cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_full_disk_is_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "generator", "schema"],
            cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "the output: No space left on device\n")


def test_a_path_that_is_no_folder_is_one_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    code, _, errors = run("bundle", "--target", "host", "--out", str(file))
    assert (code, errors.count("\n")) == (1, 1)
    assert str(file) in errors


def test_a_script_finds_the_error_in_one_json_document(tmp_path: Path) -> None:
    (tmp_path / "spot-runner.yaml").write_text(SETTINGS)
    done = a_process("plan", "--json", "-C", str(tmp_path))
    assert done.returncode == 1
    assert json.loads(done.stdout) == {"ok": False, "error": done.stderr.strip()}


@pytest.mark.parametrize("command", ["deploy", "bundle"])
def test_a_wrong_target_in_the_environment_is_noticed_before_anything_else(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("SPOT_RUNNER_TARGET", "moon")
    code, said, errors = run(command, "-C" if command == "deploy" else "--out", "no-such-folder")
    assert (code, said, errors.count("\n")) == (2, "", 1)
    assert "(env var: 'SPOT_RUNNER_TARGET'): 'moon' is not one of 'production', 'host'" in errors


@pytest.mark.parametrize("command", ["validate", "plan", "deploy", "destroy", "bootstrap", "render", "lint", "local"])
def test_outside_of_a_project_a_line_says_so_and_a_script_finds_it_in_json(
    run: Run, tmp_path: Path, command: str
) -> None:
    code, said, errors = run(command, "--json", "-C", str(tmp_path))
    assert (code, errors.count("\n")) == (2, 1)
    assert errors.startswith(f"{tmp_path} is no project of spot-runner, it has neither spot-runner.yaml nor")
    assert json.loads(said) == {"ok": False, "error": errors.strip()}


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("AWS_MAX_ATTEMPTS", "many", "AWS_MAX_ATTEMPTS is 'many', expected a whole number from 1 on"),
        ("AWS_MAX_ATTEMPTS", "0", "AWS_MAX_ATTEMPTS is '0', expected a whole number from 1 on"),
        ("AWS_ENDPOINT_URL", "nowhere", "the AWS configuration cannot be used: Invalid endpoint: nowhere"),
    ],
)
def test_an_environment_variable_that_the_sdk_cannot_use_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    code, output, errors = run("plan")
    assert (code, output, errors.count("\n")) == (2, "", 1)
    assert errors.startswith(said)


def test_a_script_finds_wrong_usage_in_one_json_document() -> None:
    done = a_process("plan", "--json", "--nonsense")
    assert done.returncode == 2
    assert json.loads(done.stdout) == {"ok": False, "error": done.stderr.strip()}


def test_without_a_command_the_help_is_shown() -> None:
    done = a_process()
    assert (done.returncode, done.stdout) == (2, "")
    assert "validate" in done.stderr


def test_the_list_of_commands_is_not_cut_off() -> None:
    done = a_process("--help", COLUMNS="80")
    assert (done.returncode, done.stderr) == (0, "")
    assert "..." not in done.stdout.partition("Commands:")[2]


def test_a_deployment_can_be_taken_apart_without_any_preset(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "spot-runner.yaml").write_text(SETTINGS)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    _, _, errors = run("destroy", "-C", str(tmp_path))
    assert "preset" not in errors
    assert "127.0.0.1:9" in errors


def test_another_name_of_an_architecture_is_understood(run: Run, tmp_path: Path) -> None:
    (tmp_path / "spot-runner.yaml").write_text(SETTINGS)
    (tmp_path / "presets").mkdir()
    preset = "name: a\narchitecture: amd64\ninstanceTypes: [m7i.large]\n"
    (tmp_path / "presets" / "a.yaml").write_text(preset)
    _, _, errors = run("validate", "-C", str(tmp_path))
    assert "did you mean x86_64?" in errors
