from dataclasses import replace

import pytest

from lambdas.core import decision
from lambdas.core.changes import Change, applied
from lambdas.core.custom_resource import Caller, Deployment
from lambdas.core.state import Build, Deploy, Facts, Snapshot
from tests.lambdas.makers import (
    PIPELINE,
    RECIPE,
    STACK,
    a_build,
    a_config,
    a_deploy,
    a_failed_build,
    a_preset,
    a_snapshot,
    at,
    build_arn,
)

CALLER = Caller(
    response_url="https://answer", stack_id=STACK, request_id="request-2", logical_id="Sync", physical_id=None
)
OTHER_RECIPE = RECIPE.replace("1.0.0", "1.0.1")
SAME = Deployment(
    preset=a_preset(),
    pipeline_arn=PIPELINE,
    recipe_arn=RECIPE,
    recipe_hash="aaaa",
    launch_template_id="lt-0123456789abcdef0",
    launch_template_version="1",
    commit="1" * 40,
)
OTHER = replace(SAME, recipe_arn=OTHER_RECIPE, recipe_hash="bbbb")
FIRST = "building the first AMI"


def decided(snapshot: Snapshot, wanted: Deployment = SAME, *found: Build, minutes: float = 100) -> Deploy:
    deploy = decision.deployed(snapshot, CALLER, wanted, found=found, now=at(minutes)).deploy
    assert deploy is not None
    return deploy


def says(snapshot: Snapshot, wanted: Deployment = SAME, *found: Build, minutes: float = 100) -> tuple[str, bool]:
    """Return what is decided, and whether a build starts."""
    deploy = decided(snapshot, wanted, *found, minutes=minutes)
    return deploy.decision, deploy.client_token is not None


def test_a_new_preset_builds_its_first_ami() -> None:
    assert says(Snapshot()) == (FIRST, True)


def test_another_recipe_builds_while_the_current_ami_serves_ami_7() -> None:
    said = "building; the current AMI ami-00000000000000001 serves meanwhile"
    assert says(a_snapshot(a_build()), OTHER) == (said, True)


@pytest.mark.parametrize(
    ("changed", "kind"),
    [({"architecture": "arm64"}, "x86_64"), ({"platform": "windows"}, "linux")],
    ids=["architecture", "platform"],
)
def test_jobs_are_said_to_wait_where_an_ami_of_another_kind_cannot_step_in(changed: dict[str, str], kind: str) -> None:
    wanted = replace(OTHER, preset=a_preset(**changed))
    said = f"{FIRST}; jobs wait for it, as an AMI for {kind} cannot step in"
    assert says(a_snapshot(a_build()), wanted) == (said, True)


def test_an_edit_that_leaves_the_recipe_alone_builds_nothing_ami_7() -> None:
    wanted = replace(SAME, preset=a_preset(labels=("big",)))
    assert says(a_snapshot(a_build()), wanted) == ("unchanged", False)


def test_an_edit_during_the_first_build_starts_no_second_one_ami_7() -> None:
    assert says(a_snapshot(a_failed_build(status="BUILDING"))) == ("unchanged", False)


def test_a_revert_serves_at_once_and_builds_nothing() -> None:
    reverted = a_snapshot(a_build())
    reverted = replace(
        reverted,
        config=replace(reverted.config, recipe_hash="bbbb"),  # type: ignore[type-var]
        facts=replace(reverted.facts, deploys=(a_deploy(), a_deploy(sequence=2, recipe_hash="bbbb", recipe_arn="x"))),
    )
    assert says(reverted) == ("served at once from build spot-runner-preset-linux-x64/1.0.0/1", False)


def test_an_ami_older_than_one_schedule_interval_serves_and_a_build_starts() -> None:
    said = (
        "served at once from build spot-runner-preset-linux-x64/1.0.0/1; "
        "building, as it is older than one schedule interval"
    )
    wanted = replace(SAME, preset=a_preset(schedule_interval_minutes=60))
    assert says(a_snapshot(a_build()), wanted, minutes=61) == ("unchanged", False)
    assert says(a_snapshot(a_build()), wanted, minutes=62) == (said, True)


def test_a_deregistered_ami_is_built_again() -> None:
    assert says(a_snapshot(a_build(ami_state="deregistered"))) == (FIRST, True)


