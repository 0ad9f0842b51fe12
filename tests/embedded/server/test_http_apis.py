"""HTTP APIs answer on their own address, as API Gateway would."""

import base64
import http.client
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from embedded.aws.server import EmbeddedAws

Make = Callable[..., Any]

ECHO = "import json\ndef handler(event, context): return {'statusCode': 200, 'body': json.dumps(event)}"


@dataclass(frozen=True, kw_only=True)
class Served:
    """An API and its function; calling it sends a request: (method, path, …) → response and body."""

    api: dict[str, Any]
    made: SimpleNamespace

    def __call__(
        self, method: str, path: str, body: bytes | str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Send one request."""
        connection = http.client.HTTPConnection(urlsplit(self.api["ApiEndpoint"]).netloc, timeout=20)
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response, content


@pytest.fixture
def serve(aws: EmbeddedAws, deploy: Make) -> Make:
    """Return a maker of APIs: (source, routes) → Served."""

    def make(
        source: str = ECHO,
        routes: Iterable[str] = ("GET /status",),
        source_arn: str = "{api}/*/*",
        stage: dict[str, object] | None = None,
        **config: object,
    ) -> Served:
        made = deploy(source, **config)
        gateway = aws.client("apigatewayv2")
        api = gateway.create_api(Name=made.name, ProtocolType="HTTP")
        integration = gateway.create_integration(
            ApiId=api["ApiId"], IntegrationType="AWS_PROXY", IntegrationUri=made.arn, PayloadFormatVersion="2.0"
        )["IntegrationId"]
        for route in routes:
            gateway.create_route(ApiId=api["ApiId"], RouteKey=route, Target=f"integrations/{integration}")
        gateway.create_stage(ApiId=api["ApiId"], StageName="$default", AutoDeploy=True, **(stage or {}))
        aws.client("lambda").add_permission(
            FunctionName=made.name,
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:eu-west-1:123456789012:{source_arn.format(api=api['ApiId'])}",
        )

        return Served(api=api, made=made)

    return make


def test_the_endpoint_is_a_loopback_url_also_when_asked_again(serve: Make, aws: EmbeddedAws) -> None:
    api = serve().api
    assert api["ApiEndpoint"].startswith("http://127.0.0.1:")
    assert aws.client("apigatewayv2").get_api(ApiId=api["ApiId"])["ApiEndpoint"] == api["ApiEndpoint"]


def test_a_request_reaches_the_function_in_payload_format_2_0(serve: Make) -> None:
    call = serve(routes=["POST /jobs"])
    headers = {"X-Kind": "Big", "Content-Type": "text/plain"}
    _, body = call("POST", "/jobs?x=1&x=2&y=", body="hello", headers=headers)
    event = json.loads(body)
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "POST /jobs", "/jobs")
    assert event["rawQueryString"] == "x=1&x=2&y="
    assert event["queryStringParameters"] == {"x": "1,2", "y": ""}
    assert (event["headers"]["x-kind"], event["headers"]["content-type"]) == ("Big", "text/plain")
    assert (event["body"], event["isBase64Encoded"]) == ("hello", False)
    assert event["requestContext"]["http"]["method"] == "POST"


def test_a_body_that_is_no_text_comes_in_base64(serve: Make) -> None:
    event = json.loads(serve(routes=["POST /echo"])("POST", "/echo", body=b"\xff\x00\xfe")[1])
    assert (event["isBase64Encoded"], base64.b64decode(event["body"])) == (True, b"\xff\x00\xfe")


def test_headers_and_status_come_back(serve: Make) -> None:
    source = "def handler(e, c): return {'statusCode': 201, 'headers': {'X-A': '1'}, 'body': 'hi'}"
    response, body = serve(source)("GET", "/status")
    assert (response.status, response.getheader("x-a"), body) == (201, "1", b"hi")


def test_the_method_belongs_to_the_route(serve: Make) -> None:
    call = serve(routes=["GET /a", "POST /a"])
    assert [json.loads(call(method, "/a")[1]).get("routeKey") for method in ("GET", "POST", "PUT")] == [
        "GET /a",
        "POST /a",
        None,
    ]


@pytest.mark.parametrize("route", ["$default", "ANY /a", "GET /a/{x}", "GET /{rest+}"])
def test_a_route_that_is_not_one_method_and_path_is_refused(route: str, serve: Make) -> None:
    with pytest.raises(ClientError, match="does not play RouteKey"):
        serve(routes=[route])


def test_a_named_stage_is_refused(serve: Make, aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match="does not play StageName 'prod'"):
        aws.client("apigatewayv2").create_stage(ApiId=serve().api["ApiId"], StageName="prod", AutoDeploy=True)


def test_a_path_without_a_route_is_not_found(serve: Make) -> None:
    response, body = serve()("GET", "/nothing")
    assert (response.status, json.loads(body)) == (404, {"message": "Not Found"})


def test_a_function_that_does_not_permit_the_api_is_an_internal_error(serve: Make, aws: EmbeddedAws) -> None:
    call = serve(source_arn="another/*/*")
    response, body = call("GET", "/status")
    assert (response.status, json.loads(body)) == (500, {"message": "Internal Server Error"})
    assert not [record for record in aws.host.records if record.function == call.made.name]


def test_an_exception_shows_nothing_of_itself(serve: Make) -> None:
    response, body = serve("def handler(e, c): raise ValueError('secret')")("GET", "/status")
    assert (response.status, json.loads(body)) == (500, {"message": "Internal Server Error"})


@pytest.mark.parametrize(
    "answer",
    ["{'statusCode': 'soon'}", "{'ok': True}", "{'statusCode': 200, 'cookies': ['a=1']}", "[]"],
)
def test_an_answer_that_is_no_response_is_an_internal_error(answer: str, serve: Make) -> None:
    response, _ = serve(f"def handler(e, c): return {answer}")("GET", "/status")
    assert response.status == 500


def test_a_throttled_function_is_unavailable(serve: Make, aws: EmbeddedAws) -> None:
    call = serve()
    aws.client("lambda").put_function_concurrency(FunctionName=call.made.name, ReservedConcurrentExecutions=0)
    assert call("GET", "/status")[0].status == 503


def test_an_integration_that_takes_too_long_is_unavailable(serve: Make, aws: EmbeddedAws) -> None:
    call = serve("import threading\ndef handler(e, c): threading.Event().wait(1)")
    gateway, api = aws.client("apigatewayv2"), call.api["ApiId"]
    integration = gateway.get_integrations(ApiId=api)["Items"][0]["IntegrationId"]
    gateway.update_integration(ApiId=api, IntegrationId=integration, TimeoutInMillis=50)
    assert call("GET", "/status")[0].status == 503
    aws.settle()


def test_a_stage_s_burst_is_followed_by_too_many_requests_until_time_passes(serve: Make, aws: EmbeddedAws) -> None:
    call = serve(stage={"DefaultRouteSettings": {"ThrottlingBurstLimit": 2, "ThrottlingRateLimit": 0.001}})
    answers = [call("GET", "/status") for _ in range(3)]
    assert [response.status for response, _ in answers] == [200, 200, 429]
    assert json.loads(answers[2][1]) == {"message": "Too Many Requests"}
    aws.advance(1100)
    assert call("GET", "/status")[0].status == 200


def test_a_route_s_own_limit_goes_before_the_stage_s(serve: Make) -> None:
    settings = {"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 0.001}
    call = serve(routes=["GET /status", "GET /other"], stage={"RouteSettings": {"GET /status": settings}})
    assert [call("GET", "/status")[0].status for _ in range(2)] == [200, 429]
    assert call("GET", "/other")[0].status == 200


def test_the_settings_of_a_route_that_does_not_exist_are_refused(serve: Make, aws: EmbeddedAws) -> None:
    call, settings = serve(routes=["GET /status"]), {"POST /status": {"ThrottlingBurstLimit": 1}}
    with pytest.raises(ClientError, match="Unable to find Route by key POST /status") as refused:
        aws.client("apigatewayv2").create_stage(
            ApiId=call.api["ApiId"], StageName="$default", AutoDeploy=True, RouteSettings=settings
        )
    assert refused.value.response["Error"]["Code"] == "NotFoundException"


def test_a_deleted_api_is_gone(serve: Make, aws: EmbeddedAws) -> None:
    call = serve()
    aws.client("apigatewayv2").delete_api(ApiId=call.api["ApiId"])
    with pytest.raises(OSError, match="refused"):
        call("GET", "/status")


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.x"}, id="websocket"),
        pytest.param({"ProtocolType": "HTTP", "CorsConfiguration": {"AllowOrigins": ["*"]}}, id="cors"),
    ],
)
def test_an_api_that_cannot_be_played_is_refused(fields: dict[str, Any], aws: EmbeddedAws, name: str) -> None:
    with pytest.raises(ClientError, match=r"does not play (ProtocolType|RouteSelectionExpression|CorsConfiguration)"):
        aws.client("apigatewayv2").create_api(Name=name, **fields)


ROUTE = {"RouteKey": "GET /new", "Target": "integrations/abc"}
INTEGRATION = {"IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0"}


@pytest.mark.parametrize(
    ("kind", "fields", "what"),
    [
        ("api", {"CorsConfiguration": {"AllowOrigins": ["*"]}}, "CorsConfiguration"),
        ("api", {"DisableExecuteApiEndpoint": True}, "DisableExecuteApiEndpoint"),
        ("route", {"AuthorizationType": "AWS_IAM"}, "AuthorizationType"),
        ("route", {"ApiKeyRequired": True}, "ApiKeyRequired"),
        ("route", {"RouteKey": "ANY /status"}, "RouteKey"),
        ("route", {"RouteKey": "GET /{rest+}"}, "RouteKey"),
        ("route", {"RequestParameters": {"x": {"Required": True}}}, "RequestParameters"),
        ("integration", {"PayloadFormatVersion": "1.0"}, "PayloadFormatVersion"),
        ("integration", {"IntegrationUri": "https://example.com"}, "IntegrationUri"),
        ("integration", {"RequestParameters": {"overwrite:path": "/x"}}, "RequestParameters"),
        ("stage", {"AutoDeploy": False}, "AutoDeploy"),
        ("stage", {"AutoDeploy": None}, "AutoDeploy"),
        ("stage", {"StageVariables": {"a": "b"}}, "StageVariables"),
        ("stage", {"AccessLogSettings": {"Format": "$context.requestId"}}, "AccessLogSettings"),
        ("stage", {"DefaultRouteSettings": {"DetailedMetricsEnabled": True}}, "DefaultRouteSettings"),
        ("stage", {"RouteSettings": {"GET /a.svg": {"DataTraceEnabled": True}}}, "RouteSettings"),
    ],
    ids=str,
)
def test_a_property_that_is_not_played_is_refused_on_create_and_on_update(
    kind: str, fields: dict[str, Any], what: str, serve: Make, aws: EmbeddedAws
) -> None:
    call, gateway = serve(), aws.client("apigatewayv2")
    api = call.api["ApiId"]
    (integration,), (route,) = gateway.get_integrations(ApiId=api)["Items"], gateway.get_routes(ApiId=api)["Items"]
    changes: dict[str, list[tuple[Callable[..., Any], dict[str, Any]]]] = {
        "api": [
            (gateway.create_api, {"Name": "new", "ProtocolType": "HTTP"}),
            (gateway.update_api, {"ApiId": api}),
        ],
        "route": [
            (gateway.create_route, {"ApiId": api, **ROUTE}),
            (gateway.update_route, {"ApiId": api, "RouteId": route["RouteId"]}),
        ],
        "integration": [
            (gateway.create_integration, {"ApiId": api, "IntegrationUri": call.made.arn, **INTEGRATION}),
            (gateway.update_integration, {"ApiId": api, "IntegrationId": integration["IntegrationId"]}),
        ],
        "stage": [(gateway.create_stage, {"ApiId": api, "StageName": "$default", "AutoDeploy": True})],
    }
    for change, usual in changes[kind]:
        given = {name: value for name, value in {**usual, **fields}.items() if value is not None}
        with pytest.raises(ClientError, match=f"does not play {what}"):
            change(**given)
    assert call("GET", "/status")[0].status == 200


def test_an_authorizer_is_refused(serve: Make, aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match=r"does not play any of apigatewayv2\.CreateAuthorizer"):
        aws.client("apigatewayv2").create_authorizer(
            ApiId=serve().api["ApiId"],
            AuthorizerType="JWT",
            Name="jwt",
            IdentitySource=["$request.header.Authorization"],
        )
