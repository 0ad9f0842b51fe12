from typing import Any

import pytest
from botocore.exceptions import ClientError

ARN = "arn:aws:imagebuilder:eu-west-1:123456789012:"
KMS = "arn:aws:kms:eu-west-1:123456789012:"


def disk_key(key: str) -> dict[str, Any]:
    return {"blockDeviceMappings": [{"deviceName": "/dev/sda1", "ebs": {"encrypted": True, "kmsKeyId": key}}]}


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_names_are_lower_case_with_dashes_in_arns(world: Any) -> None:
    assert world.component() == f"{ARN}component/tools-of-mine/1.0.0/1"
    assert world.recipe() == f"{ARN}image-recipe/linux-x64/1.0.0"


def test_a_component_of_the_same_version_gets_the_next_build_number(world: Any) -> None:
    world.component()
    second = world.component()
    assert second.endswith("/1.0.0/2")
    assert world.api.get_component(componentBuildVersionArn=second)["component"]["version"] == "1.0.0"


def test_a_component_refuses_x_in_its_version_ami_7(world: Any) -> None:
    with pytest.raises(ClientError) as error:
        world.component(semanticVersion="1.0.x")
    assert code(error) == "InvalidVersionNumberException"


def test_a_recipe_with_x_gets_the_next_free_version_ami_7(world: Any) -> None:
    used = [{"componentArn": world.component()}]
    made = [world.recipe(components=used, semanticVersion=version) for version in ("1.0.x", "1.0.4", "1.0.x")]
    assert [arn.rpartition("/")[2] for arn in made] == ["1.0.0", "1.0.4", "1.0.5"]


def test_a_recipe_and_its_pipeline_are_of_the_platform_of_its_components(world: Any) -> None:
    used = [{"componentArn": world.component(platform="Windows")}]
    recipe = world.recipe(components=used)
    assert world.api.get_image_recipe(imageRecipeArn=recipe)["imageRecipe"]["platform"] == "Windows"
    pipeline = world.pipeline(imageRecipeArn=recipe)
    assert world.api.get_image_pipeline(imagePipelineArn=pipeline)["imagePipeline"]["platform"] == "Windows"


def test_a_recipe_of_two_platforms_is_refused(world: Any) -> None:
    used = [{"componentArn": world.component(platform=one, name=one)} for one in ("Linux", "Windows")]
    with pytest.raises(ClientError, match="of Linux and Windows"):
        world.recipe(components=used)


