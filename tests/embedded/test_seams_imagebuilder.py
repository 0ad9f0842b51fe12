"""What the embedded Image Builder leans on in moto and botocore: an upgrade that moves it fails here first."""

import inspect
import re

import boto3
from moto import backend_index, backends
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import get_service_model
from moto.ec2.models.amis import Ami, AmiBackend
from moto.iam.models import IAMBackend
from moto.ssm.models import SimpleSystemManagerBackend

from embedded.aws.imagebuilder.constraints import NOT_EMULATED


def test_services_are_found_by_a_list_of_names_and_patterns() -> None:
    name, pattern = backend_index.backend_url_patterns[0]
    assert isinstance(name, str)
    assert isinstance(pattern, re.Pattern)
    assert "backend_url_patterns" in inspect.getsource(backends)


def test_a_service_of_that_name_is_not_in_moto_itself() -> None:
    assert "imagebuilder" not in {name for name, _ in backend_index.backend_url_patterns}


def test_a_response_parses_its_input_and_writes_an_action_result() -> None:
    assert list(inspect.signature(BaseResponse.__init__).parameters) == ["self", "service_name"]
    assert list(inspect.signature(ActionResult.__init__).parameters) == ["self", "result"]
    assert "self.automated_parameter_parsing" in inspect.getsource(BaseResponse)
    assert callable(BaseResponse.dispatch)


def test_a_backend_brings_its_urls() -> None:
    assert isinstance(BaseBackend._url_module, property)
    parameters = inspect.signature(BackendDict.__init__).parameters
    assert {"use_boto3_regions", "additional_regions"} <= set(parameters)


def test_images_are_registered_with_a_snapshot_and_tags() -> None:
    assert list(inspect.signature(AmiBackend.register_image).parameters) == ["self", "name", "description"]
    assert list(inspect.signature(Ami.add_tags).parameters) == ["self", "tag_map"]
    assert "self.ebs_snapshot" in inspect.getsource(Ami.__init__)


def test_parameters_and_instance_profiles_can_be_looked_up() -> None:
    assert list(inspect.signature(SimpleSystemManagerBackend.get_parameter).parameters) == ["self", "name"]
    assert "self.instance_profiles" in inspect.getsource(IAMBackend.__init__)


def test_every_member_that_is_refused_is_one_of_the_model() -> None:
    model = get_service_model("imagebuilder")
    shapes = (model.shape_for(name) for name in model.shape_names)
    members = {name for shape in shapes if shape.type_name == "structure" for name in shape.members}
    assert members >= NOT_EMULATED


def test_botocore_knows_no_regions_of_the_service() -> None:
    assert boto3.Session().get_available_regions("imagebuilder") == []
