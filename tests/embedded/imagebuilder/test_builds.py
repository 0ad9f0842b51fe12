from typing import Any

import pytest
from botocore.exceptions import ClientError

HOUR = 3600
CHANGES = ["CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "INTEGRATING", "AVAILABLE"]


def test_a_build_goes_through_its_phases_by_the_clock(world: Any) -> None:
    build = world.build(world.pipeline())
    seen = [world.status(build)]
    for _ in CHANGES:
        world.clock.advance(HOUR)
        seen.append(world.status(build))
    assert seen == ["PENDING", *CHANGES]


def test_every_change_is_published_in_the_shape_of_eventbridge(world: Any) -> None:
    build = world.build(world.pipeline())
    world.clock.advance(6 * HOUR + 1)
    assert world.announced(build) == CHANGES
    event = world.events[1]
    assert event["source"] == "aws.imagebuilder"
    assert event["detail-type"] == "EC2 Image Builder Image State Change"
    assert event["resources"] == [build]
    assert event["detail"] == {"previous-state": {"status": "CREATING"}, "state": {"status": "BUILDING"}}
    assert event["time"] == "2026-11-23T14:00:00Z"
    assert (event["account"], event["region"]) == ("123456789012", "eu-west-1")


def test_an_available_build_is_a_tagged_ami_in_ec2(world: Any) -> None:
    build = world.build(world.pipeline())
    assert world.image(build)["outputResources"]["amis"] == []
    world.clock.advance(6 * HOUR + 1)
    (ami,) = world.image(build)["outputResources"]["amis"]
    assert (ami["region"], ami["accountId"]) == ("eu-west-1", "123456789012")
    (image,) = world.client("ec2").describe_images(ImageIds=[ami["image"]])["Images"]
    assert image["Name"] == ami["name"]
    assert ami["name"].startswith("linux-x64 2026-11-23T18-00-0")
    assert (image["RootDeviceName"], image["Architecture"], image["State"]) == ("/dev/sda1", "arm64", "available")
    assert image["CreationDate"].startswith("2026-11-23T18:00:0")
    tags = {tag["Key"]: tag["Value"] for tag in image["Tags"]}
    assert tags == {"CreatedBy": "EC2 Image Builder", "Ec2ImageBuilderArn": build, "team": "runners"}


def test_get_image_has_the_shape_of_the_service(world: Any) -> None:
    pipeline = world.pipeline()
    build = world.build(pipeline)
    image = world.image(build)
    assert build == "arn:aws:imagebuilder:eu-west-1:123456789012:image/linux-x64/1.0.0/1"
    assert (image["version"], image["buildType"], image["sourcePipelineArn"]) == ("1.0.0/1", "USER_INITIATED", pipeline)
    assert image["imageRecipe"]["arn"].endswith(":image-recipe/linux-x64/1.0.0")
    assert image["imageRecipe"].get("tags", {}) == {}
    assert image["dateCreated"].startswith("2026-11-23T12:00:0")
    assert image["dateCreated"].endswith("Z")


def test_builds_of_one_recipe_are_numbered(world: Any) -> None:
    pipeline = world.pipeline(status="DISABLED")
    assert [world.build(pipeline)[-8:] for _ in range(2)] == ["/1.0.0/1", "/1.0.0/2"]


def test_starting_twice_with_one_token_is_one_build(world: Any) -> None:
    pipeline = world.pipeline()
    start = {"imagePipelineArn": pipeline, "clientToken": "once"}
    first, second = (world.api.start_image_pipeline_execution(**start)["imageBuildVersionArn"] for _ in range(2))
    assert first == second
    assert len(world.api.list_image_pipeline_images(imagePipelineArn=pipeline)["imageSummaryList"]) == 1


def test_builds_are_listed_in_pages(world: Any) -> None:
    pipeline = world.pipeline()
    builds = [world.build(pipeline) for _ in range(3)]
    pages = world.api.get_paginator("list_image_pipeline_images").paginate(
        imagePipelineArn=pipeline, PaginationConfig={"PageSize": 2}
    )
    listed = [[one["arn"] for one in page["imageSummaryList"]] for page in pages]
    assert listed == [builds[:2], builds[2:]]
    versions = world.api.list_images(owner="Self")["imageVersionList"]
    assert [(one["arn"], one["version"]) for one in versions] == [(builds[0].rpartition("/")[0], "1.0.0")]
    of_version = world.api.list_image_build_versions(imageVersionArn=versions[0]["arn"])["imageSummaryList"]
    assert [one["state"]["status"] for one in of_version] == ["PENDING"] * 3


@pytest.mark.parametrize("phase", ["CREATING", "BUILDING", "TESTING", "DISTRIBUTING"])
def test_a_build_fails_on_request_in_a_phase(world: Any, phase: str) -> None:
    pipeline = world.pipeline()
    world.service.fail_next("lin*", phase, "the disk is full")
    failed, next_one = world.build(pipeline), world.build(pipeline)
    world.clock.advance(6 * HOUR + 1)
    image = world.image(failed)
    assert image["state"] == {"status": "FAILED", "reason": "the disk is full"}
    assert image["outputResources"]["amis"] == []
    assert world.announced(failed) == [*CHANGES[: CHANGES.index(phase) + 1], "FAILED"]
    assert world.status(next_one) == "AVAILABLE"


def test_a_failed_image_can_list_amis_ami_6(world: Any) -> None:
    pipeline = world.pipeline()
    world.service.fail_next("linux", "INTEGRATING")
    build = world.build(pipeline)
    world.clock.advance(6 * HOUR + 1)
    assert world.status(build) == "FAILED"
    assert len(world.image(build)["outputResources"]["amis"]) == 1


def test_a_failure_of_another_pipeline_changes_nothing(world: Any) -> None:
    world.service.fail_next("linux-x64")
    build = world.build(world.pipeline())
    world.clock.advance(6 * HOUR + 1)
    assert world.status(build) == "AVAILABLE"


@pytest.mark.parametrize("parent", ["ami-0123456789abcdef0", "ssm:/mine", "ssm:/empty"])
def test_a_parent_image_that_does_not_exist_fails_the_build(world: Any, parent: str) -> None:
    world.client("ssm").put_parameter(Name="/empty", Value="ami-0fedcba9876543210", Type="String")
    build = world.build(world.pipeline(imageRecipeArn=world.recipe(parentImage=parent)))
    world.clock.advance(2 * HOUR + 1)
    state = world.image(build)["state"]
    assert state["status"] == "FAILED"
    assert parent.removeprefix("ssm:") in state["reason"]


def test_a_cancelled_build_stays_cancelled_ami_5(world: Any) -> None:
    build = world.build(world.pipeline())
    world.clock.advance(2 * HOUR + 1)
    world.api.cancel_image_creation(imageBuildVersionArn=build, clientToken=world.token())
    world.clock.advance(9 * HOUR)
    assert world.status(build) == "CANCELLED"
    assert world.announced(build) == ["CREATING", "BUILDING", "CANCELLED"]
    with pytest.raises(ClientError, match="InvalidRequestException"):
        world.api.cancel_image_creation(imageBuildVersionArn=build, clientToken=world.token())


def test_a_retry_resumes_the_same_arn_ami_5(world: Any) -> None:
    pipeline = world.pipeline()
    world.service.fail_next("linux")
    build = world.build(pipeline)
    with pytest.raises(ClientError, match="InvalidRequestException"):
        world.api.retry_image(imageBuildVersionArn=build, clientToken=world.token())
    world.clock.advance(3 * HOUR + 1)
    assert world.status(build) == "FAILED"
    again = world.api.retry_image(imageBuildVersionArn=build, clientToken=world.token())
    assert again["imageBuildVersionArn"] == build
    world.clock.advance(6 * HOUR + 1)
    assert world.image(build)["state"] == {"status": "AVAILABLE"}


def test_a_retry_takes_its_own_time_whatever_was_due_before(world: Any) -> None:
    build = world.build(world.pipeline())
    world.clock.advance(HOUR / 2)
    world.api.cancel_image_creation(imageBuildVersionArn=build, clientToken=world.token())
    world.api.retry_image(imageBuildVersionArn=build, clientToken=world.token())
    world.clock.advance(HOUR / 2 + 1)
    assert world.status(build) == "PENDING"
    world.clock.advance(HOUR / 2)
    assert world.status(build) == "CREATING"


def test_the_number_of_a_deleted_build_is_not_given_again(world: Any) -> None:
    pipeline = world.pipeline()
    first = world.build(pipeline)
    world.clock.advance(6 * HOUR + 1)
    world.api.delete_image(imageBuildVersionArn=first)
    assert world.build(pipeline) != first


def test_a_deleted_pipeline_does_not_stop_its_build(world: Any) -> None:
    pipeline = world.pipeline()
    build = world.build(pipeline)
    world.api.delete_image_pipeline(imagePipelineArn=pipeline)
    world.clock.advance(6 * HOUR + 1)
    assert world.status(build) == "AVAILABLE"


def test_a_running_image_cannot_be_deleted_and_its_ami_outlives_it(world: Any) -> None:
    build = world.build(world.pipeline())
    with pytest.raises(ClientError, match="InvalidRequestException"):
        world.api.delete_image(imageBuildVersionArn=build)
    world.clock.advance(6 * HOUR + 1)
    ami = world.image(build)["outputResources"]["amis"][0]["image"]
    world.api.delete_image(imageBuildVersionArn=build)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        world.image(build)
    assert world.client("ec2").describe_images(ImageIds=[ami])["Images"]


def test_a_recipe_that_an_image_came_from_cannot_be_deleted(world: Any) -> None:
    pipeline = world.pipeline()
    recipe = world.image(world.build(pipeline))["imageRecipe"]["arn"]
    world.api.delete_image_pipeline(imagePipelineArn=pipeline)
    with pytest.raises(ClientError, match="ResourceDependencyException"):
        world.api.delete_image_recipe(imageRecipeArn=recipe)


def test_get_image_can_lag_behind_the_event(world: Any) -> None:
    world.service.get_image_lag_seconds = 600
    build = world.build(world.pipeline())
    world.clock.advance(HOUR + 1)
    assert world.announced(build) == ["CREATING"]
    assert world.status(build) == "PENDING"
    world.clock.advance(600)
    assert world.status(build) == "CREATING"
