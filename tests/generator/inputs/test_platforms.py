"""What a preset of platform windows may say, and what it has where it says nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from generator.inputs.project import load_project
from generator.presets import Image, Platform, Preset
from lambdas.core.preset import PLATFORMS

Complaints = Callable[..., list[str]]
Write = Callable[..., Path]
Run = Callable[..., tuple[int, str, str]]
FILE = "presets/windows-x64.yaml"
HEAD = "name: windows-x64\narchitecture: x86_64\ninstanceTypes: [m7i.large]\nplatform: windows\n"
NOTICE = "presets of platform windows are rendered and checked, and not yet run on AWS: windows-x64"
BASE_EXPECTED = "expected windows-2022, an AMI id or ssm:/imagebuilder/path"

WRONG = [
    ("diskSizeGb: 29", "diskSizeGb is 29, which does not hold Windows, expected 30 or more"),
    ("image: {base: ubuntu-24.04}", f"image.base is 'ubuntu-24.04', which is not of platform windows, {BASE_EXPECTED}"),
    (
        "image: {additionalDockerImages: [postgres:17]}",
        (
            "image.additionalDockerImages is a list, which images of Windows do not have, as there is no Docker in "
            "them: leave it out, or say []"
        ),
    ),
]


@pytest.mark.parametrize(("line", "message"), WRONG, ids=[line for line, _ in WRONG])
def test_what_windows_does_not_have_is_named_with_file_line_value_and_remedy(
    complaints: Complaints, line: str, message: str
) -> None:
    assert complaints({FILE: f"{HEAD}{line}\n"}) == [f"{FILE}:5: {message}"]


WRONG_ANYWAY = [
    ("diskSizeGb: true", "diskSizeGb is true, expected a whole number from 8 to 16384"),
    ("diskSizeGb: 7", "diskSizeGb is 7, expected a whole number from 8 to 16384"),
    ("disk_size_gb: 20", "disk_size_gb is not a field, did you mean diskSizeGb?"),
    (
        "image: {additionalDockerImages: ['Postgres:17']}",
        (
            "image.additionalDockerImages[0] is 'Postgres:17', expected a Docker image reference such as postgres:17 "
            "or ghcr.io/owner/image:tag"
        ),
    ),
    (
        "image: {ami: ami-0123456789abcdef0, base: ubuntu-24.04}",
        "image.base is 'ubuntu-24.04', which is for AMIs that are baked here: take it out, or image.ami",
    ),
]


@pytest.mark.parametrize(("line", "message"), WRONG_ANYWAY, ids=[line for line, _ in WRONG_ANYWAY])
def test_of_what_is_wrong_on_any_platform_windows_says_nothing_more(
    complaints: Complaints, line: str, message: str
) -> None:
    assert complaints({FILE: f"{HEAD}{line}\n"}) == [f"{FILE}:5: {message}"]


def test_windows_on_arm64_is_refused_together_with_all_else_that_is_wrong(complaints: Complaints) -> None:
    text = "name: windows-x64\narchitecture: arm64\nplatform: windows\ninstanceTypes: [m7g.large]\ntimeout: 0\n"
    assert complaints({FILE: f"{text}diskSizeGb: 8\n"}) == [
        f"{FILE}:2: architecture is 'arm64', which Windows Server does not run on, expected x86_64",
        f"{FILE}:5: timeout is 0, expected a whole number from 1 to 7200",
        f"{FILE}:6: diskSizeGb is 8, which does not hold Windows, expected 30 or more",
    ]


def test_a_base_of_windows_is_refused_on_linux(complaints: Complaints) -> None:
    text = HEAD.replace("platform: windows", "image: {base: windows-2022}").replace("windows-x64", "linux-x64")
    expected = "expected ubuntu-24.04 or ubuntu-22.04, an AMI id or ssm:/imagebuilder/path"
    assert complaints({"presets/linux-x64.yaml": text}) == [
        f"presets/linux-x64.yaml:4: image.base is 'windows-2022', which is not of platform linux, {expected}"
    ]


SETTINGS = """region: eu-west-1
account: "123456789012"
github: {owner: octo-org}
defaults:
  diskSizeGb: 20
  image:
    base: ubuntu-22.04
    additionalDockerImages: [postgres:17]
"""


def test_defaults_for_linux_alone_are_named_where_they_stand_until_the_preset_says_otherwise(
    complaints: Complaints,
) -> None:
    size, base, docker = said = complaints({FILE: HEAD}, settings=SETTINGS)
    assert [line.split(" is ")[0] for line in said] == [
        "spot-runner.yaml:5: defaults.diskSizeGb",
        "spot-runner.yaml:7: defaults.image.base",
        "spot-runner.yaml:8: defaults.image.additionalDockerImages",
    ]
    why = f"'ubuntu-22.04', which is not of platform windows, {BASE_EXPECTED}"
    assert size.endswith(f" is 20, which does not hold Windows, expected 30 or more; or say diskSizeGb in {FILE}")
    assert base.endswith(f" is {why}; or say image.base in {FILE}")
    assert docker.endswith(f"or say []; or say image.additionalDockerImages in {FILE}")
    own = f"{HEAD}diskSizeGb: 30\nimage: {{base: windows-2022, additionalDockerImages: []}}\n"
    assert complaints({FILE: own}, settings=SETTINGS) == []


def test_what_the_preset_says_itself_is_named_there_whatever_the_defaults_say(complaints: Complaints) -> None:
    components = "defaults: {diskSizeGb: 20, image: {components: [{name: a, run: x}]}}\n"
    settings = SETTINGS.partition("defaults:")[0] + components
    assert complaints({FILE: f"{HEAD}diskSizeGb: 29\nimage: {{components: [{{name: a}}]}}\n"}, settings=settings) == [
        f"{FILE}:5: diskSizeGb is 29, which does not hold Windows, expected 30 or more",
        f"{FILE}:6: image.components[0].run is missing, expected a shell script, not empty, at most 15000 characters",
    ]


def test_a_preset_file_names_the_platforms_that_the_functions_know() -> None:
    assert get_args(Platform) == PLATFORMS


@pytest.mark.parametrize("image", [None, {"retain": 4}, Image(retain=4)], ids=["none", "a mapping", "made in Python"])
def test_the_base_follows_the_platform_where_the_preset_names_none(image: object) -> None:
    fields = {"name": "w", "architecture": "x86_64", "platform": "windows", "instanceTypes": ["m7i.large"]}
    preset = Preset.model_validate(fields | ({"image": image} if image else {}))
    assert preset.image.base == "windows-2022"
    assert Preset.model_validate(preset.model_dump(exclude_none=True)) == preset
    assert json.loads(preset.deployed_json())["platform"] == "windows"


def test_validate_says_that_windows_is_not_yet_run_on_aws_and_ends_well(run: Run, write_project: Write) -> None:
    root = str(write_project({FILE: HEAD}))
    code, said, errors = run("validate", "-C", root)
    assert (code, errors) == (0, "")
    assert said.splitlines()[-1] == f"Note: {NOTICE}"
    assert json.loads(run("validate", "-C", root, "--json")[1])["notices"] == [NOTICE]


def test_of_linux_alone_there_is_nothing_to_say(run: Run, write_project: Write) -> None:
    root = write_project()
    assert "Note:" not in run("validate", "-C", str(root))[1]
    assert json.loads(run("validate", "-C", str(root), "--json")[1])["notices"] == []
    assert load_project(root).presets[0].image.base == "ubuntu-24.04"
