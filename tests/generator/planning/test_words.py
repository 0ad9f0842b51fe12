from typing import Any

from generator.planning.preset_stack import PresetStack, preset_in
from generator.planning.words import field_changes


def a_preset(**changed: Any) -> PresetStack:
    values = {
        "fields": {"name": "linux", "timeout": 60, "labels": [], "scheduleIntervalMinutes": 10080},
        "recipe_hash": "0123456789abcdef",
        "schedule": "cron(0 3 ? * SUN *)",
        "build_instance_types": ("m7i.large",),
    }
    return PresetStack(**(values | changed))


def test_each_field_that_changes_is_one_line_from_old_to_new() -> None:
    new = a_preset(
        fields={"name": "linux", "timeout": 90, "labels": ["docker", "big"], "scheduleIntervalMinutes": 1440},
        schedule="cron(0 3 * * ? *)",
        recipe_hash="fedcba9876543210",
    )
    assert field_changes(a_preset(), new) == (
        "labels: none → docker, big",
        "timeout (minutes): 60 → 90",
        "rebuild schedule: cron(0 3 ? * SUN *) → cron(0 3 * * ? *)",
        "recipe: 0123456789abcdef → fedcba9876543210",
    )


def test_an_own_ami_takes_the_place_of_recipe_schedule_and_types_that_build() -> None:
    own = a_preset(ami="ami-0123456789abcdef0", recipe_hash="f" * 16, schedule="", build_instance_types=())
    assert field_changes(a_preset(), own) == (
        "rebuild schedule: cron(0 3 ? * SUN *) → none",
        "types that build: m7i.large → none",
        "recipe: 0123456789abcdef → none",
        "own AMI: none → ami-0123456789abcdef0",
    )


def test_the_same_preset_has_nothing_to_say() -> None:
    assert field_changes(a_preset(), a_preset()) == ()


def test_a_preset_is_read_out_of_its_template() -> None:
    template = {
        "Resources": {
            "Sync": {
                "Type": "Custom::SpotRunnerPreset",
                "Properties": {"Preset": '{"name": "linux"}', "RecipeHash": "0123456789abcdef"},
            },
            "Pipeline": {
                "Type": "AWS::ImageBuilder::ImagePipeline",
                "Properties": {"Schedule": {"ScheduleExpression": "cron(0 3 ? * SUN *)"}},
            },
        }
    }
    found = preset_in(template)
    assert found is not None
    assert (found.fields, found.recipe_hash) == ({"name": "linux"}, "0123456789abcdef")
    assert found.schedule == "cron(0 3 ? * SUN *)"


def test_an_own_ami_is_read_out_of_its_template() -> None:
    told = {"Preset": '{"name": "linux"}', "RecipeHash": "0" * 16, "Ami": "ami-0123456789abcdef0"}
    found = preset_in({"Resources": {"Sync": {"Type": "Custom::SpotRunnerPreset", "Properties": told}}})
    assert found is not None
    assert (found.ami, found.schedule, found.build_instance_types) == ("ami-0123456789abcdef0", "", ())


def test_a_template_of_another_kind_has_no_preset() -> None:
    assert preset_in({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}) is None
