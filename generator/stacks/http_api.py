"""The HTTP API: `POST /webhook` for GitHub, and `GET /status` and `GET /badge.svg`, open to everybody.

What is open to everybody is slow, so that it cannot starve the webhook, which takes whatever GitHub sends.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from troposphere import AWSObject, GetAtt, Join, Ref, Sub
from troposphere import apigatewayv2 as api

from generator.stacks import functions, tags
from generator.stacks.functions import STATUS, WEBHOOK, Function

API = "Api"
STAGE = "ApiStage"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """Requests a second and at once: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html."""

    rate: int
    burst: int

    @property
    def settings(self) -> dict[str, object]:
        """Return it in API Gateway's words."""
        return {"ThrottlingBurstLimit": self.burst, "ThrottlingRateLimit": self.rate}


@dataclass(frozen=True, kw_only=True)
class Route:
    """What a function answers; `name` begins the logical ids, and each route is limited by itself."""

    name: str
    method: str
    path: str
    function: Function

    @property
    def key(self) -> str:
        """Return it in API Gateway's words, such as `GET /status`."""
        return f"{self.method} {self.path}"


OPEN = Limit(rate=10, burst=20)
# GitHub sends thousands of deliveries at once and repeats none: as much as an account may take in every Region.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
DELIVERIES = Limit(rate=2500, burst=1250)
WEBHOOK_ROUTE = Route(name="Webhook", method="POST", path="/webhook", function=WEBHOOK)
ROUTES = (
    Route(name="Status", method="GET", path="/status", function=STATUS),
    Route(name="Badge", method="GET", path="/badge.svg", function=STATUS),
    WEBHOOK_ROUTE,
)


def resources(deployment: str) -> Iterator[AWSObject]:
    """Yield the API, its stage, its functions, its routes to them, and the right to call them for each route."""
    marked = tags.of_deployment(deployment)
    description = f"Webhook, status and badge of {deployment}"
    yield api.Api(API, Name=deployment, ProtocolType="HTTP", Description=description, Tags=marked)
    yield api.Stage(
        STAGE,
        DependsOn=[_logical_id(WEBHOOK_ROUTE)],  # the settings of a route that is not there yet are refused
        ApiId=Ref(API),
        AutoDeploy=True,
        DefaultRouteSettings=api.RouteSettings(**OPEN.settings),
        RouteSettings={WEBHOOK_ROUTE.key: DELIVERIES.settings},
        StageName="$default",
        Tags=marked,
    )
    yield from (_integration(function) for function in (STATUS, WEBHOOK))
    for route in ROUTES:
        yield _route(route)
        caller = "apigateway.amazonaws.com"
        yield functions.permission(f"{route.name}Permission", route.function, caller, _calls(route))


def url() -> GetAtt:
    """Return the API's address, without a slash at its end."""
    return GetAtt(API, "ApiEndpoint")


def webhook_url() -> Join:
    """Return where GitHub sends its deliveries."""
    return Join("", [url(), WEBHOOK_ROUTE.path])


def _integration(function: Function) -> api.Integration:
    return api.Integration(
        f"{function.logical_id}Integration",
        ApiId=Ref(API),
        IntegrationType="AWS_PROXY",
        IntegrationUri=GetAtt(function.logical_id, "Arn"),
        PayloadFormatVersion="2.0",
    )


def _route(route: Route) -> api.Route:
    target = Join("/", ["integrations", Ref(f"{route.function.logical_id}Integration")])
    return api.Route(_logical_id(route), ApiId=Ref(API), RouteKey=route.key, Target=target)


def _logical_id(route: Route) -> str:
    return f"{route.name}Route"


def _calls(route: Route) -> Sub:
    """Return the ARN of calls of a route, on any stage."""
    own = f"${{{API}}}/*/{route.method}{route.path}"
    return Sub(f"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:{own}")