def test_a_recipe_of_a_taken_version_is_refused_ami_7(world: Any) -> None:
    world.recipe(semanticVersion="1.0.0")
    with pytest.raises(ClientError) as error:
        world.recipe(semanticVersion="1.0.0")
    assert code(error) == "ResourceAlreadyExistsException"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "a/b"}, "'name' is not valid. It must match pattern"),
        ({"data": "x" * 16001}, "'data' is not valid. It must be at most 16000"),
        ({"data": "{"}, "not YAML"),
        ({"data": "phases: []"}, "schemaVersion"),
        (
            {"data": "schemaVersion: 1.0\nphases: [{name: bake, steps: [{name: a, action: b}]}]"},
            "build, validate, test",
        ),
        ({"data": "schemaVersion: 1.0\nphases: [{name: build, steps: [{name: a}]}]"}, "an action"),
        ({"tags": {"a": "x" * 257}}, "at most 256"),
        ({"uri": "s3://bucket/key"}, "does not emulate"),
    ],
    ids=["pattern", "size", "not yaml", "no schema version", "unknown phase", "no action", "long tag", "uri"],
)
def test_a_wrong_component_is_refused(world: Any, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ClientError, match="InvalidParameterValueException") as error:
        world.component(**changes)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("recipe", {"parentImage": "ubuntu-24.04"}),
        ("recipe", {"parentImage": f"{ARN}image/linux/1.0.0"}),
        ("distribution", {"distributions": [{"region": "us-east-1"}]}),
        ("recipe", {"components": [{"componentArn": f"{ARN}component/none/1.0.0/1"}]}),
        ("recipe", disk_key("alias/aws/ebs")),
        ("recipe", disk_key(f"{KMS}key/0a1b2c3d")),
        ("infrastructure", {"instanceProfileName": "nobody"}),
        ("pipeline", {"imageRecipeArn": f"{ARN}image-recipe/none/1.0.0"}),
        ("pipeline", {"schedule": {"scheduleExpression": "cron(0 3 * * SUN *)"}}),
        ("pipeline", {"loggingConfiguration": {"imageLogGroupName": "/aws/imagebuilder/a b"}}),
        ("pipeline", {"schedule": {"scheduleExpression": "rate(1 day)", "timezone": "Europe/Berlin"}}),
        ("distribution", {"distributions": [{"region": "eu-west-1", "licenseConfigurationArns": ["arn:x"]}]}),
        ("distribution", {"distributions": [{"region": "eu-west-1", "amiDistributionConfiguration": {"name": "a/b"}}]}),
    ],
    ids=[
        "parent",
        "built parent",
        "region",
        "component",
        "disk's key by its bare name",
        "customer's key of a disk",
        "profile",
        "no recipe",
        "cron",
        "log group",
        "time zone",
        "license",
        "nested pattern",
    ],
)
def test_a_definition_that_aws_would_refuse_is_refused(world: Any, kind: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as error:
        getattr(world, kind)(**changes)
    assert code(error) == "InvalidParameterValueException"


def test_a_recipe_names_awss_own_key_for_its_disk(world: Any) -> None:
    arn = world.recipe(**disk_key(f"{KMS}alias/aws/ebs"))
    (mapping,) = world.api.get_image_recipe(imageRecipeArn=arn)["imageRecipe"]["blockDeviceMappings"]
    assert mapping["ebs"]["kmsKeyId"] == f"{KMS}alias/aws/ebs"


def test_a_pipeline_keeps_where_it_logs(world: Any) -> None:
    names = {"imageLogGroupName": "/aws/imagebuilder/linux", "pipelineLogGroupName": "/aws/imagebuilder/linux"}
    made = world.pipeline(loggingConfiguration=names)
    assert world.api.get_image_pipeline(imagePipelineArn=made)["imagePipeline"]["loggingConfiguration"] == names


def test_the_same_client_token_makes_one_resource(world: Any) -> None:
    first, second = world.component(clientToken="once"), world.component(clientToken="once")
    assert first == second
    with pytest.raises(ClientError) as error:
        world.component(clientToken="once", name="other")
    assert code(error) == "IdempotentParameterMismatchException"


def test_what_is_in_use_cannot_be_deleted(world: Any) -> None:
    pipeline = world.pipeline()
    api = world.api
    body = api.get_image_pipeline(imagePipelineArn=pipeline)["imagePipeline"]
    recipe = body["imageRecipeArn"]
    component = api.get_image_recipe(imageRecipeArn=recipe)["imageRecipe"]["components"][0]["componentArn"]
    for delete in (
        lambda: api.delete_component(componentBuildVersionArn=component),
        lambda: api.delete_image_recipe(imageRecipeArn=recipe),
        lambda: api.delete_infrastructure_configuration(
            infrastructureConfigurationArn=body["infrastructureConfigurationArn"]
        ),
        lambda: api.delete_distribution_configuration(
            distributionConfigurationArn=body["distributionConfigurationArn"]
        ),
    ):
        with pytest.raises(ClientError) as error:
            delete()
        assert code(error) == "ResourceDependencyException"


def test_what_nothing_uses_is_deleted(world: Any) -> None:
    pipeline = world.pipeline()
    recipe = world.api.get_image_pipeline(imagePipelineArn=pipeline)["imagePipeline"]["imageRecipeArn"]
    world.api.delete_image_pipeline(imagePipelineArn=pipeline)
    world.api.delete_image_recipe(imageRecipeArn=recipe)
    with pytest.raises(ClientError) as error:
        world.api.get_image_recipe(imageRecipeArn=recipe)
    assert code(error) == "ResourceNotFoundException"


def test_an_update_replaces_all_that_can_change(world: Any) -> None:
    pipeline = world.pipeline(description="old", tags={"a": "1"})
    before = world.api.get_image_pipeline(imagePipelineArn=pipeline)["imagePipeline"]
    keys = ("imageRecipeArn", "infrastructureConfigurationArn")
    given = {key: before[key] for key in keys}
    world.api.update_image_pipeline(imagePipelineArn=pipeline, status="DISABLED", clientToken=world.token(), **given)
    after = world.api.get_image_pipeline(imagePipelineArn=pipeline)["imagePipeline"]
    assert (after["status"], after["tags"], after["name"]) == ("DISABLED", {"a": "1"}, "linux")
    assert "description" not in after
    assert "distributionConfigurationArn" not in after


def test_tags_come_and_go(world: Any) -> None:
    arn = world.infrastructure(tags={"a": "1"})
    world.api.tag_resource(resourceArn=arn, tags={"b": "2"})
    world.api.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert world.api.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
    body = world.api.get_infrastructure_configuration(infrastructureConfigurationArn=arn)
    assert body["infrastructureConfiguration"]["tags"] == {"b": "2"}


def test_an_operation_that_is_not_emulated_is_an_error(world: Any) -> None:
    with pytest.raises(ClientError, match="does not emulate ListWorkflows"):
        world.api.list_workflows()


def test_another_region_is_an_error(world: Any) -> None:
    with pytest.raises(ClientError, match="does not emulate ListImages in us-east-1"):
        world.client("imagebuilder", "us-east-1").list_images()
