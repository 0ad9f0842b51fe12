from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from generator.planning.outlook import durations, outlook, say, say_unseen, unseen
from generator.planning.preset_stack import PresetStack
from lambdas.core.preset import Preset
from lambdas.core.state import AmiState, Build, Config, Deploy, Facts, Snapshot

MONDAY = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_preset(recipe_hash: str, **changed: object) -> PresetStack:
    fields = {"name": "linux", "architecture": "x86_64", "instanceTypes": ["m7i.large"], **changed}
    return PresetStack(fields=fields, recipe_hash=recipe_hash, schedule="", build_instance_types=())


def a_build(recipe: str, ami: str, minutes: int = 20, **changed: Any) -> Build:
    values = {
        "build_arn": f"arn:aws:imagebuilder:eu-west-1:123456789012:image/team-preset-linux/1.0.{ami[-1]}/1",
        "status": "AVAILABLE",
        "recipe_arn": recipe,
        "started_at": MONDAY - HOUR,
        "event_at": MONDAY - HOUR + timedelta(minutes=minutes),
        "ami_id": ami,
        "ami_state": "available",
    }
    return Build(**(values | changed))


def a_deploy(sequence: int, recipe_hash: str, recipe: str) -> Deploy:
    return Deploy(
        sequence=sequence,
        recipe_hash=recipe_hash,
        recipe_arn=recipe,
        architecture="x86_64",
        platform="linux",
        commit="",
        deployed_at=MONDAY - 2 * HOUR,
        stack_id="stack",
        request_id=f"r{sequence}",
        decision="",
    )


def known(*builds: Build) -> Snapshot:
    """Return what the table knows after recipe `old` and then recipe `new` were deployed; `ami-2` serves."""
    config = Config(
        preset=Preset(name="linux", architecture="x86_64", instance_types=("m7i.large",)),
        recipe_hash="new",
        pipeline_arn="p",
        launch_template_id="lt",
        launch_template_version="1",
        stack_id="stack",
    )
    latest = AmiState(preset_name="linux", status="ready", updated_at=MONDAY, since=MONDAY, version=1, ami_id="ami-2")
    facts = Facts(deploys=(a_deploy(1, "old", "recipe-1"), a_deploy(2, "new", "recipe-2")), builds=builds)
    return Snapshot(latest=latest, config=config, facts=facts)


OWN, ANOTHER = "ami-0123456789abcdef0", "ami-00000000000000001"
IF_THERE = ", if it is there and fits the preset; else the deployment is rolled back"


def own_ami(**changed: object) -> PresetStack:
    return replace(a_preset("own", **changed), ami=OWN)


def another_own_ami() -> PresetStack:
    return replace(a_preset("another"), ami=ANOTHER)


def with_own_ami() -> Snapshot:
    """Return what the table knows of a preset whose own AMI serves."""
    before, arn = known(), f"arn:aws:ec2:eu-west-1::image/{OWN}"
    config = replace(before.config, recipe_hash="own", pipeline_arn=None) if before.config else None
    made = a_build(arn, OWN, build_arn=arn, started_at=MONDAY - 9000 * HOUR)
    return replace(before, config=config, facts=Facts(deploys=(a_deploy(1, "own", arn),), builds=(made,)))


def test_an_own_ami_serves_at_once_if_it_is_there_and_no_build_starts() -> None:
    seen = outlook(with_own_ami(), another_own_ami(), MONDAY)
    assert (seen.ami_id, seen.builds) == (ANOTHER, False)
    assert say(seen, OWN) == (f"AMI: served at once: own AMI {ANOTHER}{IF_THERE}",)
    assert say_unseen(unseen(own_ami(), another_own_ami())) == (f"AMI: own AMI {ANOTHER} serves at once{IF_THERE}",)
    assert say_unseen(unseen(None, own_ami())) == (f"AMI: own AMI {OWN} serves at once{IF_THERE}",)


def test_with_or_without_aws_no_baked_ami_is_said_to_step_in_for_an_own_one() -> None:
    seen = outlook(known(a_build("recipe-2", "ami-2")), own_ami(), MONDAY)
    none = "; an AMI that was baked here cannot step in for it"
    assert say(seen, "ami-2") == (f"AMI: served at once: own AMI {OWN}{IF_THERE}{none}",)
    assert say_unseen(unseen(a_preset("new"), own_ami())) == (f"AMI: own AMI {OWN} serves at once{IF_THERE}{none}",)


