from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_unknown_keys_are_the_administrators(world: Any) -> None:
    assert world.admin("ssm").describe_parameters()["Parameters"] == []
    assert world.enforcement.decisions == ()


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:eu-west-1:{ACCOUNT}:{resource}"


@pytest.mark.parametrize(
    ("service", "operation", "params", "action", "resource", "code"),
    [
        ("ssm", "put_parameter", {"Name": "/a/b", "Value": "x", "Type": "String"}, "ssm:PutParameter",
         arn("ssm", "parameter/a/b"), "AccessDeniedException"),
        ("sqs", "create_queue", {"QueueName": "q"}, "sqs:CreateQueue", arn("sqs", "q"), "AccessDenied"),
        ("sns", "create_topic", {"Name": "t"}, "sns:CreateTopic", arn("sns", "t"), "AuthorizationError"),
        ("logs", "create_log_group", {"logGroupName": "g"}, "logs:CreateLogGroup", arn("logs", "log-group:g:*"),
         "AccessDeniedException"),
        ("events", "put_rule", {"Name": "r", "ScheduleExpression": "rate(1 day)"}, "events:PutRule",
         arn("events", "rule/r"), "AccessDeniedException"),
        ("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16"}, "ec2:CreateVpc", arn("ec2", "vpc/*"),
         "UnauthorizedOperation"),
        ("secretsmanager", "create_secret", {"Name": "s", "SecretString": "x"}, "secretsmanager:CreateSecret",
         arn("secretsmanager", "secret:s-??????"), "AccessDeniedException"),
        ("lambda", "list_functions", {}, "lambda:ListFunctions", "*", "AccessDeniedException"),
        ("apigatewayv2", "create_api", {"Name": "a", "ProtocolType": "HTTP"}, "apigateway:POST",
         "arn:aws:apigateway:eu-west-1::/apis", "AccessDeniedException"),
        ("s3", "create_bucket", {"Bucket": "bundles", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}},
         "s3:CreateBucket", "arn:aws:s3:::bundles", "AccessDenied"),
        ("iam", "list_role_policies", {"RoleName": "worker"}, "iam:ListRolePolicies",
         f"arn:aws:iam::{ACCOUNT}:role/worker", "AccessDenied"),
        ("cloudwatch", "put_dashboard", {"DashboardName": "d", "DashboardBody": '{"widgets": []}'},
         "cloudwatch:PutDashboard", f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/d", "AccessDenied"),
        ("dynamodb", "list_tables", {}, "dynamodb:ListTables", "*", "AccessDeniedException"),
    ],
    ids=lambda value: value if isinstance(value, str) and ":" not in value else "",
)  # fmt: skip
def test_a_role_may_what_its_policy_says_and_nothing_else(
    world: Any, service: str, operation: str, params: dict[str, Any], action: str, resource: str, code: str
) -> None:
    none = world.may(service, {"Action": "kms:Sign", "Resource": "*"}, name="none")
    wrong = world.may(service, {"Action": action, "Resource": arn("sqs", "nothing")}, name="wrong")
    worker = world.may(service, {"Action": action, "Resource": resource})
    for client in (none, wrong):
        with pytest.raises(ClientError) as error:
            getattr(client, operation)(**params)
        assert refused(error)[0] == code
    getattr(worker, operation)(**params)
    assert [one.allowed for one in world.enforcement.decisions] == [False, False, True]
    assert {action} == {one.action for one in world.enforcement.decisions}


def test_a_refusal_speaks_as_aws_does(world: Any) -> None:
    client = world.may("ssm", {"Action": "ssm:GetParameter", "Resource": "*"})
    with pytest.raises(ClientError) as error:
        client.put_parameter(Name="/a", Value="x", Type="String")
    assert error.value.response["Error"]["Message"] == (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/worker/test is not authorized to perform: ssm:PutParameter on "
        f"resource: arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/a because no identity-based policy allows the "
        "ssm:PutParameter action"
    )
    assert refused(error) == ("AccessDeniedException", 400)


def test_an_explicit_denial_wins(world: Any) -> None:
    deny = {"Effect": "Deny", "Action": "ssm:Get*", "Resource": "*"}
    client = world.may("ssm", {"Action": "*", "Resource": "*"}, deny)
    client.put_parameter(Name="/a", Value="x", Type="String")
    with pytest.raises(ClientError, match="with an explicit deny in an identity-based policy"):
        client.get_parameter(Name="/a")


