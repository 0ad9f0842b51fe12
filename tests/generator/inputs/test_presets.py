import json

import pytest
from pydantic import ValidationError

from generator.presets import Image, InlineComponent, Preset
from lambdas.core.preset import from_json

ARN = "arn:aws:imagebuilder:eu-west-1:aws:component/docker-ce-ubuntu/1.0.0/1"
OWN_AMI = "ami-0123456789abcdef0"


def a_linux_preset(**changes: object) -> Preset:
    fields = {"name": "linux-x64", "architecture": "x86_64", "instance_types": ("m7i.large", "c7i.xlarge")}
    return Preset.model_validate(fields | changes)


def test_a_preset_says_three_things_and_the_rest_has_defaults() -> None:
    preset = a_linux_preset()
    assert preset.model_dump(by_alias=True) == {
        "name": "linux-x64",
        "architecture": "x86_64",
        "platform": "linux",
        "instanceTypes": ("m7i.large", "c7i.xlarge"),
        "labels": (),
        "timeout": 60,
        "diskSizeGb": 50,
        "spotStrategy": "spotPreferred",
        "maxRunners": 50,
        "runnerGroup": "Default",
        "onInterruption": "rerun",
        "image": {
            "base": "ubuntu-24.04",
            "schedule": "cron(0 3 ? * SUN *)",
            "additionalDockerImages": (),
            "components": (),
            "runnerVersion": "latest",
            "testCommands": (),
            "ami": None,
            "buildInstanceTypes": ("m7i.large", "m6i.large"),
            "retain": 3,
        },
    }


def test_an_arm64_preset_builds_on_arm64_machines_by_default() -> None:
    preset = a_linux_preset(architecture="arm64", instance_types=("m8g.large",))
    assert preset.image.build_instance_types == ("m7g.large", "m6g.large")


def test_named_build_machines_are_kept() -> None:
    preset = a_linux_preset(image=Image(build_instance_types=("c7i.xlarge",), retain=5))
    assert (preset.image.build_instance_types, preset.image.retain) == (("c7i.xlarge",), 5)


def test_a_preset_made_in_python_is_checked_like_a_file() -> None:
    with pytest.raises(ValidationError, match="does not run x86_64"):
        a_linux_preset(image=Image(build_instance_types=("m7g.large",)))


def test_a_preset_cannot_be_changed_once_made() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        a_linux_preset().timeout = 90


def test_an_own_ami_stands_alone_and_nothing_is_built() -> None:
    preset = a_linux_preset(image={"ami": OWN_AMI})
    assert (preset.image.ami, preset.image.build_instance_types) == (OWN_AMI, ())
    with pytest.raises(ValidationError, match="which is for AMIs that are baked here"):
        a_linux_preset(image=Image(ami=OWN_AMI, retain=3))


def test_components_are_scripts_or_arns_in_their_order() -> None:
    inline = {"name": "node", "run": "apt-get install nodejs"}
    image = Image.model_validate({"components": [ARN, inline]})
    assert image.components == (ARN, InlineComponent(name="node", run="apt-get install nodejs"))


def test_the_rebuild_interval_follows_from_the_schedule() -> None:
    assert a_linux_preset().schedule_interval_minutes == 7 * 24 * 60
    twice_a_month = a_linux_preset(image=Image(schedule="cron(0 3 1,15 * ? *)"))
    assert twice_a_month.schedule_interval_minutes == 17 * 24 * 60


def test_what_is_deployed_is_canonical_json_without_the_image() -> None:
    deployed = a_linux_preset(runner_group="Équipe").deployed_json()
    assert deployed == (
        '{"architecture":"x86_64","diskSizeGb":50,"instanceTypes":["m7i.large","c7i.xlarge"],"labels":[],'
        '"maxRunners":50,"name":"linux-x64","onInterruption":"rerun","platform":"linux","runnerGroup":"Équipe",'
        '"scheduleIntervalMinutes":10080,'
        '"sizes":{"c7i.xlarge":{"memoryMib":8192,"vcpu":4},"m7i.large":{"memoryMib":8192,"vcpu":2}},'
        '"spotStrategy":"spotPreferred","timeout":60}'
    )


def test_an_own_ami_is_deployed_without_a_schedule_that_nothing_runs_on() -> None:
    baked, own = (json.loads(a_linux_preset(**image).deployed_json()) for image in ({}, {"image": Image(ami=OWN_AMI)}))
    assert baked.keys() - own.keys() == {"scheduleIntervalMinutes"}
    assert own == {key: baked[key] for key in own}
    assert from_json(own) == from_json(baked), "the functions take the default where nothing is said"


def test_an_edit_of_the_image_alone_leaves_what_is_deployed_alone() -> None:
    edited = a_linux_preset(image=Image(base="ubuntu-22.04", test_commands=("true",)))
    assert json.loads(edited.deployed_json()) == json.loads(a_linux_preset().deployed_json())
