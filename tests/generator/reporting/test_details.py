from pathlib import Path

import pytest

from generator.reporting.details import details, last_build, wanted
from generator.reporting.known import LastBuild
from generator.reporting.watch import NoAnswer
from lambdas.core.state import Build, Facts, Snapshot
from tests.generator.reporting.report_makers import a_preset, an_answer, ready
from tests.git import work_tree_with_origin
from tests.lambdas.makers import a_build, a_config, a_deploy, a_failed_build, a_snapshot, an_own_ami, at, build_arn

OLDER = a_build()
NEWER = a_build(build_arn=build_arn("1.0.1/1"), started_at=at(60), event_at=at(80), ami_id="ami-00000000000000002")


def test_the_last_good_build_is_the_one_that_began_last_and_whose_ami_lives_ami_1() -> None:
    failed = a_failed_build(build_arn=build_arn("1.0.2/1"), started_at=at(120), event_at=at(130))
    expected = LastBuild(version="1.0.1/1", started_at=at(60), ami_id="ami-00000000000000002")
    assert last_build(a_snapshot(NEWER, OLDER, failed), show_ami_ids=True) == expected


def test_a_build_whose_ami_is_gone_is_not_good_any_more_ami_6() -> None:
    gone = a_build(build_arn=build_arn("1.0.3/1"), started_at=at(90), ami_state="deregistered")
    found = last_build(a_snapshot(OLDER, gone), show_ami_ids=True)
    assert found
    assert found.version == "1.0.0/1"


def test_where_ids_are_not_to_be_shown_the_build_names_none() -> None:
    found = last_build(a_snapshot(OLDER), show_ami_ids=False)
    assert found
    assert found.ami_id is None


def test_no_build_is_known_only_of_a_preset_that_the_table_knows(tmp_path: Path) -> None:
    found = {"linux": a_snapshot(), "gone": Snapshot()}
    made = details(tmp_path, ("linux", "gone", "unasked"), found, show_ami_ids=True)
    assert {name: about.has_no_build for name, about in made.items()} == {
        "linux": True,
        "gone": False,
        "unasked": False,
    }


def test_an_own_ami_is_no_build_and_its_preset_is_known_to_have_none(tmp_path: Path) -> None:
    own = a_snapshot(an_own_ami(), config=a_config(pipeline_arn=None))
    assert last_build(own, show_ami_ids=True) is None
    found = details(tmp_path, ("own", "linux"), {"own": own, "linux": a_snapshot()}, show_ami_ids=True)
    assert {name: about.own_ami for name, about in found.items()} == {"own": True, "linux": False}


@pytest.mark.parametrize("name", ["@everyone", ":(glob)**", "../x", "--output=x", "x" * 41])
def test_names_that_no_preset_can_have_are_asked_about_nowhere(name: str) -> None:
    assert wanted(an_answer(a_preset(name=name))) == ()


def test_a_closer_look_is_taken_at_what_is_not_ready() -> None:
    assert wanted(an_answer(ready(), a_preset(name="gpu"), a_preset(name="arm", status="building"))) == ("gpu", "arm")
    assert wanted(NoAnswer(cause="unreachable", reason="x")) == ()


BEFORE, NOW = "a" * 16, "b" * 16


@pytest.mark.parametrize(
    ("build", "keeps"),
    [
        (a_build(recipe_arn="before"), True),
        (a_build(recipe_arn="before", ami_state="deregistered"), False),
        (a_build(recipe_arn="now"), False),
    ],
    ids=["an AMI of the recipe before lives", "that AMI is gone", "only the recipe of now has one"],
)
def test_what_a_revert_brings_back_is_an_ami_of_the_recipe_before(tmp_path: Path, build: Build, *, keeps: bool) -> None:
    deploys = (a_deploy(recipe_hash=BEFORE, recipe_arn="before"), a_deploy(recipe_hash=NOW, recipe_arn="now"))
    snapshot = a_snapshot(facts=Facts(deploys=deploys, builds=(build,)))
    root = a_history(tmp_path, BEFORE, NOW)
    about = details(root, ("linux",), {"linux": snapshot}, show_ami_ids=True)["linux"]
    assert (about.can_revert, about.keeps_before) == (True, keeps)


def test_the_commit_that_added_a_preset_cannot_be_reverted(tmp_path: Path) -> None:
    about = details(a_history(tmp_path, NOW), ("linux",), {"linux": a_snapshot(a_build())}, show_ami_ids=True)["linux"]
    assert about.recipe_commit
    assert (about.can_revert, about.keeps_before) == (False, False)


def a_history(folder: Path, *hashes: str) -> Path:
    """Make a repository whose commits bring these recipes of the preset `linux`, one after the other."""
    work = work_tree_with_origin(folder)
    (work.path / "templates_out").mkdir()
    for one in hashes:
        work.commit("templates_out/preset-linux.json", f'"RecipeHash": "{one}"')
    return work.path
