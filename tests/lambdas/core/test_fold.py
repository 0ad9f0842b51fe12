"""Single days in the life of a preset; that the rules hold on all days is what the properties say."""

from lambdas.core.fold import fold
from lambdas.core.state import AmiState, Build, Facts, Pipeline
from tests.lambdas.makers import NOON, RECIPE, a_build, a_config, a_deploy, a_failed_build, a_preset, at, build_arn

OLD_AMI = "ami-00000000000000001"
NEW_AMI = "ami-00000000000000002"


def second(**changes: object) -> Build:
    return a_build(build_arn=build_arn("1.0.0/2"), started_at=at(60), event_at=at(80), ami_id=NEW_AMI, **changes)


def second_failed(**changes: object) -> Build:
    return a_failed_build(**{"build_arn": build_arn("1.0.0/2"), "started_at": at(60), "event_at": at(80), **changes})


def folded(*builds: Build, pipeline: Pipeline | None = None, minutes: float = 100) -> AmiState:
    facts = Facts(deploys=(a_deploy(),), builds=builds, pipeline=pipeline)
    return fold(config=a_config(), facts=facts, previous=None, now=at(minutes))


def test_a_preset_that_nothing_builds_has_failed_until_a_build_begins() -> None:
    state = folded(minutes=15)
    assert (state.status, state.reason, state.ami_id) == ("failed", "no build is under way", None)
    assert folded(minutes=14.9).status == "building"
    assert folded(second_failed(status="PENDING")).status == "building"
    gone = Pipeline(status="DELETED", event_at=at(10))
    assert folded(pipeline=gone).reason == "no build is under way; its pipeline is gone"


def test_a_new_recipe_that_nothing_builds_has_failed_though_an_earlier_ami_serves() -> None:
    deploys = (a_deploy(), a_deploy(sequence=2, recipe_hash="bbbb", recipe_arn="other", deployed_at=at(30)))
    facts = Facts(deploys=deploys, builds=(a_build(),))
    state = fold(config=a_config(recipe_hash="bbbb"), facts=facts, previous=None, now=at(45))
    assert (state.status, state.reason, state.ami_id) == ("failed", "no build is under way", OLD_AMI)


def test_a_new_preset_is_building_and_has_no_ami() -> None:
    state = folded(minutes=0)
    assert (state.status, state.ami_id, state.recipe_hash, state.version) == ("building", None, None, 1)


def test_the_ami_of_a_build_that_began_later_serves_even_if_its_event_came_first_ami_1() -> None:
    late = a_build(event_at=at(99))
    assert folded(second(), late).ami_id == NEW_AMI


def test_what_serves_is_told_with_its_build_recipe_and_root_device() -> None:
    state = folded(a_build(root_device_name="/dev/xvda"))
    assert (state.build_arn, state.recipe_hash, state.root_device_name) == (build_arn(), "aaaa", "/dev/xvda")
    assert (state.status, state.ami_built_at) == ("ready", at(1))


def test_a_failed_rebuild_leaves_the_ami_and_says_which_build_failed() -> None:
    state = folded(a_build(), second_failed(reason="secret internals"))
    assert (state.status, state.ami_id, state.reason) == ("failed", OLD_AMI, "build 1.0.0/2 failed")


def test_a_cancelled_build_does_not_build_for_ever_ami_5() -> None:
    state = folded(second_failed(status="CANCELLED"))
    assert (state.status, state.reason) == ("failed", "build 1.0.0/2 was cancelled")


def test_a_retried_build_is_under_way_again_ami_5() -> None:
    assert folded(second_failed(status="BUILDING")).status == "building"


def test_a_deregistered_ami_gives_way_to_the_one_before_ami_6() -> None:
    state = folded(a_build(), second(ami_state="deregistered"))
    assert (state.status, state.ami_id) == ("ready", OLD_AMI)


def test_without_any_living_ami_the_preset_has_failed_ami_6() -> None:
    state = folded(a_build(ami_state="deregistered"))
    assert (state.status, state.ami_id) == ("failed", None)
    assert state.reason == "the AMI of build 1.0.0/1 is deregistered"


