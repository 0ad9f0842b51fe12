"""Each embedded AWS starts clean and leaves the process as it was."""

import json
import socket
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.core.responses import BaseResponse
from moto.events.models import Rule
from moto.sqs.models import Queue

from embedded.aws.server import EmbeddedAws
from embedded.functions.sandbox import Function

PATCHED = [
    (BaseResponse, "call_action"),
    (LambdaFunction, "_invoke_lambda"),
    (LambdaBackend, "invoke"),
    (Rule, "send_to_targets"),
    (Queue, "add_message"),
]


def test_two_one_after_the_other_share_nothing() -> None:
    for _ in range(2):
        with EmbeddedAws() as aws:
            assert aws.client("sqs").list_queues().get("QueueUrls") is None
            assert aws.client("iam").list_roles()["Roles"] == []
            aws.client("sqs").create_queue(QueueName="left-over")
            aws.client("iam").create_role(RoleName="left-over", AssumeRolePolicyDocument="{}")


def test_stopping_restores_moto() -> None:
    before = [getattr(owner, name) for owner, name in PATCHED]
    with EmbeddedAws():
        assert all(getattr(owner, name) is not was for (owner, name), was in zip(PATCHED, before, strict=True))
    assert [getattr(owner, name) for owner, name in PATCHED] == before


def test_stopping_leaves_no_thread_behind() -> None:
    before = set(threading.enumerate())
    with EmbeddedAws() as aws:
        aws.client("sqs").create_queue(QueueName="q")
    left = [thread for thread in set(threading.enumerate()) - before if not thread.daemon]
    assert left == []


def test_account_region_and_first_moment_can_be_chosen() -> None:
    with EmbeddedAws(account="210987654321", region="us-east-2", start=datetime(2030, 1, 1, tzinfo=UTC)) as aws:
        assert aws.client("sts").get_caller_identity()["Account"] == "210987654321"
        url = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
        names = ["QueueArn"]
        attributes = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        assert attributes["QueueArn"] == "arn:aws:sqs:us-east-2:210987654321:q"
        assert aws.clock.now().year == 2030


def test_a_start_that_fails_leaves_the_way_free_for_the_next() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"), EmbeddedAws(port=taken.getsockname()[1]):
            pass
    with EmbeddedAws() as aws:
        assert aws.client("sqs").list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_function_that_starts_while_all_stops_leaves_no_folder_behind(zip_of: Callable[[str], bytes]) -> None:
    with EmbeddedAws() as aws:
        trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]}
        role = aws.client("iam").create_role(RoleName="late", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
        function = Function(
            arn="arn", name="late", region=aws.region, runtime="python3.13", handler="app.handler",
            role_arn=role["Arn"], timeout_seconds=10, memory_mb=128, environment=(), code_sha256="",
            code=zip_of("def handler(event, context): return event"), log_group="/late", log_level="INFO",
        )  # fmt: skip
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(aws.host.invoke, function, b"{}", reserved=None, request_id="1")
            while not aws.host.records:
                assert not answer.done()
            aws.host.close()
            with pytest.raises(RuntimeError, match="the embedded AWS has stopped"):
                answer.result()
    assert list(Path(tempfile.gettempdir()).glob("sandbox-late-*")) == []
