"""The HTTP API: `GET /status`, open to everybody and slow enough to starve nothing else."""

from troposphere import AWSObject, GetAtt, Join, Ref, Sub
from troposphere import apigatewayv2 as api

from generator.stacks import tags
from generator.stacks.functions import STATUS

API = "Api"
STAGE = "ApiStage"
# Requests a second and at once, for each route by itself: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
RATE = 10
BURST = 20


def resources(deployment: str) -> tuple[AWSObject, ...]:
    """Return the API, its stage and the route to the status."""
    marked = tags.of_deployment(deployment)
    return (
        api.Api(API, Name=deployment, ProtocolType="HTTP", Description=f"Status of {deployment}", Tags=marked),
        api.Stage(
            STAGE,
            ApiId=Ref(API),
            AutoDeploy=True,
            DefaultRouteSettings=api.RouteSettings(ThrottlingBurstLimit=BURST, ThrottlingRateLimit=RATE),
            StageName="$default",
            Tags=marked,
        ),
        api.Integration(
            "StatusIntegration",
            ApiId=Ref(API),
            IntegrationType="AWS_PROXY",
            IntegrationUri=GetAtt(STATUS.logical_id, "Arn"),
            PayloadFormatVersion="2.0",
        ),
        api.Route(
            "StatusRoute",
            ApiId=Ref(API),
            RouteKey="GET /status",
            Target=Join("/", ["integrations", Ref("StatusIntegration")]),
        ),
    )


def status_calls() -> Sub:
    """Return the ARN of calls of the status route, on any stage."""
    return Sub(f"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{API}}}/*/GET/status")


def url() -> GetAtt:
    """Return the API's address, without a slash at its end."""
    return GetAtt(API, "ApiEndpoint")
