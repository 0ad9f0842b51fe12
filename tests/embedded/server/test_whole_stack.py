"""All parts at once: a stack is deployed, its custom resource answers, its function is served and fed."""

import json
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from embedded.aws.server import EmbeddedAws

Make = Callable[..., Any]

SOURCE = """
import json, os, urllib.request
import boto3

def handler(event, context):
    if "ResponseURL" in event:
        keys = ("StackId", "RequestId", "LogicalResourceId")
        answer = {key: event[key] for key in keys}
        answer |= {"Status": "SUCCESS", "PhysicalResourceId": "greeting", "Data": {"Word": "hello"}}
        request = urllib.request.Request(event["ResponseURL"], data=json.dumps(answer).encode(), method="PUT")
        urllib.request.urlopen(request)
    elif "Records" in event:
        boto3.client("ssm").put_parameter(Name=os.environ["PARAMETER"], Value="fed", Type="String")
    else:
        return {"statusCode": 200, "body": json.dumps({"word": os.environ["WORD"]})}
"""


def sub(text: str) -> dict[str, str]:
    return {"Fn::Sub": text}


def at(resource: str, attribute: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [resource, attribute]}


def resource(kind: str, **properties: object) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def template(name: str) -> dict[str, Any]:
    allow = {"Effect": "Allow", "Action": ["logs:*", "sqs:*", "ssm:PutParameter"], "Resource": "*"}
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = resource(
        "AWS::IAM::Role",
        AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [trust]},
        Policies=[{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [allow]}}],
    )
    function = resource(
        "AWS::Lambda::Function",
        FunctionName=name,
        Runtime="python3.13",
        Architectures=["arm64"],
        Handler="app.handler",
        Role=at("Role", "Arn"),
        Code={"S3Bucket": name, "S3Key": "app.zip"},
        Timeout=20,
        LoggingConfig={"LogFormat": "JSON"},
        Environment={"Variables": {"WORD": "hi", "PARAMETER": f"/{name}"}},
    )
    permission = resource(
        "AWS::Lambda::Permission",
        FunctionName={"Ref": "Function"},
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=sub("arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/*"),
    )
    integration = resource(
        "AWS::ApiGatewayV2::Integration",
        ApiId={"Ref": "Api"},
        IntegrationType="AWS_PROXY",
        IntegrationUri=at("Function", "Arn"),
        PayloadFormatVersion="2.0",
    )
    queue_policy = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": at("Queue", "Arn"),
        "Condition": {"ArnEquals": {"aws:SourceArn": at("Rule", "Arn")}},
    }
    resources = {
        "Role": role,
        "Logs": resource("AWS::Logs::LogGroup", LogGroupName=f"/aws/lambda/{name}", RetentionInDays=7),
        "Function": function,
        "Greeting": {**resource("Custom::Greeting", ServiceToken=at("Function", "Arn")), "DependsOn": ["Logs"]},
        "Api": resource("AWS::ApiGatewayV2::Api", Name=name, ProtocolType="HTTP"),
        "Integration": integration,
        "Route": resource(
            "AWS::ApiGatewayV2::Route",
            ApiId={"Ref": "Api"},
            RouteKey="GET /word",
            Target=sub("integrations/${Integration}"),
        ),
        "Stage": resource("AWS::ApiGatewayV2::Stage", ApiId={"Ref": "Api"}, StageName="$default", AutoDeploy=True),
        "Permission": permission,
        "Queue": resource("AWS::SQS::Queue", VisibilityTimeout=120),
        "QueuePolicy": resource(
            "AWS::SQS::QueuePolicy",
            Queues=[{"Ref": "Queue"}],
            PolicyDocument={"Version": "2012-10-17", "Statement": [queue_policy]},
        ),
        "Rule": resource(
            "AWS::Events::Rule",
            EventPattern={"source": [f"test.{name}"]},
            Targets=[{"Id": "queue", "Arn": at("Queue", "Arn")}],
        ),
        "Mapping": resource(
            "AWS::Lambda::EventSourceMapping",
            EventSourceArn=at("Queue", "Arn"),
            FunctionName={"Ref": "Function"},
            BatchSize=10,
        ),
    }
    outputs = {"Url": {"Value": at("Api", "ApiEndpoint")}, "Word": {"Value": at("Greeting", "Word")}}
    return {"Resources": resources, "Outputs": outputs}


def change(aws: EmbeddedAws, name: str, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """Carry out a change set; return the stack."""
    cloudformation = aws.client("cloudformation")
    change_set = cloudformation.create_change_set(
        StackName=name,
        ChangeSetName=f"change-{uuid.uuid4().hex}",
        ChangeSetType=kind,
        TemplateBody=json.dumps(body),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    )["Id"]
    aws.settle()
    cloudformation.execute_change_set(ChangeSetName=change_set)
    aws.settle()
    (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    return dict(stack)


@pytest.fixture
def stack(aws: EmbeddedAws, name: str, zip_of: Make) -> Iterator[dict[str, Any]]:
    """Create the stack of the template, and delete it in the end."""
    s3, cloudformation = aws.client("s3"), aws.client("cloudformation")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": aws.region})
    s3.put_object(Bucket=name, Key="app.zip", Body=zip_of(SOURCE))
    made = change(aws, name, "CREATE", template(name))
    assert made["StackStatus"] == "CREATE_COMPLETE", cloudformation.describe_stack_events(StackName=name)
    yield made
    cloudformation.delete_stack(StackName=name)
    aws.settle()
    assert name not in [one["FunctionName"] for one in aws.client("lambda").list_functions()["Functions"]]


def test_a_stack_works_from_its_custom_resource_to_its_endpoint(
    aws: EmbeddedAws, name: str, stack: dict[str, Any]
) -> None:
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    assert outputs["Word"] == "hello"
    with urllib.request.urlopen(f"{outputs['Url']}/word") as answer:  # noqa: S310 - our own server
        assert json.loads(answer.read()) == {"word": "hi"}
    entry = {"Source": f"test.{name}", "DetailType": "Any", "Detail": "{}"}
    aws.client("events").put_events(Entries=[entry])
    aws.settle()
    assert aws.client("ssm").get_parameter(Name=f"/{name}")["Parameter"]["Value"] == "fed"
    assert [one for one in aws.enforcement.denials() if one.role.startswith(name)] == []


@pytest.mark.usefixtures("stack")
def test_a_template_s_update_to_what_is_not_played_is_rolled_back_with_the_reason(aws: EmbeddedAws, name: str) -> None:
    changes: dict[str, tuple[str, object]] = {
        "AuthorizationType": ("Route", "AWS_IAM"),
        "PayloadFormatVersion": ("Integration", "1.0"),
        "AutoDeploy": ("Stage", False),
        "CorsConfiguration": ("Api", {"AllowOrigins": ["*"]}),
        "MaximumBatchingWindowInSeconds": ("Mapping", 30),
        "RoleArn": ("Rule", "arn:aws:iam::123456789012:role/x"),
    }
    found = {}
    for property_, (logical_id, value) in changes.items():
        wanted = template(name)
        wanted["Resources"][logical_id]["Properties"][property_] = value
        status = change(aws, name, "UPDATE", wanted)["StackStatus"]
        events = aws.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
        reason = next(one["ResourceStatusReason"] for one in events if one["ResourceStatus"] == "UPDATE_FAILED")
        found[property_] = (status, f"does not play {property_}" in reason or reason)
    assert found == dict.fromkeys(changes, ("UPDATE_ROLLBACK_COMPLETE", True))
