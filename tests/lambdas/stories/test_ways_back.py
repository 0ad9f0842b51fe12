"""What CloudFormation and people do when a deployment did not work: roll back, delete, deploy the other one again."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.adapters import observation
from lambdas.core import changes
from lambdas.core.state import Build, Facts
from tests.lambdas.account import Account, client
from tests.lambdas.answer_desk import AnswerDesk
from tests.lambdas.interruptions import before, refusal
from tests.lambdas.makers import PIPELINE, a_state_change, build_arn


def named(account: Account) -> list[str]:
    """Return the presets that `/status` names."""
    answer: dict[str, Any] = json.loads(account.status()["body"])
    return [preset["name"] for preset in answer["presets"]]


@pytest.mark.parametrize("physical_id", ["the answer's", "spot-runner-preset-linux-x64-Sync-1A2B3C"])
def test_a_create_that_failed_leaves_nothing_when_it_is_rolled_back(
    account: Account, desk: AnswerDesk, physical_id: str
) -> None:
    recipe = account.recipe()
    request = account.request(RecipeArn=recipe, PipelineArn=account.pipeline(recipe))
    with before("imagebuilder.StartImagePipelineExecution", refusal("ServiceQuotaExceededException")):
        account.sync(request)
    assert desk.last["Status"] == "FAILED"
    given = desk.last["PhysicalResourceId"] if physical_id == "the answer's" else physical_id
    account.sync(account.request("Delete", PhysicalResourceId=given))
    assert (desk.last["Status"], named(account), account.parameters()) == ("SUCCESS", [], {})


def test_a_recipe_deployed_again_while_it_was_building_fails_with_that_build(account: Account) -> None:
    old = account.ready()
    edited = account.recipe()
    account.builder.fail_next("*")
    account.deploy("Update", recipe=edited, RecipeHash="bbbb")
    account.clock.advance(5)
    account.deploy("Update", recipe=old)
    account.clock.advance(5)
    account.deploy("Update", recipe=edited, RecipeHash="bbbb")
    account.build_to_the_end()
    account.deliver_all()
    assert (account.preset()["status"], account.preset()["serving"]) == ("failed", True)


def a_disabled_pipeline(account: Account) -> None:
    """Have a preset whose rebuild failed, and whose pipeline has disabled itself."""
    account.builder.fail_next("*")
    account.start(PIPELINE)
    account.build_to_the_end()
    account.deliver_all()
    account.clock.advance(3600)
    event = a_state_change(resources=[PIPELINE], detail={"consecutive-failures": "5"})
    account.deliver({**event, "detail-type": "EC2 Image Builder Image Pipeline Automatically Disabled"})
    assert account.preset()["reason"] == "build 1.0.0/2 failed; its pipeline is disabled after 5 failures"


def test_a_preset_that_comes_back_has_a_pipeline_that_is_not_disabled(account: Account) -> None:
    recipe = account.ready()
    a_disabled_pipeline(account)
    account.sync(account.request("Delete"))
    infrastructure = PIPELINE.replace("image-pipeline", "infrastructure-configuration")
    client("imagebuilder").delete_image_pipeline(imagePipelineArn=PIPELINE)
    client("imagebuilder").delete_infrastructure_configuration(infrastructureConfigurationArn=infrastructure)
    account.deploy(recipe=recipe, StackId="another stack")
    account.builder.fail_next("*")
    account.start(PIPELINE)
    account.build_to_the_end()
    account.deliver_all()
    assert account.preset()["reason"] == "build 1.0.0/3 failed"


def test_a_deployment_that_leaves_a_pipeline_disabled_says_so_still(account: Account) -> None:
    recipe = account.ready()
    a_disabled_pipeline(account)
    pipeline = client("imagebuilder").get_image_pipeline(imagePipelineArn=PIPELINE)["imagePipeline"]
    client("imagebuilder").update_image_pipeline(
        imagePipelineArn=PIPELINE,
        imageRecipeArn=recipe,
        infrastructureConfigurationArn=pipeline["infrastructureConfigurationArn"],
        status="DISABLED",
        clientToken="disable",
    )
    account.sync(account.request("Update", RecipeArn=recipe, PipelineArn=PIPELINE))
    assert account.preset()["reason"] == "build 1.0.0/2 failed; its pipeline is disabled"


def told(desk: AnswerDesk) -> str:
    """Return the decision that CloudFormation was told last."""
    return str(desk.last["Data"]["Decision"])


def test_a_revert_serves_the_earlier_ami_at_once_without_a_build(account: Account, desk: AnswerDesk) -> None:
    recipe = account.ready()
    first = account.preset()["amiId"]
    account.deploy("Update", RecipeHash="bbbb")
    account.build_to_the_end()
    account.deliver_all()
    assert account.preset()["amiId"] != first
    account.deploy("Update", recipe=recipe)
    assert told(desk) == "served at once from build spot-runner-preset-linux-x64/1.0.0/1"
    assert (account.preset()["status"], account.preset()["amiId"]) == ("ready", first)
    assert account.parameters()["linux-x64"]["amiId"] == first
    assert len(account.builds()) == 2


def test_a_revert_to_an_old_ami_serves_it_and_builds(account: Account, desk: AnswerDesk) -> None:
    recipe = account.ready()
    first = account.preset()["amiId"]
    account.deploy("Update", RecipeHash="bbbb")
    account.clock.advance(timedelta(days=8).total_seconds())
    account.deploy("Update", recipe=recipe)
    assert told(desk).startswith("served at once from build spot-runner-preset-linux-x64/1.0.0/1; building")
    assert (account.preset()["status"], account.preset()["amiId"]) == ("updating", first)
    assert account.builds()[-2:] == [build_arn("1.0.0/2"), build_arn("1.0.1/1")]


def rolled_back_to_an_old_ami(account: Account) -> dict[str, Any]:
    """Return the request that brings an old recipe back, when its AMI is older than one schedule interval."""
    recipe = account.ready()
    account.deploy("Update", RecipeHash="bbbb")
    account.clock.advance(timedelta(days=8).total_seconds())
    return account.request("Update", RecipeArn=recipe, PipelineArn=account.pipeline(recipe))


@pytest.mark.parametrize("code", ["ServiceQuotaExceededException", "CallRateLimitExceededException"])
def test_a_rollback_holds_though_the_build_that_renews_its_old_ami_cannot_start(
    account: Account, desk: AnswerDesk, code: str
) -> None:
    request = rolled_back_to_an_old_ami(account)
    builds = account.builds()
    with before("imagebuilder.StartImagePipelineExecution", refusal(code, "No more.")):
        account.sync(request)
    said = "served at once from build spot-runner-preset-linux-x64/1.0.0/1, older than one schedule interval; "
    assert told(desk).startswith(f"{said}the next scheduled build renews it: ")
    assert told(desk).endswith("No more.")
    assert (account.preset()["status"], account.builds()) == ("ready", builds)
    assert account.parameters()["linux-x64"]["amiId"] == account.preset()["amiId"]


def test_a_rollback_delivered_again_starts_the_build_that_could_not(account: Account, desk: AnswerDesk) -> None:
    request = rolled_back_to_an_old_ami(account)
    with before("imagebuilder.StartImagePipelineExecution", refusal("ServiceQuotaExceededException")):
        account.sync(request)
    account.sync(request)
    account.sync(request)
    assert told(desk).endswith("; building, as it is older than one schedule interval")
    assert account.builds() == [build_arn(), build_arn("1.0.0/2"), build_arn("1.0.1/1")]
    assert account.preset()["status"] == "updating"


def test_a_new_recipe_whose_build_cannot_start_is_told_though_an_earlier_one_serves(
    account: Account, desk: AnswerDesk
) -> None:
    account.ready()
    with before("imagebuilder.StartImagePipelineExecution", refusal("ServiceQuotaExceededException")):
        account.deploy("Update", RecipeHash="bbbb")
    assert desk.last["Status"] == "FAILED"


def test_of_two_observations_of_one_build_only_the_newer_is_written() -> None:
    seen = Build(
        build_arn="arn:aws:imagebuilder:eu-west-1:123456789012:image/x/1.0.0/1",
        status="AVAILABLE",
        recipe_arn="arn:aws:imagebuilder:eu-west-1:123456789012:image-recipe/x/1.0.0",
        started_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
        event_at=datetime(2026, 11, 23, 13, tzinfo=UTC),
    )
    later = Build(**{**vars(seen), "event_at": datetime(2026, 11, 23, 14, tzinfo=UTC)})
    assert changes.newer_builds(Facts(), [seen, later]) == (later,)
    assert changes.newer_builds(Facts(builds=(later,)), [seen]) == ()


def test_an_image_that_nobody_can_read_says_nothing(account: Account) -> None:
    account.deploy()
    builder = account.world.imagebuilder
    build_arn = builder.list_image_pipeline_images(imagePipelineArn=PIPELINE)["imageSummaryList"][0]["arn"]

    def garble(parsed: dict[str, Any], **_: object) -> None:
        parsed["image"]["dateCreated"] = "the day before yesterday"

    builder.meta.events.register("after-call.imagebuilder.GetImage", garble)
    try:
        assert observation.discover(account.world, build_arn) is None
    finally:
        builder.meta.events.unregister("after-call.imagebuilder.GetImage", garble)
    assert observation.discover(account.world, build_arn) is not None


def test_a_message_that_breaks_the_parser_takes_no_other_along(account: Account) -> None:
    account.deploy()
    account.build_to_the_end()
    account.deliver(*account.events[:-1])
    assert account.deliver("[" * 200_000, account.events[-1]) == ["0"]
    assert account.preset()["status"] == "ready"


def test_an_old_build_that_is_retried_in_vain_after_a_revert_takes_nothing_from_the_newer_one(account: Account) -> None:
    recipe, image_builder = account.recipe(), client("imagebuilder")
    account.deploy(recipe=recipe)
    (old,) = account.builds()
    image_builder.cancel_image_creation(imageBuildVersionArn=old, clientToken="cancel")
    account.clock.advance(10)
    account.start(PIPELINE)
    account.build_to_the_end()
    account.deploy("Update", RecipeHash="bbbb")
    account.build_to_the_end()
    account.deliver_all()
    account.deploy("Update", recipe=recipe)
    account.clock.advance(10)
    image_builder.retry_image(imageBuildVersionArn=old, clientToken="retry")
    account.clock.advance(70)
    account.deliver_all()
    image_builder.cancel_image_creation(imageBuildVersionArn=old, clientToken="cancel again")
    account.deliver_all()
    assert account.item(sort=f"BUILD#{old}")["status"] == "CANCELLED"
    assert (account.preset()["status"], account.preset()["reason"]) == ("ready", None)


def a_deployment_that_started_no_build(account: Account) -> dict[str, Any]:
    """Return the request of a deployment that is recorded with a build to start, which could not start then."""
    recipe = account.recipe()
    request = account.request(RecipeArn=recipe, PipelineArn=account.pipeline(recipe))
    with before("imagebuilder.StartImagePipelineExecution", refusal("ServiceQuotaExceededException")):
        account.sync(request)
    return request


def test_a_request_delivered_again_starts_no_build_once_a_later_deployment_came(
    account: Account, desk: AnswerDesk
) -> None:
    old = a_deployment_that_started_no_build(account)
    account.clock.advance(10)
    account.deploy("Update", RecipeHash="bbbb")
    builds = account.builds()
    account.sync(old)
    assert told(desk) == "building the first AMI"
    assert account.builds() == builds == [build_arn("1.0.1/1")]


def test_a_request_delivered_again_starts_no_build_once_its_preset_has_left(account: Account, desk: AnswerDesk) -> None:
    old = a_deployment_that_started_no_build(account)
    account.sync(account.request("Delete"))
    account.sync(old)
    assert desk.last["Status"] == "SUCCESS"
    assert (account.builds(), account.parameters()) == ([], {})
