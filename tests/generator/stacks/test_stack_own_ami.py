"""The stack of a preset with an own AMI, of Linux or of Windows."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from generator.errors import InvalidInputError
from generator.images import boot, windows_boot
from generator.presets import Preset
from generator.stacks import launch_template
from tests import powershell
from tests.generator.stacks.resources import changed, properties

Template = dict[str, Any]
MakePreset = Callable[..., Preset]
MakeTemplate = Callable[[Preset], Template]
OWN_AMI = "ami-0123456789abcdef0"


@pytest.fixture
def own(a_preset: MakePreset, preset_template: MakeTemplate) -> Template:
    """The stack of a preset with an own AMI."""
    return preset_template(a_preset(image={"ami": OWN_AMI}))


def test_machines_of_an_own_ami_are_told_by_their_script_itself(
    own: Template, resolved: Callable[[Template, object], Any]
) -> None:
    told = properties(own, "LaunchTemplate")["LaunchTemplateData"]["UserData"]["Fn::Base64"]
    script = resolved(own, told).splitlines()
    assert script[:4] == [
        "#!/usr/bin/env bash",
        "table='spot-runner-foundation-Table-1A2B3C'",
        "region='eu-west-1'",
        "log_group='/spot-runner/runners/linux-x64'",
    ]
    assert "\n".join(script[4:]) == boot.script_of_own_ami().rstrip("\n")
    assert "user-data" not in "\n".join(script)


def test_windows_machines_of_an_own_ami_are_told_by_a_script_that_ec2launch_runs(
    a_preset: MakePreset, preset_template: MakeTemplate, resolved: Callable[[Template, object], Any]
) -> None:
    own = preset_template(a_preset(name="linux-x64", platform="windows", image={"ami": OWN_AMI}))
    told = resolved(own, properties(own, "LaunchTemplate")["LaunchTemplateData"]["UserData"]["Fn::Base64"])
    found = re.fullmatch(r"<powershell>\n(.*)</powershell>\n", told, re.DOTALL)
    assert found
    assert found[1].splitlines()[:3] == [
        "$table = 'spot-runner-foundation-Table-1A2B3C'",
        "$region = 'eu-west-1'",
        "$logGroup = '/spot-runner/runners/linux-x64'",
    ]
    assert found[1].endswith(windows_boot.script_of_own_ami())
    assert powershell.problems(found[1]) == []
    assert "powershell>" not in found[1]


def test_a_preset_with_an_own_ami_has_nothing_that_bakes(own: Template, stack: Template) -> None:
    assert {resource["Type"] for resource in own["Resources"].values()} == {
        "AWS::EC2::LaunchTemplate",
        "AWS::Logs::LogGroup",
        "Custom::SpotRunnerPreset",
    }
    assert own["Resources"].keys() == {"LaunchTemplate", "MachineLogs", "Sync"}
    assert stack["Parameters"].keys() - own["Parameters"].keys() == {
        "BuildInstanceProfile",
        "BuildSecurityGroupId",
        "SubnetIds",
    }
    assert set(own["Outputs"]) == {"Decision", "RecipeHash"}


def test_machines_of_an_own_ami_start_as_any_others_but_for_what_they_are_told(own: Template, stack: Template) -> None:
    one, other = (properties(each, "LaunchTemplate")["LaunchTemplateData"] for each in (own, stack))
    assert {key for key in one.keys() | other.keys() if one.get(key) != other.get(key)} == {"UserData"}


def test_preset_sync_is_told_the_own_ami_and_another_one_changes_that_alone(
    own: Template, a_preset: MakePreset, preset_template: MakeTemplate
) -> None:
    told = properties(own, "Sync")
    assert told["Ami"] == OWN_AMI
    assert re.fullmatch("[0-9a-f]{16}", told["RecipeHash"])
    assert {"PipelineArn", "RecipeArn"}.isdisjoint(told)
    assert own["Resources"]["Sync"]["DependsOn"] == ["MachineLogs"]
    another = preset_template(a_preset(image={"ami": "ami-00000000000000001"}))
    assert changed(own, another) == {("Sync", "Ami"), ("Sync", "RecipeHash")}
    label = preset_template(a_preset(image={"ami": OWN_AMI}, labels=["docker"]))
    assert changed(own, label) == {("Sync", "Preset")}


def test_user_data_beyond_what_ec2_takes_are_an_error_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch_template, "MOST_USER_DATA", 4096)
    with pytest.raises(InvalidInputError) as refused:
        launch_template.user_data_of_own_ami("spot-runner", "linux-x64", "linux")
    (problem,) = refused.value.problems
    assert problem.file == "presets/linux-x64.yaml"
    assert re.fullmatch(r"image.ami needs a boot script of \d+ bytes as user data, EC2 takes 4096", problem.message)
