from collections.abc import Callable
from typing import Any

import pytest

from generator.errors import InvalidInputError
from generator.inputs.project import load_project

Complaints = Callable[..., list[str]]
APreset = Callable[..., dict[str, Any]]

NAME = "expected a name of lower-case letters, digits and inner hyphens, at most 40 characters"
VERSION = "expected latest or an exact version such as 2.330.0"
QUOTE = "; put it in quotes if it is meant as text"
BAKED = "which is for AMIs that are baked here: take it out, or image.ami"

WRONG_FIELDS = [
    ("timeout: '60'", "timeout is '60', expected a whole number from 1 to 7200; take the quotes off"),
    ("timeout: true", "timeout is true, expected a whole number from 1 to 7200"),
    ("timeout: 0", "timeout is 0, expected a whole number from 1 to 7200"),
    ("timeout: 7201", "timeout is 7201, expected a whole number from 1 to 7200"),
    ("timeout: 1.5", "timeout is 1.5, expected a whole number from 1 to 7200"),
    ("timeout: 1:30", "timeout is 1:30, which YAML reads as the number 90, expected a whole number from 1 to 7200"),
    ("timeout: 060", "timeout is 060, which YAML reads as the number 48, expected a whole number from 1 to 7200"),
    ("timeout: 0x3c", "timeout is 0x3c, which YAML reads as the number 60, expected a whole number from 1 to 7200"),
    ("timeout: .inf", "timeout is .inf, which YAML reads as a number, expected a whole number from 1 to 7200"),
    ("timeout:", "timeout is empty, expected a whole number from 1 to 7200"),
    ("timeout: ~", "timeout is ~ (nothing), expected a whole number from 1 to 7200"),
    ("timeout: [1]", "timeout is a list, expected a whole number from 1 to 7200"),
    ("diskSizeGb: 7", "diskSizeGb is 7, expected a whole number from 8 to 16384"),
    ("spotStrategy: free", "spotStrategy is 'free', expected spotOnly, spotPreferred or onDemandOnly"),
    (
        "spotStrategy: spot-only",
        "spotStrategy is 'spot-only', expected spotOnly, spotPreferred or onDemandOnly, did you mean spotOnly?",
    ),
    ("spotstrategy: spotOnly", "spotstrategy is not a field, did you mean spotStrategy?"),
    ("disk_size_gb: 50", "disk_size_gb is not a field, did you mean diskSizeGb?"),
    ("platform: macos", "platform is 'macos', expected linux or windows"),
    ("labels: docker", "labels is 'docker', expected a list of labels"),
    ("labels: [a, b, a]", "labels[2] is 'a', which is in the list already"),
    ("labels: ['a,b']", "labels[0] is 'a,b', expected a label in lower case, without spaces and commas"),
    (
        "labels: [Docker]",
        "labels[0] is 'Docker', expected a label in lower case, without spaces and commas, did you mean docker?",
    ),
    (
        "labels: [self-hosted]",
        "labels[0] is 'self-hosted', which spot-runner takes care of by itself, expected no entry for it",
    ),
    (
        "labels: [spotrunner/linux-x64]",
        "labels[0] is 'spotrunner/linux-x64', which spot-runner takes care of by itself, expected no entry for it",
    ),
    (
        "labels: [on]",
        "labels[0] is on, which YAML reads as true, expected a label in lower case, without spaces and commas" + QUOTE,
    ),
    (
        "runnerGroup: 2026-11-23",
        f"runnerGroup is 2026-11-23, which YAML reads as a date, expected the name of a runner group{QUOTE}",
    ),
    ("maxRunners: 0", "maxRunners is 0, expected a whole number from 1 to 10000"),
    (
        "image: ubuntu",
        "image is 'ubuntu', expected a mapping with fields such as base, schedule or additionalDockerImages",
    ),
    ("image: {shedule: x}", "image.shedule is not a field, did you mean schedule?"),
    (
        "image: {base: ubuntu-24.4}",
        (
            "image.base is 'ubuntu-24.4', expected ubuntu-24.04, ubuntu-22.04, windows-2022, an AMI id or "
            "ssm:/imagebuilder/path (or ssm:/aws/service/path), did you mean ubuntu-24.04?"
        ),
    ),
    (
        "image: {schedule: rate(7 days)}",
        (
            "image.schedule is 'rate(7 days)', rate() has no time of day,"
            " expected cron of six fields such as cron(0 3 ? * SUN *)"
        ),
    ),
    (
        "image: {schedule: cron(0 3 1 * ? *)}",
        (
            "image.schedule is 'cron(0 3 1 * ? *)', it leaves up to 31 days between two builds, expected at most 21,"
            " such as cron(0 3 1,15 * ? *)"
        ),
    ),
    (
        "image: {additionalDockerImages: ['Postgres:17']}",
        (
            "image.additionalDockerImages[0] is 'Postgres:17',"
            " expected a Docker image reference such as postgres:17 or ghcr.io/owner/image:tag"
        ),
    ),
    (
        "image: {components: [arn:aws:s3:::x]}",
        "image.components[0] is 'arn:aws:s3:::x', expected {name, run} or the ARN of an Image Builder component",
    ),
    (
        "image: {components: [5]}",
        "image.components[0] is 5, expected {name, run} or the ARN of an Image Builder component",
    ),
    (
        "image: {components: [{name: a, run: ' '}]}",
        "image.components[0].run is ' ', expected a shell script, not empty, at most 15000 characters",
    ),
    (
        "image: {components: [{name: a}]}",
        "image.components[0].run is missing, expected a shell script, not empty, at most 15000 characters",
    ),
    (
        "image: {components: [{name: a, run: x}, {name: a, run: y}]}",
        "image.components[1].name is 'a', the same name as another entry's",
    ),
    ("image: {runnerVersion: v2}", f"image.runnerVersion is 'v2', {VERSION}"),
    (
        "image: {runnerVersion: 2.330}",
        f"image.runnerVersion is 2.330, which YAML reads as 2.33, {VERSION}{QUOTE}",
    ),
    ("image: {retain: 0}", "image.retain is 0, expected a whole number from 1 to 50"),
    (
        "image: {testCommands: ['']}",
        "image.testCommands[0] is '', expected a shell command, not empty, at most 2000 characters",
    ),
    (
        "image: {buildInstanceTypes: []}",
        "image.buildInstanceTypes is an empty list, expected a list of EC2 instance types",
    ),
    (
        "image: {buildInstanceTypes: [m7g.large]}",
        "image.buildInstanceTypes[0] is 'm7g.large', which does not run x86_64, this preset's architecture",
    ),
    ("image: {ami: ami-1}", "image.ami is 'ami-1', expected an AMI id such as ami-0123456789abcdef0"),
    ("image: {ami: }", "image.ami is empty, expected an AMI id such as ami-0123456789abcdef0"),
    ("image: {ami: ami-01234567, base: ubuntu-22.04}", f"image.base is 'ubuntu-22.04', {BAKED}"),
    ("image: {ami: ami-01234567, components: []}", f"image.components is an empty list, {BAKED}"),
]