def test_a_boundary_must_allow_too(world: Any) -> None:
    boundary = world.policy("boundary", {"Action": "ssm:PutParameter", "Resource": "*"})
    client = world.may("ssm", {"Action": "ssm:*", "Resource": "*"}, PermissionsBoundary=boundary)
    client.put_parameter(Name="/a", Value="x", Type="String")
    with pytest.raises(ClientError, match="no permissions boundary allows the ssm:GetParameter action"):
        client.get_parameter(Name="/a")


def test_a_boundary_alone_grants_nothing(world: Any) -> None:
    boundary = world.policy("boundary", {"Action": "*", "Resource": "*"})
    client = world.may("ssm", {"Action": "kms:Sign", "Resource": "*"}, PermissionsBoundary=boundary)
    with pytest.raises(ClientError, match="no identity-based policy"):
        client.get_parameter(Name="/a")


def test_attached_policies_count(world: Any) -> None:
    role = world.role({"Action": "kms:Sign", "Resource": "*"})
    policy = world.policy("more", {"NotAction": "s3:*", "Resource": "*"})
    world.admin("iam").attach_role_policy(RoleName="worker", PolicyArn=policy)
    world.as_role("sqs", role).list_queues()


def test_an_operation_without_a_row_is_a_loud_error(world: Any) -> None:
    client = world.may("sqs", {"Action": "*", "Resource": "*"})
    with pytest.raises(ClientError, match="there is no row for sqs:ListMessageMoveTasks"):
        client.list_message_move_tasks(SourceArn=arn("sqs", "q"))
    (denial,) = world.enforcement.denials()
    assert (denial.role, denial.action, denial.allowed) == ("worker", "sqs:ListMessageMoveTasks", False)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"StringEquals": {"aws:MultiFactorAuthAge": "1"}}, "condition key aws:MultiFactorAuthAge"),
        ({"BinaryEquals": {"aws:ARN": "x"}}, "condition operator BinaryEquals"),
        ({"StringEquals": {"aws:ResourceTag/a": "1"}}, "asks for the tags of"),
    ],
    ids=["key", "operator", "tags of a service that are unread"],
)
def test_a_condition_that_cannot_be_judged_is_a_loud_error(world: Any, condition: dict[str, Any], said: str) -> None:
    client = world.may("ssm", {"Action": "ssm:*", "Resource": "*", "Condition": condition})
    with pytest.raises(ClientError, match=said):
        client.get_parameter(Name="/a")
    assert world.enforcement.denials()


def test_every_decision_is_kept(world: Any) -> None:
    client = world.may("ssm", {"Action": "ssm:*", "Resource": "*"})
    client.get_parameters_by_path(Path="/a/b/")
    client.get_parameters(Names=["/c", "/aws/service/x"])
    assert {(one.role, one.action, one.resource) for one in world.enforcement.decisions} == {
        ("worker", "ssm:GetParametersByPath", arn("ssm", "parameter/a/b")),
        ("worker", "ssm:GetParameters", arn("ssm", "parameter/c")),
        ("worker", "ssm:GetParameters", "arn:aws:ssm:eu-west-1::parameter/aws/service/x"),
    }


def test_everybody_may_ask_who_they_are(world: Any) -> None:
    client = world.may("sts", {"Action": "kms:Sign", "Resource": "*"})
    assert client.get_caller_identity()["Arn"].endswith("assumed-role/worker/test")


def test_objects_are_below_their_bucket(world: Any) -> None:
    s3 = world.admin("s3")
    s3.create_bucket(Bucket="bundles", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    client = world.may("s3", {"Action": ["s3:PutObject", "s3:GetObject"], "Resource": "arn:aws:s3:::bundles/a/*"})
    client.put_object(Bucket="bundles", Key="a/1.zip", Body=b"x")
    client.head_object(Bucket="bundles", Key="a/1.zip")
    for forbidden in (
        lambda: client.put_object(Bucket="bundles", Key="b/1.zip", Body=b"x"),
        lambda: client.list_objects_v2(Bucket="bundles"),
    ):
        with pytest.raises(ClientError) as error:
            forbidden()
        assert refused(error) == ("AccessDenied", 403)
