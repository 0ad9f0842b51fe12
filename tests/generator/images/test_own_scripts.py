import shlex
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.images import documents, shell

StepScript = Callable[..., str]
Machine = Any  # of conftest.py: test folders are not packages

HOSTILE = {
    "quotes": "'\"`\\",
    "variables": "$HOME ${HOME} $(id) `id` $$ ${AWS::Region} ${!x}",
    "what AWSTOE replaces": "{{ build.step.outputs.stdout }} {{{x}}} {{{{",
    "the ends of here-documents": "END_0\nEND_1\nEOF\nEND_OF_SCRIPT",
    "the marks that keep braces apart": "{{ ~0~ {~0~{ ~1~",
    "what YAML reads": "  - a: b\n---\n...\n# comment\n\t\ttabs\ntrailing   \n\n\nblank lines",
    "what Jinja2 reads": "{% raw %} {# note #} {{ x }} {* y *}",
    "what is not ASCII": "grüezi 東京 🚀",
    "carriage returns and bells": "one\r\ntwo\x07\x1b[31m",
    "what sed reads": "s/a/b/ & \\1 [^x]*",
}


def written(script: str) -> bytes:
    """Return what a script from the YAML of a document puts into the file that it runs."""
    (phase,) = yaml.safe_load(documents.own("odd", script))["phases"]
    text: str = phase["steps"][0]["inputs"]["commands"][0]
    shown = text.replace("bash -euo pipefail ./run < /dev/null", "cat ./run")
    return subprocess.run(["bash", "-c", shown], capture_output=True, check=True).stdout


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_the_script_that_runs_is_the_one_that_was_written(text: str) -> None:
    assert written(text) == f"{text}\n".encode()


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from("{}~0'\"\\$\n"), max_size=60))
def test_any_text_arrives_unchanged(text: str) -> None:
    assert written(text) == (text.rstrip("\n") + "\n").encode()


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from("{}'\"\\$ "), max_size=30))
def test_any_word_is_one_argument_without_double_braces(text: str) -> None:
    word = shell.word(text)
    assert "{{" not in word
    assert shlex.split(word) == [text]


def test_plain_scripts_stay_readable_in_the_document() -> None:
    data = documents.own("node", "curl --version\necho {{x}}\n")
    assert "curl --version" in data
    assert "echo {~0~{x}}" in data


def test_an_own_component_runs_in_a_folder_of_its_own_that_goes(step_script: StepScript, machine: Machine) -> None:
    run = f"touch here\npwd\nls\necho done > {machine.root}/seen"
    done = machine.run(step_script("own-node", "Run", image={"components": [{"name": "node", "run": run}]}))
    assert done.returncode == 0, done.stderr
    assert (machine.root / "seen").read_text() == "done\n"
    assert machine.leftovers == []


@pytest.mark.parametrize(
    "run",
    ["false\ntrue", "echo $undefined", "false | true", "exit 3", "if true"],
    ids=["a failing command", "an unset variable", "a failing pipe", "an exit code", "a syntax error"],
)
def test_an_own_component_that_fails_fails_the_build(step_script: StepScript, machine: Machine, run: str) -> None:
    script = step_script("own-node", "Run", image={"components": [{"name": "node", "run": run}]})
    assert machine.run(script).returncode != 0


def test_a_test_command_runs_as_the_jobs_user_in_its_home(step_script: StepScript, machine: Machine) -> None:
    home = machine.file("home/runner/.profile").parent
    machine.stub("getent", f"echo runner:x:1001:1001::{home}:/bin/bash")
    done = machine.run(step_script("tests", "Command1", phase="test", image={"testCommands": ["pwd"]}))
    assert done.stdout == f"{home}\n"
    assert machine.calls[-1].startswith("sudo --user=runner --set-home bash")


def test_a_test_command_that_fails_fails_the_test(step_script: StepScript, machine: Machine) -> None:
    machine.stub("getent", "echo runner:x:1001:1001::$ROOT:/bin/bash")
    script = step_script("tests", "Command2", phase="test", image={"testCommands": ["true", "test 1 = 2"]})
    assert machine.run(script).returncode != 0
