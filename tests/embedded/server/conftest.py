"""A running embedded AWS, and makers of functions, queues and rules in it."""

import io
import json
import urllib.error
import urllib.request
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.client import BaseClient

from embedded.aws.server import EmbeddedAws

ECHO = "def handler(event, context): return event"


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as running:
        yield running


@pytest.fixture
def name() -> str:
    return f"t-{uuid.uuid4().hex[:12]}"


def a_zip(source: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", source)
    return buffer.getvalue()


@pytest.fixture
def zip_of() -> Callable[[str], bytes]:
    """Return a maker of zips with one module, `app.py`."""
    return a_zip


@dataclass(frozen=True, kw_only=True)
class Made:
    """A function under test."""

    name: str
    arn: str
    role: str


@pytest.fixture
def deploy(aws: EmbeddedAws, name: str) -> Callable[..., Made]:
    """Return a maker of functions: `app.py` is the source; the role may write logs and do `actions`."""

    def make(source: str = ECHO, actions: tuple[str, ...] = (), suffix: str = "", **config: object) -> Made:
        own = f"{name}{suffix}"
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        logs = ["logs:CreateLogStream", "logs:PutLogEvents"]
        allow = {"Effect": "Allow", "Action": [*logs, *actions], "Resource": "*"}
        iam = aws.client("iam")
        role = iam.create_role(
            RoleName=own, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )["Role"]
        iam.put_role_policy(
            RoleName=own, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        )
        aws.client("logs").create_log_group(logGroupName=f"/aws/lambda/{own}")
        made = aws.client("lambda").create_function(
            **{
                "FunctionName": own,
                "Runtime": "python3.13",
                "Role": role["Arn"],
                "Handler": "app.handler",
                "Code": {"ZipFile": a_zip(source)},
                "Timeout": 10,
                "LoggingConfig": {"LogFormat": "JSON"},
                **config,
            }
        )
        return Made(name=own, arn=made["FunctionArn"], role=role["Arn"])

    return make


@pytest.fixture
def invoke(aws: EmbeddedAws) -> Callable[..., Any]:
    """Return a synchronous caller: (function name, event) → what the function returned, its error included."""

    def call(function: str, event: object = None) -> object:
        answer = aws.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event or {}))
        return json.loads(answer["Payload"].read())

    return call


@pytest.fixture
def queue(aws: EmbeddedAws, name: str) -> Callable[..., Any]:
    """Return a maker of queues; a statement in `allow` permits EventBridge to send (for that source ARN)."""

    def make(suffix: str = "", allow: str | None = None, **attributes: str) -> SimpleNamespace:
        sqs = aws.client("sqs")
        url = sqs.create_queue(QueueName=f"{name}{suffix}", Attributes=attributes)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        made = SimpleNamespace(url=url, arn=arn)
        if allow:
            statement = {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": allow}},
            }
            sqs.set_queue_attributes(
                QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}
            )
        made.messages = lambda: received(sqs, url)
        return made

    return make


@pytest.fixture
def table(aws: EmbeddedAws, name: str) -> str:
    """A table whose key is `id`."""
    aws.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    return name


def received(sqs: BaseClient, url: str) -> list[Any]:
    """Take all visible messages, with their attributes."""
    found: list[Any] = []
    while more := sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=300
    ).get("Messages"):
        found += more
    return found


@pytest.fixture
def control(aws: EmbeddedAws) -> Callable[..., Any]:
    """Return a caller of the control surface: (method, path, fields) → (status, answer)."""

    def call(method: str, path: str, **fields: object) -> tuple[int, Any]:
        body = json.dumps(fields).encode() if method != "GET" else None
        return fetch(f"{aws.url}/_embedded{path}", method=method, data=body)[::2]

    return call


def fetch(url: str, *, method: str, data: bytes | None) -> tuple[int, Any, Any]:
    """Return status, headers and JSON body of one HTTP request."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method, data=data)) as answer:  # noqa: S310 - our own server
            return answer.status, answer.headers, json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, json.loads(error.read())
