"""Functions run from their zips, as themselves, and alone."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded.aws.server import EmbeddedAws

Make = Callable[..., Any]

PROBE = """
import importlib.util, os, time
count = 0
def handler(event, context):
    global count
    count += 1
    return {
        "count": count,
        "pid": os.getpid(),
        "now": time.time(),
        "moto": importlib.util.find_spec("moto") is not None,
        "generator": importlib.util.find_spec("generator") is not None,
        "boto3": importlib.util.find_spec("boto3") is not None,
        "arn": context.invoked_function_arn,
        "left": context.get_remaining_time_in_millis(),
        "env": {key: os.environ.get(key) for key in event.get("env", [])},
    }
"""


def test_a_function_finds_boto3_but_nothing_else_of_this_machine(deploy: Make, invoke: Make) -> None:
    made = deploy(PROBE)
    probe = invoke(made.name)
    assert (probe["boto3"], probe["moto"], probe["generator"]) == (True, False, False)


def test_a_second_invocation_meets_the_warm_sandbox(deploy: Make, invoke: Make) -> None:
    made = deploy(PROBE)
    first, second = invoke(made.name), invoke(made.name)
    assert first["pid"] == second["pid"]
    assert [first["count"], second["count"]] == [1, 2]


def test_the_context_has_the_unqualified_arn_and_the_time_that_is_left(deploy: Make, invoke: Make) -> None:
    made = deploy(PROBE, Timeout=7)
    probe = invoke(made.name)
    assert probe["arn"] == made.arn
    assert 5000 < probe["left"] <= 7000


def test_a_function_has_its_own_environment_and_aws_s(deploy: Make, invoke: Make, aws: EmbeddedAws) -> None:
    made = deploy(PROBE, Environment={"Variables": {"TABLE": "jobs"}})
    keys = ["TABLE", "AWS_REGION", "AWS_LAMBDA_FUNCTION_NAME", "AWS_ENDPOINT_URL", "AWS_LAMBDA_LOG_FORMAT"]
    values = invoke(made.name, {"env": keys})["env"].values()
    assert list(values) == ["jobs", "eu-west-1", made.name, aws.url, "JSON"]


def test_a_function_lives_in_the_clock_s_time_even_after_it_was_warm(
    deploy: Make, invoke: Make, aws: EmbeddedAws
) -> None:
    made = deploy(PROBE)
    before = invoke(made.name)
    aws.advance(7 * 86400)
    after = invoke(made.name)
    assert after["now"] - before["now"] > 7 * 86400
    assert abs(after["now"] - aws.clock.timestamp()) < 60
    assert after["pid"] == before["pid"]


def test_a_function_calls_aws_as_its_role(deploy: Make, invoke: Make) -> None:
    made = deploy("import boto3\ndef handler(e, c): return boto3.client('sts').get_caller_identity()['Arn']")
    assert invoke(made.name).endswith(f":assumed-role/{made.name}/{made.name}")


def test_what_the_role_may_not_do_is_denied(deploy: Make, invoke: Make) -> None:
    made = deploy("import boto3\ndef handler(e, c): boto3.client('ssm').get_parameter(Name='/x')")
    assert "AccessDeniedException" in invoke(made.name)["errorMessage"]


def test_new_code_replaces_the_warm_sandbox(deploy: Make, invoke: Make, aws: EmbeddedAws, zip_of: Make) -> None:
    made = deploy("def handler(e, c): return 'old'")
    assert invoke(made.name) == "old"
    aws.client("lambda").update_function_code(FunctionName=made.name, ZipFile=zip_of("def handler(e, c): return 'new'"))
    assert invoke(made.name) == "new"


def test_a_new_configuration_replaces_the_warm_sandbox(deploy: Make, invoke: Make, aws: EmbeddedAws) -> None:
    made = deploy(PROBE, Environment={"Variables": {"A": "1"}})
    first = invoke(made.name)
    aws.client("lambda").update_function_configuration(FunctionName=made.name, Environment={"Variables": {"A": "2"}})
    second = invoke(made.name, {"env": ["A"]})
    assert second["env"] == {"A": "2"}
    assert first["pid"] != second["pid"]


def test_log_lines_go_to_the_function_s_log_group_with_its_own_permissions(
    deploy: Make, invoke: Make, aws: EmbeddedAws
) -> None:
    made = deploy("import logging\ndef handler(e, c): logging.getLogger().error('careful')")
    invoke(made.name)
    found = aws.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{made.name}")["events"]
    lines = [json.loads(event["message"]) for event in found]
    assert [(line.get("type"), line.get("message")) for line in lines] == [
        ("platform.start", None),
        (None, "careful"),
        ("platform.report", None),
    ]
    actions = {decision.action for decision in aws.enforcement.decisions if decision.role == made.name}
    assert {"logs:CreateLogStream", "logs:PutLogEvents"} <= actions


def test_an_exception_is_a_function_error_with_its_type(deploy: Make, aws: EmbeddedAws) -> None:
    made = deploy("def handler(e, c): raise KeyError('gone')")
    answer = aws.client("lambda").invoke(FunctionName=made.name)
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert json.loads(answer["Payload"].read())["errorType"] == "KeyError"


@pytest.mark.parametrize(
    ("source", "config", "error"),
    [
        pytest.param("def handler(e, c):\n while True: pass", {"Timeout": 1}, "Sandbox.Timedout", id="endless loop"),
        pytest.param("import os\ndef handler(e, c): os._exit(3)", {}, "Runtime.ExitError", id="exit"),
        pytest.param("import nothing_such", {}, "Runtime.ImportModuleError", id="missing module"),
        pytest.param("", {}, "Runtime.HandlerNotFound", id="missing handler"),
    ],
)
def test_a_function_that_cannot_answer_says_why(
    source: str, config: dict[str, Any], error: str, deploy: Make, invoke: Make
) -> None:
    made = deploy(source, **config)
    assert invoke(made.name)["errorType"] == error


def test_a_cut_off_function_has_its_last_words_in_the_log(deploy: Make, invoke: Make, aws: EmbeddedAws) -> None:
    made = deploy("def handler(e, c):\n print('on my way')\n while True: pass", Timeout=1)
    invoke(made.name)
    lines = aws.host.records[-1].log_lines
    assert "on my way" in lines
    assert any("Task timed out after 1.00 seconds" in line for line in lines)


def test_no_reserved_concurrency_means_no_invocation(deploy: Make, aws: EmbeddedAws) -> None:
    made = deploy()
    aws.client("lambda").put_function_concurrency(FunctionName=made.name, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        aws.client("lambda").invoke(FunctionName=made.name)


def test_a_burst_runs_in_three_sandboxes_at_most(deploy: Make, aws: EmbeddedAws) -> None:
    made = deploy(PROBE)
    for _ in range(12):
        aws.client("lambda").invoke(FunctionName=made.name, InvocationType="Event")
    aws.settle()
    records = [record for record in aws.host.records if record.function == made.name]
    assert len(records) == 12
    assert sum(record.cold for record in records) <= 3


@pytest.mark.parametrize("how", [{"LogType": "Tail"}, {"InvocationType": "DryRun"}], ids=str)
def test_an_invocation_that_cannot_be_played_is_refused(how: dict[str, str], deploy: Make, aws: EmbeddedAws) -> None:
    made = deploy()
    with pytest.raises(ClientError, match="does not play"):
        aws.client("lambda").invoke(FunctionName=made.name, **how)


def test_a_payload_that_is_not_json_is_refused(deploy: Make, aws: EmbeddedAws) -> None:
    made = deploy()
    with pytest.raises(ClientError, match="InvalidRequestContentException"):
        aws.client("lambda").invoke(FunctionName=made.name, Payload=b"{")


@pytest.mark.parametrize(
    "config",
    [
        pytest.param({"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:eu-west-1:123456789012:q"}}, id="dead letters"),
        pytest.param({"Runtime": "nodejs22.x"}, id="another language"),
        pytest.param({"LoggingConfig": {"LogFormat": "Text"}}, id="plain logs"),
        pytest.param({"Publish": True}, id="versions"),
        pytest.param({"Layers": ["arn:aws:lambda:eu-west-1:123456789012:layer:x:1"]}, id="layers"),
    ],
)
def test_a_function_that_cannot_be_played_is_refused(config: dict[str, Any], deploy: Make) -> None:
    with pytest.raises(ClientError, match="does not play"):
        deploy(**config)


@pytest.mark.parametrize(
    ("operation", "fields"),
    [
        ("publish_version", {}),
        ("update_function_code", {"Publish": True, "ZipFile": b"x"}),
        ("update_function_configuration", {"Layers": ["arn:aws:lambda:eu-west-1:123456789012:layer:x:1"]}),
        ("update_function_configuration", {"Runtime": "nodejs22.x"}),
        ("invoke", {"Qualifier": "7"}),
        ("create_alias", {"Name": "live", "FunctionVersion": "$LATEST"}),
    ],
    ids=str,
)
def test_versions_layers_and_other_runtimes_are_refused_later_too(
    operation: str, fields: dict[str, Any], deploy: Make, aws: EmbeddedAws
) -> None:
    made = deploy()
    with pytest.raises(ClientError, match="does not play"):
        getattr(aws.client("lambda"), operation)(FunctionName=made.name, **fields)


def test_a_role_that_lambda_may_not_assume_is_refused(deploy: Make) -> None:
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        deploy(Role="arn:aws:iam::123456789012:role/nobody")