@pytest.mark.parametrize(
    ("old", "cannot"),
    [
        (own_ami, "an own AMI"),
        (lambda: a_preset("old", architecture="arm64"), "an AMI for arm64"),
        (lambda: a_preset("old", platform="windows"), "an AMI for windows"),
    ],
    ids=["own AMI", "architecture", "platform"],
)
def test_without_aws_jobs_are_said_to_wait_where_what_served_before_cannot_step_in(
    old: Callable[[], PresetStack], cannot: str
) -> None:
    waits = f"jobs wait for it, as {cannot} cannot step in, unless an earlier build can"
    assert say_unseen(unseen(old(), a_preset("new"))) == (
        f"AMI: recipe changes: rebuilt, unless AWS has a build of this recipe; {waits}",
        "build time: unknown, AWS was not asked",
    )


@pytest.mark.parametrize("old", [None, "old"], ids=["a new preset", "a new recipe"])
def test_without_aws_no_job_is_said_to_wait_for_more_than_the_build_where_an_ami_can_step_in(old: str | None) -> None:
    (said, _) = say_unseen(unseen(a_preset(old) if old else None, a_preset("new")))
    assert said.endswith(" unless AWS has a build of this recipe")


def test_an_own_ami_that_stays_is_unchanged() -> None:
    assert say(outlook(with_own_ami(), own_ami(), MONDAY), OWN) == (f"AMI: unchanged ({OWN})",)
    assert say_unseen(unseen(own_ami(), own_ami())) == ("AMI: unchanged, as the own AMI stays",)


def test_an_own_ami_that_stays_in_another_kind_of_preset_must_fit_it() -> None:
    if_it_fits = ", if it fits the preset; else the deployment is rolled back"
    of_arm64 = own_ami(architecture="arm64")
    assert say(outlook(with_own_ami(), of_arm64, MONDAY), OWN) == (f"AMI: unchanged{if_it_fits} ({OWN})",)
    assert say_unseen(unseen(own_ami(), of_arm64)) == (f"AMI: unchanged, as the own AMI stays{if_it_fits}",)


def test_a_recipe_after_an_own_ami_lets_jobs_wait_and_the_age_of_an_own_ami_is_no_time_that_a_build_took() -> None:
    assert words(with_own_ami(), "new") == (
        "AMI: building the first AMI; jobs wait for it, as an own AMI cannot step in",
        "build time: unknown, no build of this preset has given an AMI yet",
    )


def words(snapshot: Snapshot, recipe_hash: str) -> tuple[str, ...]:
    return say(outlook(snapshot, a_preset(recipe_hash), MONDAY), snapshot.latest.ami_id if snapshot.latest else None)


def test_a_new_recipe_is_built_while_the_current_ami_serves() -> None:
    assert words(known(a_build("recipe-2", "ami-2", 23)), "another") == (
        "AMI: rebuild, the current one (ami-2) serves meanwhile",
        "build time: about 23 minutes (median of 1 past build of this preset)",
    )


def test_a_recipe_that_has_an_ami_is_served_at_once() -> None:
    snapshot = known(a_build("recipe-1", "ami-1"), a_build("recipe-2", "ami-2"))
    assert words(snapshot, "old") == ("AMI: served at once from build team-preset-linux/1.0.1/1 (ami-1)",)


def test_the_same_recipe_leaves_the_ami_alone() -> None:
    assert words(known(a_build("recipe-2", "ami-2")), "new") == ("AMI: unchanged (ami-2)",)


def test_a_first_build_takes_an_unknown_time() -> None:
    assert words(Snapshot(), "new") == (
        "AMI: building the first AMI",
        "build time: unknown, no build of this preset has given an AMI yet",
    )


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (a_build("r", "ami-1", 20), (20.0,)),
        (a_build("r", "ami-1", 20, status="FAILED"), ()),
        (a_build("r", "ami-1", 0), ()),
    ],
    ids=["an AMI", "a failure", "an event without a duration"],
)
def test_only_builds_that_gave_an_ami_are_measured(build: Build, expected: tuple[float, ...]) -> None:
    assert durations(Facts(builds=(build,))) == expected
