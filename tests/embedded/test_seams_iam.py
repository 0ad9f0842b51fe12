"""What the embedded IAM leans on in moto: an upgrade that moves it fails here first."""

import inspect

from moto.awslambda.models import LambdaBackend
from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.responses import ActionResult, BaseResponse
from moto.dynamodb.models.table import Table
from moto.ec2.models import ec2_backends
from moto.ec2.models.route_tables import RouteTable
from moto.iam.models import SERVICE_NAME_CONVERSION, IAMBackend, ManagedPolicy, Role, iam_backends
from moto.s3.exceptions import S3AccessDeniedError
from moto.s3.responses import S3Response
from moto.secretsmanager.models import secretsmanager_backends
from moto.servicequotas.models import ServiceQuotasBackend
from moto.sts.models import AssumedRole, STSBackend


def parameters(function: object) -> list[str]:
    assert callable(function)
    return list(inspect.signature(function).parameters)


def test_every_service_but_s3_goes_through_call_action() -> None:
    assert parameters(BaseResponse.call_action) == ["self"]
    assert "call_action" not in vars(S3Response)


def test_s3_asks_the_mixin() -> None:
    method = ActionAuthenticatorMixin._authenticate_and_authorize_s3_action
    assert parameters(method) == ["self", "bucket_name", "key_name"]
    assert "_authenticate_and_authorize_s3_action(" in inspect.getsource(S3Response)
    assert parameters(S3AccessDeniedError) == []


def test_a_response_knows_who_asks_for_what() -> None:
    for name in ("get_access_key", "_get_action"):
        assert parameters(getattr(BaseResponse, name)) == ["self"]
    assert parameters(BaseResponse.parse_parameters) == ["self", "request"]
    assert parameters(BaseResponse.serialized) == ["self", "action_result"]
    assert parameters(ActionResult) == ["result"]


def test_sessions_lead_to_roles() -> None:
    assert parameters(STSBackend.get_assumed_role_from_access_key) == ["self", "access_key_id"]
    assert isinstance(AssumedRole.arn, property)
    assert "self.role_arn" in inspect.getsource(AssumedRole.__init__)


def test_roles_hold_their_policies_and_boundary() -> None:
    assert parameters(type(iam_backends["1"]["aws"]).get_role_by_arn) == ["self", "arn"]
    source = inspect.getsource(Role.__init__)
    for attribute in ("policies", "managed_policies", "permissions_boundary_arn", "tags", "name"):
        assert f"self.{attribute}" in source
    assert "versions" in inspect.getsource(ManagedPolicy.__mro__[1].__init__)


def test_resources_can_be_looked_up() -> None:
    ec2 = ec2_backends["1"]["eu-west-1"]
    assert isinstance(ec2.tags, dict)
    assert "self._associations" in inspect.getsource(RouteTable.__init__)
    assert isinstance(ec2.route_tables, dict)
    assert parameters(type(ec2).get_launch_template) == ["self", "template_id"]
    assert parameters(type(ec2).get_launch_template_by_name) == ["self", "name"]
    assert hasattr(secretsmanager_backends["1"]["eu-west-1"].secrets, "values")
    assert "self._event_source_mappings" in inspect.getsource(LambdaBackend.__init__)
    assert parameters(Table.get_index)[:2] == ["self", "index_name"]


def test_service_linked_roles_and_quotas_are_made_in_one_place_each() -> None:
    create = IAMBackend.create_service_linked_role
    assert parameters(create) == ["self", "service_name", "description", "suffix"]
    assert "SERVICE_NAME_CONVERSION.get(service, service)" in inspect.getsource(create)
    assert isinstance(SERVICE_NAME_CONVERSION, dict)
    assert parameters(ServiceQuotasBackend.get_service_quota) == ["self", "service_code", "quota_code"]
