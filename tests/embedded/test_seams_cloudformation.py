"""The places in moto, botocore and cfn-lint that the CloudFormation engine holds on to."""

import inspect
from typing import Any

from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores
from moto.utilities.utils import get_partition

from embedded.aws.clock import Clock
from embedded.aws.cloudformation import Engine, install
from embedded.aws.cloudformation.api import ACTIONS
from embedded.aws.cloudformation.caller import service_model
from embedded.aws.cloudformation.schemas import schema
from embedded.aws.patches import Patches

MISSING_IN_MOTO = {"continue_update_rollback", "update_termination_protection"}


def test_moto_answers_an_action_by_a_method_of_its_name_on_the_response_class() -> None:
    for name in ACTIONS.keys() - MISSING_IN_MOTO:
        assert list(inspect.signature(getattr(CloudFormationResponse, name)).parameters) == ["self"]
    assert "method_names_from_class(self.__class__)" in inspect.getsource(BaseResponse.call_action)


def test_every_action_of_the_engine_is_one_of_the_api() -> None:
    names = {camelcase_to_underscores(name) for name in service_model("cloudformation").operation_names}
    assert ACTIONS.keys() <= names


def test_moto_parses_parameters_by_itself_and_serialises_any_object() -> None:
    assert CloudFormationResponse().automated_parameter_parsing is True
    assert list(inspect.signature(ActionResult).parameters) == ["result"]


def test_moto_transforms_results_by_a_table_on_the_class() -> None:
    assert isinstance(CloudFormationResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER, dict)


def test_moto_knows_partitions() -> None:
    assert get_partition("cn-north-1") == "aws-cn"


def test_the_engine_leaves_moto_as_it_was() -> None:
    clock = Clock()
    before = dict(vars(CloudFormationResponse))
    engine = Engine("http://127.0.0.1:1", "123456789012", "eu-west-1", clock)
    with Patches() as patches:
        install(engine, patches)
        assert CloudFormationResponse.create_stack is not before["create_stack"]
    clock.stop()
    assert dict(vars(CloudFormationResponse)) == before


def test_cfn_lint_bundles_the_schemas_of_cloudformation_by_region() -> None:
    known = schema("eu-west-1", "AWS::ImageBuilder::ImageRecipe")
    assert "/properties/Components" in known["createOnlyProperties"]
    assert schema("eu-west-1", "AWS::DynamoDB::Table")["conditionalCreateOnlyProperties"] == ["/properties/KeySchema"]
    assert schema("eu-west-1", "AWS::EC2::VPC")["tagging"]["cloudFormationSystemTags"] is True


def test_botocore_gives_the_shapes_of_inputs() -> None:
    shape: Any = service_model("sqs").operation_model("CreateQueue").input_shape
    assert "VisibilityTimeout" in shape.members["Attributes"].key.enum
