"""The places where the server's parts take hold of moto: an upgrade that moves one fails here first."""

import inspect
from collections.abc import Callable

import moto.core.utils
import pytest
from moto.apigatewayv2.models import Api, ApiGatewayV2Backend, Integration, Route, Stage
from moto.awslambda.models import EventSourceMapping, LambdaBackend, LambdaFunction
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.core.responses import BaseResponse
from moto.dynamodb.responses import DynamoHandler
from moto.events.models import EventPattern, EventsBackend, Rule
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.s3.responses import S3Response
from moto.secretsmanager.models import SecretsManagerBackend
from moto.sqs.models import Queue, SQSBackend
from moto.sts.models import STSBackend

SEAMS = {
    BaseResponse.call_action: "self",
    BaseResponse.serialized: "self action_result",
    BaseResponse.get_access_key: "self",
    BaseResponse._get_action: "self",
    BaseResponse.parse_parameters: "self request",
    S3Response._bucket_response: "self request full_url",
    S3Response._key_response: "self request full_url",
    LambdaFunction.__init__: "self account_id spec region version",
    LambdaFunction.update_configuration: "self config_updates",
    LambdaFunction._invoke_lambda: "self event",
    LambdaBackend.invoke: "self function_name qualifier body headers response_headers",
    LambdaBackend.get_function: "self function_name_or_arn qualifier",
    LambdaBackend.put_function_event_invoke_config: "self function_name config",
    Rule.send_to_targets: "self original_event transform_input",
    Rule.enable: "self",
    EventPattern.matches_event: "self event",
    EventPattern.get_pattern: "self",
    Queue.add_message: "self message",
    Queue.delete_message: "self receipt_handle",
    Queue.wait_for_messages: "self timeout",
    SQSBackend.receive_message: (
        "self queue_name count wait_seconds_timeout visibility_timeout message_attribute_names"
    ),
    ApiGatewayV2Backend.create_stage: "self api_id config",
    ApiGatewayV2Backend.delete_api: "self api_id",
    STSBackend.assume_role: "self region_name role_session_name role_arn policy duration external_id",
    STSBackend.get_assumed_role_from_access_key: "self access_key_id",
    create_backend_app: "service",
    DomainDispatcherApplication.__init__: "self create_app",
    MotoRequestHandler.make_environ: "self",
    BackendDict.reset: "",
    reset_model_data: "",
    moto.core.utils.utcnow: "",
}


@pytest.mark.parametrize("seam", SEAMS, ids=lambda seam: seam.__qualname__)
def test_moto_s_function_still_takes_what_it_took(seam: Callable[..., object]) -> None:
    assert " ".join(inspect.signature(seam).parameters) == SEAMS[seam]


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (EventsBackend.put_rule, {"name", "scheduled_expression"}),
        (Route.__init__, {"route_key", "target"}),
        (Stage.__init__, {"config"}),
        (Integration.__init__, {"integration_uri", "timeout_in_millis"}),
        (SQSBackend.send_message, {"queue_name", "message_body", "message_attributes"}),
    ],
    ids=lambda value: getattr(value, "__qualname__", "parameters"),
)
def test_moto_s_function_still_knows_these_parameters(function: Callable[..., object], parameters: set[str]) -> None:
    assert parameters <= set(inspect.signature(function).parameters)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        pytest.param(moto.core.utils.utcnow, ["datetime.datetime.now(UTC)"], id="now is read in one place"),
        pytest.param(moto.core.utils.unix_time, ["utcnow()"], id="seconds come from it"),
        pytest.param(moto.core.utils.unix_time_millis, ["unix_time("], id="milliseconds too"),
        pytest.param(BaseResponse.call_action, ["action has not been implemented"], id="what moto lacks, it says so"),
        pytest.param(DynamoHandler.call_action, ["super().call_action()"], id="DynamoDB passes the common door"),
        pytest.param(S3Response.key_response, ["self._key_response(request, full_url)"], id="keys pass ours"),
        pytest.param(S3Response.bucket_response, ["self._bucket_response(request, full_url)"], id="buckets too"),
        pytest.param(EventsBackend.enable_rule, [".enable()"], id="enabling goes through the rule"),
        pytest.param(Queue.add_message, ["self.lambda_event_source_mappings.items()"], id="moto delivers inline"),
        pytest.param(BaseResponse.get_current_account, ['"x-moto-account-id"'], id="a header names the account"),
        pytest.param(LambdaFunction.__init__, ["event_invoke_config", "logs_group_name"], id="a function's fields"),
        pytest.param(EventSourceMapping.__init__, ["scaling_config", "function_response_types"], id="a mapping's"),
        pytest.param(Api.__init__, ["self.api_endpoint", "self.integrations", "self.routes"], id="an API's"),
        pytest.param(SecretsManagerBackend._add_secret, ['"createdate": int(time.time())'], id="a secret's version"),
        pytest.param(Stage.__init__, ["self.default_route_settings", "self.route_settings"], id="a stage's"),
        pytest.param(Rule.__init__, ["self.scheduled_expression", "self.event_pattern", "self.state"], id="a rule's"),
    ],
)
def test_moto_still_does_it_this_way(function: Callable[..., object], words: list[str]) -> None:
    source = inspect.getsource(function)
    assert [word for word in words if word not in source] == []