@pytest.mark.parametrize(("line", "message"), WRONG_FIELDS, ids=[line for line, _ in WRONG_FIELDS])
def test_a_wrong_field_is_named_with_its_line_its_value_and_what_is_accepted(
    complaints: Complaints, line: str, message: str
) -> None:
    text = f"name: linux-x64\narchitecture: x86_64\ninstanceTypes: [m7i.large]\n{line}\n"
    assert complaints({"presets/linux-x64.yaml": text}) == [f"presets/linux-x64.yaml:4: {message}"]


WRONG_BASICS = [
    ({"name": "../etc"}, f"name is '../etc', {NAME}"),
    ({"name": "linux-"}, f"name is 'linux-', {NAME}"),
    ({"name": "Linux-x64"}, f"name is 'Linux-x64', {NAME}"),
    ({"name": "a" * 41}, f"name is '{'a' * 41}', {NAME}"),
    ({"name": "other"}, "name is 'other', expected 'linux-x64', the name of the file"),
    ({"name": None}, f"name is missing, {NAME}"),
    ({"architecture": None}, "architecture is missing, expected x86_64 or arm64"),
    ({"architecture": "x86-64"}, "architecture is 'x86-64', expected x86_64 or arm64, did you mean x86_64?"),
    ({"instanceTypes": None}, "instanceTypes is missing, expected a list of EC2 instance types"),
    ({"instanceTypes": []}, "instanceTypes is an empty list, expected a list of EC2 instance types"),
    (
        {"instanceTypes": ["m7i.larg"]},
        "instanceTypes[0] is 'm7i.larg', expected an EC2 instance type, did you mean m7i.large?",
    ),
    (
        {"instanceTypes": ["m7g.large"]},
        "instanceTypes[0] is 'm7g.large', which does not run x86_64, this preset's architecture",
    ),
]


@pytest.mark.parametrize(("changes", "message"), WRONG_BASICS, ids=[message[:60] for _, message in WRONG_BASICS])
def test_what_every_preset_must_say_is_checked(
    complaints: Complaints, a_preset: APreset, changes: dict[str, object], message: str
) -> None:
    assert complaints({"presets/linux-x64.yaml": a_preset(**changes)}) == [f"presets/linux-x64.yaml:1: {message}"]


