"""Where the world calls: what answers it, and how much of it."""

from collections.abc import Callable
from typing import Any

import pytest

Template = dict[str, Any]
OfType = Callable[[Template, str], dict[str, Template]]
Resolve = Callable[[Template, object], Any]


@pytest.fixture
def plane(templates: dict[str, Template]) -> Template:
    return templates["control-plane"]


def test_what_is_open_to_all_is_slow_and_does_not_slow_the_webhook(plane: Template, of_type: OfType) -> None:
    routes = [route["Properties"] for route in of_type(plane, "AWS::ApiGatewayV2::Route").values()]
    assert sorted(route["RouteKey"] for route in routes) == ["GET /badge.svg", "GET /status", "POST /webhook"]
    assert not any("AuthorizationType" in route for route in routes)
    stage = plane["Resources"]["ApiStage"]["Properties"]
    assert stage["DefaultRouteSettings"] == {"ThrottlingBurstLimit": 20, "ThrottlingRateLimit": 10}
    # What a Region with the lowest quotas gives an account: more may not be asked for.
    deliveries = {"ThrottlingBurstLimit": 1250, "ThrottlingRateLimit": 2500}
    assert stage["RouteSettings"] == {"POST /webhook": deliveries}


def test_the_settings_of_a_route_wait_for_the_route(plane: Template, of_type: OfType) -> None:
    """API Gateway refuses settings of a route that it does not have."""
    keys = {name: route["Properties"]["RouteKey"] for name, route in of_type(plane, "AWS::ApiGatewayV2::Route").items()}
    stage = plane["Resources"]["ApiStage"]
    assert {keys[name] for name in stage["DependsOn"]} == set(stage["Properties"]["RouteSettings"])


def test_each_route_calls_its_function_and_may_call_no_other(
    plane: Template, of_type: OfType, resolved: Resolve
) -> None:
    permissions = [one["Properties"] for one in of_type(plane, "AWS::Lambda::Permission").values()]
    of_api = [one for one in permissions if one["Principal"] == "apigateway.amazonaws.com"]
    assert sorted((one["FunctionName"]["Ref"], resolved(plane, one["SourceArn"])) for one in of_api) == [
        ("Status", "arn:aws:execute-api:eu-west-1:123456789012:Api/*/GET/badge.svg"),
        ("Status", "arn:aws:execute-api:eu-west-1:123456789012:Api/*/GET/status"),
        ("Webhook", "arn:aws:execute-api:eu-west-1:123456789012:Api/*/POST/webhook"),
    ]
    integrations = of_type(plane, "AWS::ApiGatewayV2::Integration")
    calls = {name: one["Properties"]["IntegrationUri"]["Fn::GetAtt"][0] for name, one in integrations.items()}
    routes = [one["Properties"] for one in of_type(plane, "AWS::ApiGatewayV2::Route").values()]
    targets = {route["RouteKey"]: calls[route["Target"]["Fn::Join"][1][1]["Ref"]] for route in routes}
    assert targets == {"GET /badge.svg": "Status", "GET /status": "Status", "POST /webhook": "Webhook"}


def test_the_stack_says_where_deliveries_go(plane: Template) -> None:
    url = plane["Outputs"]["WebhookUrl"]["Value"]
    assert url == {"Fn::Join": ["", [{"Fn::GetAtt": ["Api", "ApiEndpoint"]}, "/webhook"]]}