def test_a_failed_recipe_that_is_deployed_again_is_built_again() -> None:
    assert says(a_snapshot(a_failed_build())) == (FIRST, True)


def test_a_recipe_whose_build_is_under_way_again_is_not_started_twice() -> None:
    back = Snapshot(facts=a_snapshot(a_failed_build(status="TESTING")).facts)
    assert says(back) == (FIRST, False)


def test_a_build_that_was_cancelled_while_nobody_listened_is_not_waited_for() -> None:
    back = Snapshot(facts=a_snapshot(a_failed_build(status="TESTING")).facts)
    assert says(back, SAME, a_failed_build(status="CANCELLED", event_at=at(100))) == (FIRST, True)


def test_a_request_that_was_recorded_changes_nothing_more() -> None:
    first = decision.deployed(Snapshot(), CALLER, SAME, now=at(0))
    assert decision.deployed(applied(Snapshot(), first), CALLER, SAME, now=at(1)) == Change()


def test_each_deployment_gets_the_next_sequence_and_a_new_version_of_the_state() -> None:
    change = decision.deployed(a_snapshot(a_build()), CALLER, SAME, now=at(100))
    assert change.deploy and change.latest  # noqa: PT018 - for the type checker
    assert (change.deploy.sequence, change.latest.version) == (2, 4)


def test_the_client_token_is_one_per_request_and_recipe_and_fits_64_characters() -> None:
    tokens = {decision.client_token(request, recipe) for request in ("r1", "r2") for recipe in (RECIPE, OTHER_RECIPE)}
    assert {len(token) for token in tokens} == {64}
    assert len(tokens) == 4


def test_a_started_build_is_known_before_its_first_event_and_never_hides_one() -> None:
    build = decision.started(a_deploy(), build_arn("1.0.0/9"))
    assert (build.status, build.event_at, build.started_at) == (
        "PENDING",
        a_deploy().deployed_at,
        a_deploy().deployed_at,
    )


@pytest.mark.parametrize(("sequence", "current"), [(1, True), (2, False)])
def test_a_deployment_is_current_until_another_one_comes(sequence: int, current: bool) -> None:  # noqa: FBT001 - a table
    snapshot = a_snapshot()
    later = a_deploy(sequence=sequence, request_id="later") if sequence > 1 else a_deploy()
    snapshot = replace(snapshot, facts=replace(snapshot.facts, deploys=tuple({a_deploy(), later})))
    assert decision.is_current(snapshot, a_deploy()) is current
    assert not decision.is_current(replace(snapshot, config=None), a_deploy())


def after(*deploys: Deploy, deployed: str = "", builds: tuple[Build, ...] = ()) -> Snapshot:
    """Return what the table knows after deployments; the last one's recipe is deployed unless another is named."""
    config = a_config(recipe_hash=deployed or deploys[-1].recipe_hash)
    return Snapshot(config=config, facts=Facts(deploys=deploys, builds=builds))


LATER = a_deploy(sequence=2, recipe_hash="bbbb", recipe_arn="recipe-2", commit="1" * 40)


@pytest.mark.parametrize(
    ("snapshot", "held"),
    [
        (Snapshot(), False),
        (after(a_deploy(recipe_hash="cccc"), deployed="aaaa"), True),
        (after(a_deploy(), LATER), True),
        (after(LATER, a_deploy(), deployed="bbbb"), True),
        (after(a_deploy(commit="1" * 40), LATER), False),
        (after(a_deploy(recipe_hash="cccc"), LATER), False),
        (after(a_deploy(), a_deploy(sequence=2, recipe_hash="cccc"), replace(LATER, sequence=3)), False),
        (replace(after(a_deploy(), LATER), config=None), False),
    ],
    ids=[
        "nothing is deployed",
        "it is deployed",
        "it was, before the last deployment",
        "it was, before the last deployment, in whatever order they come",
        "it was, but as of another commit",
        "another one was",
        "it was two deployments ago",
        "it was, before a preset that is gone",
    ],
)
def test_what_a_rollback_goes_back_to_is_held(snapshot: Snapshot, held: bool) -> None:  # noqa: FBT001 - a table
    assert decision.is_held(snapshot, "aaaa", "0" * 40) == held
