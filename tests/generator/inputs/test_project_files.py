import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.errors import InvalidInputError, UsageError
from generator.inputs.project import load_project, load_settings

Complaints = Callable[..., list[str]]
APreset = Callable[..., dict[str, Any]]
Write = Callable[..., Path]


def test_a_project_holds_its_presets_sorted_by_name(write_project: Write, a_preset: APreset) -> None:
    files = {f"presets/{name}.yaml": a_preset(name=name) for name in ("zeta", "alpha", "beta")}
    project = load_project(write_project(files))
    assert [preset.name for preset in project.presets] == ["alpha", "beta", "zeta"]


def test_yml_is_as_good_as_yaml_and_notes_are_left_alone(write_project: Write, a_preset: APreset) -> None:
    files = {"presets/gpu.yml": a_preset(name="gpu"), "presets/README.md": "# Presets", "presets/.keep": ""}
    assert [preset.name for preset in load_project(write_project(files)).presets] == ["gpu"]


def test_defaults_stand_under_every_preset_and_the_preset_has_the_last_word(
    write_project: Write, a_preset: APreset, some_settings: APreset
) -> None:
    defaults = {"timeout": 90, "labels": ["docker"], "image": {"retain": 7, "base": "ubuntu-22.04"}}
    mine = a_preset(timeout=30, image={"base": "ubuntu-24.04"})
    root = write_project({"presets/linux-x64.yaml": mine}, settings=some_settings(defaults=defaults))
    (preset,) = load_project(root).presets
    assert (preset.timeout, preset.labels) == (30, ("docker",))
    assert (preset.image.base, preset.image.retain) == ("ubuntu-24.04", 7)
    assert preset.image.schedule == "cron(0 3 ? * SUN *)"


def test_a_wrong_default_is_reported_once_where_it_stands(
    complaints: Complaints, a_preset: APreset, some_settings: APreset
) -> None:
    files = {f"presets/{name}.yaml": a_preset(name=name) for name in ("a", "b")}
    lines = complaints(files, settings=some_settings(defaults={"timeout": 0, "name": "x"}))
    assert lines == [
        (
            "spot-runner.yaml:1: defaults.name is not a field,"
            " expected labels, timeout, diskSizeGb, spotStrategy, maxRunners, runnerGroup,"
            " onInterruption or image"
        ),
        "spot-runner.yaml:1: defaults.timeout is 0, expected a whole number from 1 to 7200",
    ]


def test_no_preset_at_all_is_a_problem(complaints: Complaints) -> None:
    assert complaints({}) == ["presets:1: no preset at all, expected a file such as linux-x64.yaml"]


def test_a_missing_folder_is_named_with_what_it_would_hold(write_project: Write) -> None:
    root = write_project()
    (root / "presets" / "linux-x64.yaml").unlink()
    (root / "presets").rmdir()
    with pytest.raises(InvalidInputError) as caught:
        load_project(root)
    said = "presets:1: the folder cannot be read (No such file or directory), expected one with a file per preset"
    assert str(caught.value) == said


def test_missing_settings_are_named_with_what_they_must_hold(write_project: Write) -> None:
    root = write_project()
    (root / "spot-runner.yaml").unlink()
    with pytest.raises(InvalidInputError) as caught:
        load_project(root)
    said = "spot-runner.yaml:1: the file is missing, expected at least region, account and github.owner"
    assert str(caught.value) == said


@pytest.mark.parametrize("load", [load_project, load_settings], ids=lambda load: load.__name__)
def test_a_folder_that_holds_neither_is_no_project(tmp_path: Path, load: Callable[[Path], object]) -> None:
    with pytest.raises(UsageError, match=r"is no project of spot-runner, it has neither spot-runner\.yaml nor"):
        load(tmp_path)


def test_settings_that_end_in_yml_are_to_be_renamed(write_project: Write) -> None:
    root = write_project()
    (root / "spot-runner.yaml").rename(root / "spot-runner.yml")
    with pytest.raises(InvalidInputError, match=r"the file is missing, rename spot-runner\.yml"):
        load_project(root)


