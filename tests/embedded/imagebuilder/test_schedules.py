from typing import Any

import pytest

HOUR = 3600
DAY = 24 * HOUR
WEEKLY = "cron(0 3 ? * SUN *)"  # the clock starts on a Monday


def schedule(condition: str = "EXPRESSION_MATCH_ONLY", expression: str = WEEKLY, **more: Any) -> dict[str, Any]:
    return {"scheduleExpression": expression, "pipelineExecutionStartCondition": condition, **more}


def images(world: Any, pipeline: str) -> list[dict[str, Any]]:
    return list(world.api.list_image_pipeline_images(imagePipelineArn=pipeline)["imageSummaryList"])


def test_a_schedule_starts_a_build_when_it_is_due(world: Any) -> None:
    pipeline = world.pipeline(schedule=schedule())
    world.clock.advance(5.5 * DAY)
    assert images(world, pipeline) == []
    world.clock.advance(DAY / 2)
    (image,) = images(world, pipeline)
    assert image["buildType"] == "SCHEDULED"
    assert image["dateCreated"].startswith("2026-11-29T12:00:0")


def test_a_jump_over_several_due_times_starts_one_build(world: Any) -> None:
    pipeline = world.pipeline(schedule=schedule())
    world.clock.advance(28 * DAY)
    assert len(images(world, pipeline)) == 1


def test_a_schedule_goes_on_week_by_week(world: Any) -> None:
    pipeline = world.pipeline(schedule=schedule())
    world.clock.advance(7 * DAY)
    world.clock.advance(7 * DAY)
    assert len(images(world, pipeline)) == 2


def test_the_default_condition_skips_since_the_base_never_moves(world: Any) -> None:
    pipeline = world.pipeline(schedule={"scheduleExpression": WEEKLY})
    world.clock.advance(8 * DAY)
    assert images(world, pipeline) == []


@pytest.mark.parametrize("end", ["disabled", "deleted", "changed"])
def test_a_pipeline_that_is_no_longer_due_starts_nothing(world: Any, end: str) -> None:
    pipeline = world.pipeline(schedule=schedule())
    body = world.api.get_image_pipeline(imagePipelineArn=pipeline)["imagePipeline"]
    kept = {key: body[key] for key in ("imageRecipeArn", "infrastructureConfigurationArn")}
    update = {"imagePipelineArn": pipeline, "clientToken": world.token(), **kept}
    if end == "disabled":
        world.api.update_image_pipeline(**update, status="DISABLED", schedule=schedule())
    elif end == "changed":
        world.api.update_image_pipeline(**update, schedule=schedule(expression="cron(0 3 1 JAN ? *)"))
    else:
        world.api.delete_image_pipeline(imagePipelineArn=pipeline)
    world.clock.advance(8 * DAY)
    assert world.api.list_images(owner="Self")["imageVersionList"] == []


def test_scheduled_failures_in_a_row_disable_the_pipeline(world: Any) -> None:
    pipeline = world.pipeline(schedule=schedule(autoDisablePolicy={"failureCount": 2}))
    for _ in range(3):
        world.service.fail_next("linux")
        world.clock.advance(7 * DAY)
    assert len(images(world, pipeline)) == 2
    body = world.api.get_image_pipeline(imagePipelineArn=pipeline)["imagePipeline"]
    assert (body["status"], body["consecutiveFailures"]) == ("DISABLED", 2)
    (event,) = [one for one in world.events if one["resources"] == [pipeline]]
    assert event["detail-type"] == "EC2 Image Builder Image Pipeline Automatically Disabled"
    assert event["detail"] == {"consecutive-failures": "2"}


def test_a_failure_by_hand_does_not_count_and_a_success_resets(world: Any) -> None:
    pipeline = world.pipeline(schedule=schedule(autoDisablePolicy={"failureCount": 2}))
    world.service.fail_next("linux")
    world.clock.advance(7 * DAY)
    world.build(pipeline)
    world.clock.advance(6 * HOUR + 1)
    for _ in range(2):
        world.service.fail_next("linux")
        world.build(pipeline)
        world.clock.advance(6 * HOUR + 1)
    body = world.api.get_image_pipeline(imagePipelineArn=pipeline)["imagePipeline"]
    assert (body["status"], body["consecutiveFailures"]) == ("ENABLED", 0)
