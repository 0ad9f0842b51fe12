import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from generator.errors import InvalidInputError
from generator.inputs.project import load_project
from generator.presets import Preset
from generator.recipe import ComponentDocument, recipe
from tests import team

MakePreset = Callable[..., Preset]
PHASES = ["build", "validate", "test"]
ARN = "arn:aws:imagebuilder:eu-west-1:aws:component/amazon-cloudwatch-agent-linux/x.x.x"
# What people write that shell, YAML, Jinja2, AWSTOE or CloudFormation would like to read as their own.
HOSTILE = r"""echo 'single' "double" `backtick` $HOME ${HOME} $(id) \
	echo {{ build.step.outputs.stdout }} {{{ }}} {% if x %} {# note #} ${AWS::Region} %s \n
cat << END_0
END_0
  - name: build
---
~0~ {~0~{

# end"""


def documents(preset: Preset) -> list[ComponentDocument]:
    made = recipe(preset, deployment="spot-runner").components
    return [part for part in made if isinstance(part, ComponentDocument)]


@pytest.fixture(scope="module")
def presets(a_preset: MakePreset) -> list[Preset]:
    """Return all presets of a team, and odd ones."""
    odd = {
        "additionalDockerImages": ["postgres:17", "ghcr.io/owner/image:tag"],
        "components": [{"name": "odd", "run": HOSTILE}, ARN, {"name": "greeting", "run": "echo grüezi\r\n"}],
        "testCommands": ["docker info", HOSTILE],
        "runnerVersion": "2.330.0",
    }
    made = [
        a_preset(architecture=architecture, image=image | {"base": base})
        for architecture in ("x86_64", "arm64")
        for base in ("ubuntu-22.04", "ubuntu-24.04")
        for image in ({}, odd)
    ]
    return [*load_project(team.FOLDER).presets, *made]


@pytest.fixture(scope="module")
def data(presets: list[Preset]) -> list[str]:
    return sorted({document.data for preset in presets for document in documents(preset)})


def steps(data: list[str]) -> Iterator[dict[str, object]]:
    for text in data:
        for phase in yaml.safe_load(text)["phases"]:
            yield from phase["steps"]


@pytest.fixture(scope="module")
def scripts(data: list[str], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return a file for each different ExecuteBash step."""
    folder = tmp_path_factory.mktemp("scripts")
    texts = sorted({step["inputs"]["commands"][0] for step in steps(data)})  # type: ignore[index]
    paths = [folder / f"{number}.sh" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return paths


def test_shellcheck_finds_nothing_in_any_step(scripts: list[Path]) -> None:
    shellcheck = Path(sys.executable).with_name("shellcheck")
    assert len(scripts) > 10
    done = subprocess.run(
        [shellcheck, "--shell=bash", "--format=gcc", *scripts], capture_output=True, text=True, check=False
    )
    assert done.stdout + done.stderr == ""


def test_bash_can_read_every_step(scripts: list[Path]) -> None:
    for script in scripts:
        assert subprocess.run(["bash", "-n", script], capture_output=True, check=True).stderr == b""


def test_every_step_stops_at_its_first_failure(scripts: list[Path]) -> None:
    assert {script.read_text().splitlines()[0] for script in scripts} == {"set -euo pipefail"}


def test_every_document_is_what_awstoe_reads(data: list[str]) -> None:
    for text in data:
        document = yaml.safe_load(text)
        assert list(document) == ["name", "description", "schemaVersion", "phases"]
        assert document["schemaVersion"] == 1.0
        names = [phase["name"] for phase in document["phases"]]
        assert names == [name for name in PHASES if name in names]
    for step in steps(data):
        assert step["action"] == "ExecuteBash"
        assert step["onFailure"] == "Abort"
        assert len(step["inputs"]["commands"]) == 1  # type: ignore[index]


def test_step_names_are_unique_in_a_document(data: list[str]) -> None:
    for text in data:
        names = [step["name"] for step in steps([text])]
        assert len(names) == len(set(names))


def test_no_document_holds_what_awstoe_would_replace(data: list[str]) -> None:
    assert [text for text in data if "{{" in text] == []


def test_every_document_is_plain_ascii_and_short_enough(data: list[str]) -> None:
    assert all(text.isascii() and len(text) <= 16_000 for text in data)


def test_rendering_twice_gives_the_same_text(presets: list[Preset]) -> None:
    assert [documents(preset) for preset in presets] == [documents(preset) for preset in presets]


def test_components_come_in_the_order_in_which_they_need_each_other(a_preset: MakePreset) -> None:
    own = [{"name": "first", "run": "true"}, ARN, {"name": "second", "run": "true"}]
    image = {"additionalDockerImages": ["postgres:17"], "components": own}
    made = recipe(a_preset(image=image), deployment="ci").components
    prefix = "ci-preset-linux-x64-"
    assert [part if isinstance(part, str) else part.name.removeprefix(prefix) for part in made] == [
        *("base", "docker", "runner", "aws-cli", "boot", "docker-images", "own-first", ARN, "own-second"),
        *("tests", "cleanup"),
    ]


def test_nothing_is_pulled_when_no_image_is_asked_for(a_preset: MakePreset) -> None:
    names = [document.name for document in documents(a_preset())]
    assert not any(name.endswith("docker-images") for name in names)


def test_a_component_too_long_for_image_builder_is_named(a_preset: MakePreset) -> None:
    long = "true # a line\n" * 1000
    with pytest.raises(InvalidInputError) as refused:
        documents(a_preset(image={"components": [{"name": "short", "run": "true"}, {"name": "long", "run": long}]}))
    (problem,) = refused.value.problems
    assert (problem.file, problem.field) == ("presets/linux-x64.yaml", "image.components[1]")
    assert problem.message.startswith("image.components[1] makes a document of 28,")


def test_more_components_than_a_recipe_takes_are_refused(a_preset: MakePreset) -> None:
    most = [{"name": f"part{n}", "run": "true"} for n in range(13)]
    assert len(documents(a_preset(image={"components": most}))) == 20
    with pytest.raises(InvalidInputError, match="has 14 entries, accepted are 13"):
        documents(a_preset(image={"components": [*most, {"name": "more", "run": "true"}]}))