def test_a_root_that_is_no_folder_is_a_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a directory"):
        load_project(tmp_path / "nowhere")


def test_two_files_of_one_name_are_a_problem(complaints: Complaints, a_preset: APreset) -> None:
    assert complaints({"presets/gpu.yaml": a_preset(name="gpu"), "presets/gpu.yml": a_preset(name="gpu")}) == [
        "presets/gpu.yml:1: the name differs from gpu.yaml only in its ending, expected one file per preset"
    ]


def test_names_that_differ_by_case_only_are_a_problem(complaints: Complaints, a_preset: APreset) -> None:
    lines = complaints({"presets/GPU.yaml": a_preset(name="gpu"), "presets/gpu.yaml": a_preset(name="gpu")})
    assert lines == [
        "presets/GPU.yaml:1: name is 'gpu', expected 'GPU', the name of the file",
        "presets/gpu.yaml:1: the name differs from GPU.yaml only in upper and lower case, expected one file per preset",
    ]


def test_a_preset_cannot_take_the_name_of_another_file(complaints: Complaints, a_preset: APreset) -> None:
    assert complaints({"presets/a.yaml": a_preset(name="a"), "presets/b.yaml": a_preset(name="a")}) == [
        "presets/b.yaml:1: name is 'a', expected 'b', the name of the file"
    ]


@pytest.mark.parametrize("name", ["gpu.json", "gpu.YAML", "gpu", "gpu.yaml~"])
def test_a_file_that_is_no_preset_is_not_overlooked(complaints: Complaints, a_preset: APreset, name: str) -> None:
    (line,) = complaints({"presets/linux-x64.yaml": a_preset(), f"presets/{name}": a_preset(name="gpu")})
    assert line.startswith(f"presets/{name}:1: not a preset, expected a name that ends in .yaml")


def test_folders_pipes_and_dead_links_are_named_not_opened(write_project: Write) -> None:
    root = write_project()
    (root / "presets/folder.yaml").mkdir()
    os.mkfifo(root / "presets/pipe.yaml")
    (root / "presets/link.yaml").symlink_to("nowhere.yaml")
    with pytest.raises(InvalidInputError) as caught:
        load_project(root)
    assert str(caught.value).splitlines() == [
        "presets/folder.yaml:1: not a regular file, expected YAML",
        "presets/link.yaml:1: the file cannot be read: No such file or directory",
        "presets/pipe.yaml:1: not a regular file, expected YAML",
    ]


def test_a_file_name_of_any_bytes_can_be_printed(write_project: Write) -> None:
    root = write_project()
    Path(os.fsdecode(os.fsencode(root / "presets") + b"/\xff\n.yaml")).write_text("name: x")
    with pytest.raises(InvalidInputError) as caught:
        load_project(root)
    assert {problem.file for problem in caught.value.problems} == {"presets/\\xff\\n.yaml"}


def test_of_very_many_problems_the_first_are_put_in_words(complaints: Complaints) -> None:
    again = "name: linux-x64\narchitecture: x86_64\ninstanceTypes: [m7i.large]\n" + "name: linux-x64\n" * 1000
    said = complaints({"presets/linux-x64.yaml": again})
    assert len(said) == 51
    assert said[49:] == [
        "presets/linux-x64.yaml:53: name is given twice, first in line 1",
        "presets/linux-x64.yaml:1003: and 950 more problems in this file",
    ]


def test_of_very_many_problems_before_a_syntax_error_it_is_told_too(
    complaints: Callable[..., list[str]],
) -> None:
    said = complaints({"presets/linux-x64.yaml": "name: linux-x64\n" * 1000 + "}\n"})
    assert len(said) == 52
    assert said[-1].startswith("presets/linux-x64.yaml:1001: the file is not YAML")


def test_of_very_many_bad_files_the_first_are_named_and_the_rest_counted(complaints: Complaints) -> None:
    said = complaints({f"presets/{number}.txt": "" for number in range(1000, 1250)})
    assert len(said) == 201
    assert said[-1] == "… and 50 more problems; --json lists them all"
