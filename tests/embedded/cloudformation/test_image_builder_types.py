"""The Image Builder types, against the embedded Image Builder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from embedded.aws.imagebuilder import ImageBuilder
from embedded.aws.patches import Patches

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPONENT = """
schemaVersion: 1.0
phases:
  - name: build
    steps: [{name: a, action: ExecuteBash, inputs: {commands: [ls]}}]
"""
KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


@pytest.fixture
def builder(aws: Any) -> Iterator[Any]:
    """Install the embedded Image Builder beside the engine."""
    made = ImageBuilder("123456789012", "eu-west-1", aws.clock, lambda _: None)
    patches = Patches()
    made.install(patches)
    document = json.dumps({"Version": "2012-10-17", "Statement": []})
    iam = aws.client("iam")
    iam.create_role(RoleName="build", AssumeRolePolicyDocument=document)
    iam.create_instance_profile(InstanceProfileName="build")
    iam.add_role_to_instance_profile(InstanceProfileName="build", RoleName="build")
    yield aws
    patches.close()


def a_preset(
    command: str = "ls", size: int = 30, schedule: str = "cron(0 3 ? * SUN *)", kind: str = "m7g.large"
) -> Any:
    def typed(name: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"Type": f"AWS::ImageBuilder::{name}", "Properties": properties, **more}

    data = COMPONENT.replace("[ls]", f"[{command}]")
    ebs = {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": size, "VolumeType": "gp3", "DeleteOnTermination": True}}
    component = {"Name": "docker", "Version": "1.0.0", "Platform": "Linux", "Data": data, "Tags": {"preset": "arm"}}
    recipe = {
        "Name": "arm",
        "Version": "1.0.x",
        "ParentImage": "ami-0123456789abcdef0",
        "Components": [{"ComponentArn": {"Ref": "Component"}}],
        "BlockDeviceMappings": [ebs],
        "AmiTags": {"preset": "arm"},
    }
    where = {"Name": "arm", "InstanceTypes": [kind], "InstanceProfileName": "build", "TerminateInstanceOnFailure": True}
    ami = {
        "Region": {"Ref": "AWS::Region"},
        "AmiDistributionConfiguration": {"Name": "arm-{{ imagebuilder:buildDate }}"},
    }
    pipeline = {
        "Name": "arm",
        "ImageRecipeArn": {"Ref": "Recipe"},
        "InfrastructureConfigurationArn": {"Fn::GetAtt": ["Machines", "Arn"]},
        "DistributionConfigurationArn": {"Ref": "Regions"},
        "Schedule": {"ScheduleExpression": schedule, "PipelineExecutionStartCondition": "EXPRESSION_MATCH_ONLY"},
    }
    resources = {
        "Component": typed("Component", component, **KEPT),
        "Recipe": typed("ImageRecipe", recipe, **KEPT),
        "Machines": typed("InfrastructureConfiguration", where),
        "Regions": typed("DistributionConfiguration", {"Name": "arm", "Distributions": [ami]}),
        "Pipeline": typed("ImagePipeline", pipeline),
    }
    return {"Resources": resources, "Outputs": {"Recipe": {"Value": {"Ref": "Recipe"}}}}


def test_the_types_are_created_and_ref_is_the_whole_arn(builder: Any) -> None:
    builder.deploy("preset", a_preset())
    ids = builder.resources("preset")
    assert ids["Component"].endswith(":component/docker/1.0.0/1")
    assert ids["Recipe"].endswith(":image-recipe/arm/1.0.0")
    pipeline = builder.client("imagebuilder").get_image_pipeline(imagePipelineArn=ids["Pipeline"])["imagePipeline"]
    assert pipeline["imageRecipeArn"] == ids["Recipe"]


def test_a_changed_component_is_replaced_with_all_that_holds_it_and_the_old_ones_stay(builder: Any) -> None:
    builder.deploy("preset", a_preset())
    before = builder.resources("preset")
    builder.deploy("preset", a_preset(command="pwd"))
    after, api = builder.resources("preset"), builder.client("imagebuilder")
    assert after["Component"].endswith("/1.0.0/2")
    assert after["Recipe"].endswith("/1.0.1")
    assert after["Pipeline"] == before["Pipeline"]
    assert (
        api.get_image_pipeline(imagePipelineArn=after["Pipeline"])["imagePipeline"]["imageRecipeArn"] == after["Recipe"]
    )
    assert api.get_image_recipe(imageRecipeArn=before["Recipe"])["imageRecipe"]["version"] == "1.0.0"


def test_configurations_and_pipelines_change_in_place(builder: Any) -> None:
    builder.deploy("preset", a_preset())
    before = builder.resources("preset")
    builder.deploy("preset", a_preset(schedule="cron(0 4 ? * SUN *)", kind="m6g.large"))
    assert builder.resources("preset") == before


def test_a_deleted_stack_leaves_recipe_and_component(builder: Any) -> None:
    builder.deploy("preset", a_preset())
    recipe = builder.resources("preset")["Recipe"]
    builder.delete("preset")
    api = builder.client("imagebuilder")
    assert api.list_image_pipelines()["imagePipelineList"] == []
    assert api.get_image_recipe(imageRecipeArn=recipe)["imageRecipe"]["arn"] == recipe