def test_a_bare_word_that_yaml_reads_as_a_number_is_no_name(complaints: Complaints) -> None:
    text = "name: 1e3\narchitecture: x86_64\ninstanceTypes: [m7i.large]\n"
    message = f"name is 1e3, which YAML reads as 1000, {NAME}{QUOTE}"
    assert complaints({"presets/1e3.yaml": text}) == [f"presets/1e3.yaml:1: {message}"]


def test_all_problems_of_all_files_come_together_sorted_by_file_and_line(
    complaints: Complaints, a_preset: APreset, some_settings: APreset
) -> None:
    types = "- m7g.large\n- m7i.large\n- m7g.larg\n"
    bad = f"architecture: arm64\nname: b\ninstanceTypes:\n{types}labels: [x, x]\ntimeout: 0\n"
    files = {"presets/b.yaml": bad, "presets/a.yaml": a_preset(name="a", platform="beos")}
    lines = complaints(files, settings=some_settings(region="mars"))
    assert [line.split(": ", 1)[0] for line in lines] == [
        "presets/a.yaml:1",
        "presets/b.yaml:5",
        "presets/b.yaml:6",
        "presets/b.yaml:7",
        "presets/b.yaml:8",
        "spot-runner.yaml:1",
    ]


def test_each_field_beside_an_own_ami_is_named_with_its_line(complaints: Complaints) -> None:
    text = "name: linux-x64\narchitecture: x86_64\ninstanceTypes: [m7i.large]\n"
    image = "image:\n  ami: ami-0123456789abcdef0\n  retain: 4\n  schedule: cron(0 3 ? * SUN *)\n"
    assert complaints({"presets/linux-x64.yaml": text + image}) == [
        f"presets/linux-x64.yaml:6: image.retain is 4, {BAKED}",
        f"presets/linux-x64.yaml:7: image.schedule is 'cron(0 3 ? * SUN *)', {BAKED}",
    ]


@pytest.mark.parametrize(
    ("field", "said"),
    [("schedule: x", "schedule is 'x'"), ("buildInstanceTypes: [m7g.large]", "buildInstanceTypes is a list")],
)
def test_a_field_beside_an_own_ami_is_refused_once_whatever_stands_in_it(
    complaints: Complaints, field: str, said: str
) -> None:
    text = "name: linux-x64\narchitecture: x86_64\ninstanceTypes: [m7i.large]\n"
    image = f"image:\n  ami: ami-0123456789abcdef0\n  {field}\n"
    assert complaints({"presets/linux-x64.yaml": text + image}) == [f"presets/linux-x64.yaml:6: image.{said}, {BAKED}"]


def test_what_all_presets_bake_in_is_not_said_by_one_with_an_own_ami(
    write_project: Callable[..., Any], a_preset: APreset, some_settings: APreset
) -> None:
    image = {"retain": 4, "schedule": "cron(0 3 * * ? *)", "components": [{"name": "a", "run": "x"}]}
    files = {
        "presets/own.yaml": a_preset(name="own", image={"ami": "ami-0123456789abcdef0"}),
        "presets/linux-x64.yaml": a_preset(),
    }
    project = load_project(write_project(files, settings=some_settings(defaults={"timeout": 90, "image": image})))
    baked, own = project.presets
    assert (baked.image.retain, own.image.model_fields_set) == (4, {"ami"})
    assert [preset.timeout for preset in project.presets] == [90, 90]


def test_a_problem_carries_file_line_and_field(write_project: Callable[..., Any]) -> None:
    text = "name: linux-x64\narchitecture: x86_64\ninstanceTypes:\n  - m7i.large\n  - nope\n"
    with pytest.raises(InvalidInputError) as caught:
        load_project(write_project({"presets/linux-x64.yaml": text}))
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.field) == ("presets/linux-x64.yaml", 5, "instanceTypes[1]")


def test_a_file_with_thousands_of_problems_names_the_first_and_counts_the_rest(complaints: Complaints) -> None:
    types = "".join(f"- nope.{number}\n" for number in range(3000))
    text = f"name: linux-x64\narchitecture: x86_64\ninstanceTypes:\n{types}"
    lines = complaints({"presets/linux-x64.yaml": text})
    assert (len(lines), lines[-1]) == (51, "presets/linux-x64.yaml:3003: and 2950 more problems in this file")


def test_a_message_stays_one_line_whatever_the_value_holds(complaints: Complaints, a_preset: APreset) -> None:
    (line,) = complaints({"presets/linux-x64.yaml": a_preset(runnerGroup="a\n\x1b[31m" + "b" * 500)})
    assert "runnerGroup is 'a\\n\\x1b[31mbbb" in line
    assert len(line) < 200