def test_an_image_without_an_ami_for_this_account_and_region_has_failed_ami_6() -> None:
    state = folded(a_build(ami_id=None, ami_state=None))
    assert (state.status, state.reason) == ("failed", "build 1.0.0/1 made no AMI for this account and Region")


def test_a_build_that_image_builder_deleted_has_failed() -> None:
    assert folded(second_failed(status="DELETED")).reason == "build 1.0.0/2 is DELETED"


def test_a_rebuild_over_a_serving_ami_is_building_and_serves() -> None:
    state = folded(a_build(), second_failed(status="TESTING"))
    assert (state.status, state.ami_id) == ("building", OLD_AMI)


def test_a_rebuild_does_not_clear_a_failure_until_it_has_an_ami() -> None:
    third = a_failed_build(build_arn=build_arn("1.0.0/3"), status="BUILDING", started_at=at(90))
    assert folded(a_build(), second_failed(), third).status == "failed"


def test_a_foreign_build_serves_nobody() -> None:
    assert folded(a_build(recipe_arn=RECIPE.replace("1.0.0", "6.6.6"))).ami_id is None


def test_another_architecture_never_steps_in() -> None:
    deploys = (a_deploy(), a_deploy(sequence=2, recipe_hash="bbbb", recipe_arn="other", architecture="arm64"))
    config = a_config(recipe_hash="bbbb", preset=a_preset(architecture="arm64"))
    state = fold(config=config, facts=Facts(deploys=deploys, builds=(a_build(),)), previous=None, now=NOON)
    assert (state.status, state.ami_id) == ("building", None)


def test_a_preset_that_comes_back_in_a_new_stack_starts_afresh() -> None:
    deploys = (a_deploy(), a_deploy(sequence=2, stack_id="new", deployed_at=at(90)))
    facts = Facts(deploys=deploys, builds=(second_failed(),))
    assert fold(config=a_config(stack_id="new"), facts=facts, previous=None, now=at(100)).status == "building"


def test_a_recipe_of_a_new_version_with_the_same_hash_is_the_same_recipe() -> None:
    deploys = (a_deploy(), a_deploy(sequence=2, recipe_arn=RECIPE.replace("1.0.0", "1.0.1")))
    facts = Facts(deploys=deploys, builds=(a_build(),))
    assert fold(config=a_config(), facts=facts, previous=None, now=NOON).status == "ready"


def test_a_pipeline_that_disabled_itself_is_named_beside_the_failure() -> None:
    pipeline = Pipeline(status="DISABLED", event_at=at(90), consecutive_failures=5)
    reason = folded(second_failed(), pipeline=pipeline).reason
    assert reason == "build 1.0.0/2 failed; its pipeline is disabled after 5 failures"
    by_hand = Pipeline(status="DISABLED", event_at=at(90))
    assert folded(second_failed(), pipeline=by_hand).reason == "build 1.0.0/2 failed; its pipeline is disabled"
    assert folded(a_build(), pipeline=pipeline).status == "ready"


def test_since_stays_while_the_reason_changes() -> None:
    before = folded(second_failed())
    third = a_failed_build(build_arn=build_arn("1.0.0/3"), started_at=at(90))
    facts = Facts(deploys=(a_deploy(),), builds=(second_failed(), third))
    after = fold(config=a_config(), facts=facts, previous=before, now=at(200))
    assert (after.since, after.updated_at, after.version) == (before.since, at(200), before.version + 1)


def reverted(*builds: Build) -> AmiState:
    """Return the state of a recipe that was deployed, went at minute 85 and came back at minute 90."""
    another = a_deploy(sequence=2, recipe_hash="bbbb", recipe_arn="other", deployed_at=at(85))
    facts = Facts(deploys=(a_deploy(), another, a_deploy(sequence=3, deployed_at=at(90))), builds=builds)
    return fold(config=a_config(), facts=facts, previous=None, now=at(100))


def test_the_late_end_of_an_older_build_is_no_failure_of_the_newer_ami_that_a_revert_brought_back() -> None:
    for status in ("FAILED", "CANCELLED", "DELETED"):
        late = a_failed_build(status=status, event_at=at(95))
        assert (reverted(late, second()).status, reverted(late, second()).ami_id) == ("ready", NEW_AMI)
    assert reverted(a_build(), second_failed(event_at=at(95))).status == "failed"
