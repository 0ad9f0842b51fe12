"""The HTTP API: `GET /status` and `GET /badge.svg`, open to everybody and slow enough to starve nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass

from troposphere import AWSObject, GetAtt, Join, Ref, Sub
from troposphere import apigatewayv2 as api

from generator.stacks import functions, tags
from generator.stacks.functions import STATUS

API = "Api"
STAGE = "ApiStage"
# Requests a second and at once, for each route by itself: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
RATE = 10
BURST = 20


@dataclass(frozen=True, kw_only=True)
class Route:
    """What the status function answers; `name` begins the logical ids."""

    name: str
    path: str


ROUTES = (Route(name="Status", path="/status"), Route(name="Badge", path="/badge.svg"))


def resources(deployment: str) -> Iterator[AWSObject]:
    """Yield the API, its stage, its routes to the status function, and the right to call it for each of them."""
    marked = tags.of_deployment(deployment)
    description = f"Status and badge of {deployment}"
    yield api.Api(API, Name=deployment, ProtocolType="HTTP", Description=description, Tags=marked)
    yield api.Stage(
        STAGE,
        ApiId=Ref(API),
        AutoDeploy=True,
        DefaultRouteSettings=api.RouteSettings(ThrottlingBurstLimit=BURST, ThrottlingRateLimit=RATE),
        StageName="$default",
        Tags=marked,
    )
    yield api.Integration(
        "StatusIntegration",
        ApiId=Ref(API),
        IntegrationType="AWS_PROXY",
        IntegrationUri=GetAtt(STATUS.logical_id, "Arn"),
        PayloadFormatVersion="2.0",
    )
    for route in ROUTES:
        yield _route(route)
        yield functions.permission(f"{route.name}Permission", STATUS, "apigateway.amazonaws.com", _calls(route))


def url() -> GetAtt:
    """Return the API's address, without a slash at its end."""
    return GetAtt(API, "ApiEndpoint")


def _route(route: Route) -> api.Route:
    target = Join("/", ["integrations", Ref("StatusIntegration")])
    return api.Route(f"{route.name}Route", ApiId=Ref(API), RouteKey=f"GET {route.path}", Target=target)


def _calls(route: Route) -> Sub:
    """Return the ARN of calls of a route, on any stage."""
    return Sub(f"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{API}}}/*/GET{route.path}")
