"""The stack of a preset whose AMI is baked here."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from generator.inputs.settings import Settings
from generator.presets import Preset
from generator.recipe import recipe
from generator.stacks import preset as preset_stack
from tests.generator.stacks.resources import changed, properties

Template = dict[str, Any]
MakePreset = Callable[..., Preset]
MakeTemplate = Callable[[Preset], Template]
OfType = Callable[[Template, str], dict[str, Template]]
COMPONENT, RECIPE = "AWS::ImageBuilder::Component", "AWS::ImageBuilder::ImageRecipe"


def test_no_stack_owns_the_parameter_that_launches_read_ami_3(templates: dict[str, Template]) -> None:
    owned = {
        resource["Properties"]["Name"]
        for template in templates.values()
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::SSM::Parameter"
    }
    assert {name for name in owned if not name.startswith("/spot-runner/stack/")} == set()
    assert "AWS::SSM::Parameter" not in {r["Type"] for r in templates["preset"]["Resources"].values()}
    assert "SsmParameterConfigurations" not in json.dumps(templates["preset"])


def test_components_have_a_fixed_version_and_the_recipe_the_next_free_one_ami_7(
    stack: Template, of_type: OfType
) -> None:
    assert {c["Properties"]["Version"] for c in of_type(stack, COMPONENT).values()} == {"1.0.0"}
    assert [r["Properties"]["Version"] for r in of_type(stack, RECIPE).values()] == ["1.0.x"]


def test_a_running_build_never_loses_its_recipe(stack: Template, of_type: OfType) -> None:
    kept = [*of_type(stack, COMPONENT).values(), *of_type(stack, RECIPE).values()]
    assert {(each["DeletionPolicy"], each["UpdateReplacePolicy"]) for each in kept} == {("Retain", "Retain")}


def test_a_new_label_changes_only_what_preset_sync_is_told_ami_7(
    stack: Template, a_preset: MakePreset, preset_template: MakeTemplate
) -> None:
    assert changed(stack, preset_template(a_preset(labels=["docker"]))) == {("Sync", "Preset")}


def test_a_new_step_changes_the_recipe_and_its_hash_ami_7(
    stack: Template, a_preset: MakePreset, preset_template: MakeTemplate
) -> None:
    edited = preset_template(a_preset(image={"components": [{"name": "node", "run": "apt-get install nodejs"}]}))
    touched = changed(stack, edited)
    assert {("Recipe", "Components"), ("Sync", "RecipeHash"), ("Distribution", "Distributions")} <= touched
    assert ("Sync", "Preset") not in touched


def test_a_new_schedule_changes_the_pipeline_and_what_preset_sync_is_told(
    stack: Template, a_preset: MakePreset, preset_template: MakeTemplate
) -> None:
    edited = preset_template(a_preset(image={"schedule": "cron(0 3 * * ? *)"}))
    assert changed(stack, edited) == {("Pipeline", "Schedule"), ("Sync", "Preset")}


def test_a_machine_that_powers_off_is_gone_ins_1(stack: Template) -> None:
    data = properties(stack, "LaunchTemplate")["LaunchTemplateData"]
    assert data["InstanceInitiatedShutdownBehavior"] == "terminate"


def test_machines_have_no_open_metadata_service_and_containers_reach_it(stack: Template) -> None:
    options = properties(stack, "LaunchTemplate")["LaunchTemplateData"]["MetadataOptions"]
    tags = {"InstanceMetadataTags": "enabled"}
    assert options == {"HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 2, "HttpTokens": "required", **tags}
    build = properties(stack, "Infrastructure")["InstanceMetadataOptions"]
    assert build == {"HttpPutResponseHopLimit": 2, "HttpTokens": "required"}


def test_the_launch_template_decides_nothing_that_a_launch_decides_ins_4(stack: Template) -> None:
    data = properties(stack, "LaunchTemplate")["LaunchTemplateData"]
    assert {"ImageId", "InstanceType", "BlockDeviceMappings", "NetworkInterfaces"}.isdisjoint(data)


def test_a_machine_is_told_where_it_is_and_no_secret(
    stack: Template, resolved: Callable[[Template, object], Any]
) -> None:
    told = properties(stack, "LaunchTemplate")["LaunchTemplateData"]["UserData"]["Fn::Base64"]
    assert json.loads(resolved(stack, told)) == {
        "v": 1,
        "table": "spot-runner-foundation-Table-1A2B3C",
        "region": "eu-west-1",
        "deployment": "spot-runner",
    }


def test_the_root_of_a_known_base_is_encrypted_and_of_the_recipes_size(
    a_preset: MakePreset, preset_template: MakeTemplate
) -> None:
    preset = a_preset(diskSizeGb=80, image={"additionalDockerImages": ["postgres:17"]})
    (mapping,) = properties(preset_template(preset), "Recipe")["BlockDeviceMappings"]
    size = recipe(preset, deployment="spot-runner").volume_gib
    volume = {"DeleteOnTermination": True, "Encrypted": True, "VolumeSize": size, "VolumeType": "gp3"}
    key = {"Fn::Sub": "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:alias/aws/ebs"}
    assert mapping == {"DeviceName": "/dev/sda1", "Ebs": {**volume, "KmsKeyId": key}}


@pytest.mark.parametrize("base", ["ami-0123456789abcdef0", "ssm:/imagebuilder/golden/ubuntu"])
def test_of_a_base_with_an_unknown_root_device_none_is_assumed_ins_4(
    base: str, a_preset: MakePreset, preset_template: MakeTemplate
) -> None:
    found = properties(preset_template(a_preset(image={"base": base})), "Recipe")
    assert found["ParentImage"] == base
    assert "BlockDeviceMappings" not in found


def test_components_run_in_the_recipes_order_and_foreign_ones_by_their_arn(
    a_preset: MakePreset, preset_template: MakeTemplate
) -> None:
    foreign = "arn:aws:imagebuilder:eu-west-1:aws:component/update-linux/x.x.x"
    preset = a_preset(image={"components": [{"name": "node", "run": "true"}, foreign]})
    template = preset_template(preset)
    told = [
        each["ComponentArn"] if isinstance(each["ComponentArn"], str)
        else properties(template, each["ComponentArn"]["Ref"])["Name"]
        for each in properties(template, "Recipe")["Components"]
    ]  # fmt: skip
    wanted = recipe(preset, deployment="spot-runner").components
    assert told == [each if isinstance(each, str) else each.name for each in wanted]
    assert foreign in told


def test_steps_whose_names_look_alike_are_two_components(
    a_preset: MakePreset, preset_template: MakeTemplate, of_type: OfType
) -> None:
    steps = [{"name": "a-1", "run": "true"}, {"name": "a1", "run": "true"}, {"name": "recipe", "run": "true"}]
    preset = a_preset(image={"components": steps})
    names = {c["Properties"]["Name"] for c in of_type(preset_template(preset), COMPONENT).values()}
    own = [each for each in recipe(preset, deployment="spot-runner").components if not isinstance(each, str)]
    assert names == {each.name for each in own}


def test_recipe_and_pipeline_are_named_like_the_stack(stack: Template) -> None:
    named = ("Recipe", "Pipeline", "Infrastructure", "Distribution")
    assert {properties(stack, name)["Name"] for name in named} == {"spot-runner-preset-linux-x64"}


def test_builds_log_where_no_stack_before_or_after_does_and_nowhere_else(stack: Template) -> None:
    own = {"Id": {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}}
    name = properties(stack, "BuildLogs")["LogGroupName"]
    assert name == {"Fn::Sub": ["/aws/imagebuilder/spot-runner-preset-linux-x64/${Id}", own]}
    logs = {"Ref": "BuildLogs"}
    logging = properties(stack, "Pipeline")["LoggingConfiguration"]
    assert logging == {"ImageLogGroupName": logs, "PipelineLogGroupName": logs}


def test_machines_log_where_the_boot_script_looks_for_it(
    a_settings: Callable[..., Settings], a_preset: MakePreset
) -> None:
    preset = a_preset()
    made = preset_stack.template(a_settings(logRetentionDays=90), preset, recipe(preset, deployment="spot-runner"))
    logs = made.to_dict()["Resources"]["MachineLogs"]["Properties"]
    assert (logs["LogGroupName"], logs["RetentionInDays"]) == ("/spot-runner/runners/linux-x64", 90)


def test_the_pipeline_builds_at_every_date_whether_or_not_its_base_moved(stack: Template) -> None:
    assert properties(stack, "Pipeline")["Status"] == "ENABLED"
    schedule = properties(stack, "Pipeline")["Schedule"]
    assert schedule["ScheduleExpression"] == "cron(0 3 ? * SUN *)"
    assert schedule["PipelineExecutionStartCondition"] == "EXPRESSION_MATCH_ONLY"
    assert schedule["AutoDisablePolicy"] == {"FailureCount": 5}


def test_an_ami_says_whose_it_is_and_what_is_in_it(stack: Template, a_preset: MakePreset) -> None:
    (distribution,) = properties(stack, "Distribution")["Distributions"]
    ami = distribution["AmiDistributionConfiguration"]
    assert ami["Name"] == "spot-runner-preset-linux-x64-{{ imagebuilder:buildDate }}"
    assert ami["AmiTags"] == {
        "spot-runner:deployment": "spot-runner",
        "spot-runner:preset": "linux-x64",
        "spot-runner:recipe-hash": recipe(a_preset(), deployment="spot-runner").recipe_hash,
    }
    assert distribution["Region"] == {"Ref": "AWS::Region"}


def test_a_failed_build_leaves_no_machine_behind(stack: Template) -> None:
    assert properties(stack, "Infrastructure")["TerminateInstanceOnFailure"] is True


def test_preset_sync_is_told_all_that_it_needs(stack: Template, a_preset: MakePreset) -> None:
    assert properties(stack, "Sync") == {
        "ServiceToken": {"Ref": "PresetSyncArn"},
        "ServiceTimeout": 120,
        "Preset": a_preset().deployed_json(),
        "PipelineArn": {"Ref": "Pipeline"},
        "RecipeArn": {"Ref": "Recipe"},
        "RecipeHash": recipe(a_preset(), deployment="spot-runner").recipe_hash,
        "LaunchTemplateId": {"Ref": "LaunchTemplate"},
        "LaunchTemplateVersion": {"Fn::GetAtt": ["LaunchTemplate", "LatestVersionNumber"]},
        "Commit": {"Ref": "Commit"},
    }


def test_preset_sync_comes_last(stack: Template) -> None:
    sync = stack["Resources"]["Sync"]
    named = {value["Ref"] for value in sync["Properties"].values() if isinstance(value, dict) and "Ref" in value}
    assert stack["Resources"].keys() - {"Sync"} - set(sync["DependsOn"]) - named == set()


def test_the_stack_tells_what_was_decided(stack: Template) -> None:
    assert stack["Outputs"]["Decision"]["Value"] == {"Fn::GetAtt": ["Sync", "Decision"]}
    assert set(stack["Outputs"]) == {"Decision", "PipelineArn", "RecipeHash"}


def test_a_preset_reads_only_what_other_stacks_hand_on(templates: dict[str, Template], of_type: OfType) -> None:
    handed = {
        p["Properties"]["Name"]
        for part in ("bootstrap", "foundation", "control-plane")
        for p in of_type(templates[part], "AWS::SSM::Parameter").values()
    }
    taken = {
        parameter["Default"]
        for template in templates.values()
        for parameter in template.get("Parameters", {}).values()
        if parameter["Type"].startswith("AWS::SSM::")
    }
    assert taken <= handed
    assert not any("Export" in output for t in templates.values() for output in t.get("Outputs", {}).values())
