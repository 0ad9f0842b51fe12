"""The whole: it starts, is controlled from outside, and leaves nothing behind."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded.aws.server import EmbeddedAws

Make = Callable[..., Any]


def test_the_clock_can_be_read_and_moved_over_http(control: Make) -> None:
    _, before = control("GET", "/clock")
    status, after = control("POST", "/clock", advanceSeconds=3600)
    gone = datetime.fromisoformat(after["now"]) - datetime.fromisoformat(before["now"])
    assert status == 200
    assert timedelta(seconds=3600) <= gone < timedelta(seconds=3660)


def test_moto_s_timestamps_follow_the_clock(aws: EmbeddedAws, name: str) -> None:
    aws.advance(10 * 86400)
    role = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]
    assert abs(role["CreateDate"] - aws.clock.now()) < timedelta(minutes=1)


def test_settle_answers_over_http(control: Make) -> None:
    assert control("POST", "/settle") == (200, {})


def test_settle_gives_up_and_says_what_it_waits_for(aws: EmbeddedAws, control: Make) -> None:
    with aws.work.running():
        status, answer = control("POST", "/settle", timeout=0.01)
    assert status == 504
    assert "1 tasks in flight" in answer["error"]


@pytest.mark.parametrize(
    ("method", "path", "fields", "status", "words"),
    [
        pytest.param("GET", "/nothing", {}, 404, "no GET /_embedded/nothing", id="unknown path"),
        pytest.param("DELETE", "/clock", {}, 404, "POST /_embedded/clock", id="unknown method"),
        pytest.param("POST", "/clock", {"seconds": 1}, 400, "advanceSeconds", id="unknown field"),
        pytest.param("POST", "/clock", {"advanceSeconds": -1}, 400, "greater than or equal to 0", id="a step back"),
        pytest.param("POST", "/clock", {"advanceSeconds": 1e12}, 400, "less than or equal to 31622400", id="too far"),
        pytest.param("POST", "/clock", {"advanceSeconds": "1"}, 400, "valid number", id="quotes"),
        pytest.param("POST", "/builds/phases", {"seconds": "abc"}, 400, "seconds: ", id="a word for seconds"),
        pytest.param("POST", "/builds/fail", {"pipeline": 7}, 400, "pipeline: ", id="a number for a glob"),
        pytest.param("POST", "/settle", {"timeout": None}, 400, "timeout: ", id="nothing for a number"),
        pytest.param("POST", "/cloudformation/nobody", {}, 404, "nobody", id="unknown token"),
        pytest.param("POST", "/builds/fail", {"pipeline": "*", "phase": "SLEEPING"}, 400, "phase", id="unknown phase"),
        pytest.param(
            "POST", "/capacity", {"market": "free", "instanceType": "*"}, 400, "market: ", id="unknown market"
        ),
        pytest.param("POST", "/interruptions", {"instanceId": "i-0"}, 400, "a spot instance", id="unknown instance"),
    ],
)
def test_what_the_control_surface_does_not_know_is_a_clear_error(
    method: str, path: str, fields: dict[str, Any], status: int, words: str, control: Make
) -> None:
    code, answer = control(method, path, **fields)
    assert code == status
    assert words in answer["error"]


def test_the_audit_shows_every_decision(control: Make, deploy: Make, invoke: Make) -> None:
    made = deploy("import boto3\ndef handler(e, c): boto3.client('ssm').get_parameter(Name='/x')")
    invoke(made.name)
    _, audit = control("GET", "/audit")
    denied = [one["action"] for one in audit["denials"] if one["role"] == made.name]
    assert denied == ["ssm:GetParameter"]
    assert {one["allowed"] for one in audit["decisions"] if one["role"] == made.name} == {True, False}


def test_an_operation_that_moto_lacks_is_a_clear_error_and_not_retried(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match=r"the embedded AWS has no dynamodb\.ListContributorInsights") as caught:
        aws.client("dynamodb").list_contributor_insights()
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 0


def test_a_path_that_moto_lacks_is_a_clear_error(aws: EmbeddedAws, deploy: Make) -> None:
    made = deploy()
    with pytest.raises(ClientError, match="the embedded AWS has no"):
        aws.client("lambda").get_runtime_management_config(FunctionName=made.name)


def test_a_service_that_moto_lacks_is_a_clear_error(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match="the embedded AWS has no"):
        aws.client("chime").list_accounts()


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("scheduler", "list_schedules"),
        ("kms", "list_keys"),
        ("apigateway", "get_rest_apis"),
        ("stepfunctions", "list_activities"),
    ],
    ids=str,
)
def test_a_service_that_only_moto_knows_is_refused_to_the_administrator_too(
    service: str, operation: str, aws: EmbeddedAws
) -> None:
    with pytest.raises(ClientError, match="the embedded AWS has no") as refused:
        getattr(aws.client(service), operation)()
    assert refused.value.response["Error"]["Code"] == "NotImplemented"


def test_a_bucket_policy_s_condition_that_cannot_be_judged_is_an_error(aws: EmbeddedAws, name: str) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{name}/*"}
    for key, refused in (("aws:SecureTransport", False), ("aws:PrincipalTag/team", True)):
        statement = {**deny, "Condition": {"StringEquals": {key: "false"}}}
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        with pytest.raises(ClientError, match=f"key {key} is not known") if refused else nullcontext():
            s3.put_object(Bucket=name, Key="a", Body=b"")


def test_only_the_loopback_is_served(aws: EmbeddedAws) -> None:
    assert aws.url.startswith("http://127.0.0.1:")
    assert aws._server.socket.getsockname()[0] == "127.0.0.1"


def test_a_second_one_in_the_same_process_is_refused(aws: EmbeddedAws) -> None:
    with pytest.raises(RuntimeError, match="stop it first"), EmbeddedAws():
        pass
    assert aws.client("sts").get_caller_identity()["Account"] == "123456789012"
