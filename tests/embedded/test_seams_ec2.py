"""What the embedded EC2 leans on in moto: an upgrade that moves it fails here first."""

import inspect

from moto import settings
from moto.core.responses import BaseResponse
from moto.ec2.models.amis import Ami, AmiBackend
from moto.ec2.models.instances import Instance, InstanceBackend, MetadataOptions
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion
from moto.ec2.responses.amis import AmisResponse
from moto.ec2.responses.fleets import Fleets

from embedded.aws.ec2 import instances


def parameters(function: object) -> list[str]:
    assert callable(function)
    return list(inspect.signature(function).parameters)


def test_fleets_are_created_by_one_method_with_parsed_input() -> None:
    assert parameters(Fleets.create_fleet) == ["self"]
    assert issubclass(Fleets, BaseResponse)


def test_images_are_described_by_ids() -> None:
    assert parameters(AmiBackend.describe_images)[:2] == ["self", "ami_ids"]
    assert parameters(AmisResponse.describe_images) == ["self"]


def test_images_are_registered_by_their_names_and_have_disks() -> None:
    assert parameters(AmiBackend.register_image)[:3] == ["self", "name", "description"]
    assert parameters(AmisResponse.register_image) == ["self"]
    assert isinstance(Ami.block_device_mappings, property)
    source = inspect.getsource(Ami.__init__)
    for name in ("architecture", "root_device_name", "root_device_type"):
        assert f"self.{name} = " in source


def test_instances_are_run_and_ended_by_the_backend() -> None:
    assert parameters(InstanceBackend.run_instances)[:4] == ["self", "image_id", "count", "user_data"]
    assert parameters(InstanceBackend.terminate_instances) == ["self", "instance_ids"]


def test_a_launch_takes_a_template_disks_a_zone_and_a_market() -> None:
    source = inspect.getsource(InstanceBackend.run_instances) + inspect.getsource(Instance.__init__)
    for name in ("launch_template", "block_device_mappings", "placement", "lifecycle", "subnet_id", "tags"):
        assert f'"{name}"' in source


def test_a_setting_makes_launches_look_for_their_image() -> None:
    assert settings.ENABLE_AMI_VALIDATION is False
    assert "if settings.ENABLE_AMI_VALIDATION:" in inspect.getsource(InstanceBackend.run_instances)


def test_launch_templates_have_numbered_versions() -> None:
    assert parameters(LaunchTemplate.get_version) == ["self", "num"]
    for name in ("image_id", "instance_type"):
        assert isinstance(getattr(LaunchTemplateVersion, name), property)


def test_instances_come_and_go_by_two_methods_and_keep_what_their_template_says() -> None:
    assert parameters(Instance.terminate) == ["self"]
    source = inspect.getsource(Instance.__init__)
    for name in instances.FROM_TEMPLATE:
        assert f'kwargs.get("{name}"' in source
    assert "instance_metadata_tags" in inspect.getsource(MetadataOptions)
    assert {"state", "get_tags", "placement"} <= set(dir(Instance))
    assert parameters(InstanceBackend._get_template_from_args) == ["self", "launch_template_arg"]
