from typing import Any

import pytest

from generator.planning.difference import Action, ResourceChange, difference
from generator.planning.schemas import create_only

REGION = "eu-west-1"


def changes(before: dict[str, Any], after: dict[str, Any], moved: tuple[str, ...] = ()) -> dict[str, ResourceChange]:
    found = difference(before, after, frozenset(moved), lambda type_name: create_only(type_name, REGION))
    return {change.resource: change for change in found}


def a_table(name: str = "jobs", **more: object) -> dict[str, Any]:
    return {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": name, **more}}


def a_component(data: str) -> dict[str, Any]:
    return {
        "Type": "AWS::ImageBuilder::Component",
        "Properties": {"Name": "docker", "Version": "1.0.0", "Platform": "Linux", "Data": data},
        "UpdateReplacePolicy": "Retain",
    }


def a_recipe() -> dict[str, Any]:
    return {
        "Type": "AWS::ImageBuilder::ImageRecipe",
        "Properties": {"Name": "r", "Version": "1.0.x", "Components": [{"ComponentArn": {"Ref": "Docker"}}]},
    }


def a_pipeline() -> dict[str, Any]:
    return {"Type": "AWS::ImageBuilder::ImagePipeline", "Properties": {"ImageRecipeArn": {"Fn::GetAtt": "Recipe.Arn"}}}


def test_the_same_resources_do_not_change() -> None:
    assert changes({"Table": a_table()}, {"Table": a_table()}) == {}


def test_a_resource_that_is_new_is_added() -> None:
    assert changes({}, {"Table": a_table()})["Table"].action is Action.ADD


def test_a_property_that_can_change_in_place_is_modified_and_named() -> None:
    change = changes({"Table": a_table()}, {"Table": a_table(BillingMode="PROVISIONED")})["Table"]
    assert (change.action, change.properties) == (Action.MODIFY, ("BillingMode",))


def test_a_property_that_cannot_change_in_place_replaces_the_resource() -> None:
    assert changes({"Table": a_table()}, {"Table": a_table("tasks")})["Table"].action is Action.REPLACE


def test_what_refers_to_a_replaced_resource_changes_too_and_so_on() -> None:
    rest = {"Recipe": a_recipe(), "Pipeline": a_pipeline()}
    found = changes({"Docker": a_component("a"), **rest}, {"Docker": a_component("b"), **rest})
    assert {name: change.action for name, change in found.items()} == {
        "Docker": Action.REPLACE,
        "Recipe": Action.REPLACE,
        "Pipeline": Action.MODIFY,
    }


def test_a_replaced_resource_that_is_retained_stays() -> None:
    found = changes({"Docker": a_component("a")}, {"Docker": a_component("b")})
    assert found["Docker"].old_stays


@pytest.mark.parametrize(("policy", "stays"), [("Retain", True), ("Delete", False), (None, False)])
def test_a_removed_resource_stays_if_its_policy_says_so(policy: str | None, *, stays: bool) -> None:
    assert changes({"Table": {**a_table(), "DeletionPolicy": policy}}, {})["Table"].old_stays is stays


@pytest.mark.parametrize(
    "value", [{"Ref": "Zone"}, {"Fn::Sub": "table-${Zone}"}, {"Fn::Join": ["", [{"Ref": "Zone"}]]}]
)
def test_a_parameter_with_another_value_changes_whatever_refers_to_it(value: object) -> None:
    resources = {"Table": a_table(KMSMasterKeyId=value)}
    assert changes(resources, resources, moved=("Zone",))["Table"].properties == ("KMSMasterKeyId",)


def test_a_new_version_of_a_launch_template_changes_what_takes_its_number() -> None:
    def template(size: str) -> dict[str, Any]:
        return {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": {"InstanceType": size}}}

    custom = {
        "Type": "Custom::SpotRunnerPreset",
        "Properties": {"LaunchTemplateVersion": {"Fn::GetAtt": ["Machines", "LatestVersionNumber"]}},
    }
    found = changes({"Machines": template("a"), "Preset": custom}, {"Machines": template("b"), "Preset": custom})
    assert found["Preset"].action is Action.MODIFY


def test_another_service_token_replaces_a_custom_resource() -> None:
    def custom(token: str) -> dict[str, Any]:
        return {"Preset": {"Type": "Custom::SpotRunnerPreset", "Properties": {"ServiceToken": token}}}

    assert changes(custom("a"), custom("b"))["Preset"].action is Action.REPLACE


def test_an_order_of_creation_alone_is_no_change() -> None:
    assert changes({"Table": a_table()}, {"Table": {**a_table(), "DependsOn": ["Other"]}}) == {}
