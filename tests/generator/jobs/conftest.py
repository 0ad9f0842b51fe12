"""An account whose table and parameters are as the functions leave them, and rows of jobs."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from embedded.aws.server import EmbeddedAws
from generator.reporting import place
from generator.reporting.place import Place
from lambdas import launch, webhook
from lambdas.adapters import preset_rows
from lambdas.adapters.budget import Budgets
from lambdas.adapters.github import Api
from lambdas.adapters.github_apps import Apps
from lambdas.adapters.items import encode
from lambdas.adapters.job_queue import JobQueue
from lambdas.adapters.runners import Registry
from lambdas.adapters.secrets import Kept, Secret
from lambdas.adapters.table import Table
from lambdas.core.admission import Repositories
from lambdas.core.changes import Change
from lambdas.core.preset import InstanceSize
from lambdas.core.projection import projection
from lambdas.core.state import Snapshot
from lambdas.launching.launcher import Launcher, Presets
from tests import tables
from tests.lambdas.account import SITE
from tests.lambdas.deliveries import SECRET, a_payload, a_request
from tests.lambdas.makers import NOON, a_config, a_preset, a_state

TABLE = "spot-runner-foundation-Table-1"
JOB_ID = 48615

HELLO = "octo-org/hello"
PARAMETER = "arn:aws:ssm:eu-west-1:123456789012:parameter/spot-runner"
FIND_TABLE = {"Action": "ssm:GetParameters", "Resource": f"{PARAMETER}/stack/table-name"}
READ_PRESETS = {"Action": "ssm:GetParametersByPath", "Resource": [f"{PARAMETER}/configs", f"{PARAMETER}/configs/*"]}

Keep = Callable[[dict[str, Any]], dict[str, Any]]
Put = Callable[..., dict[str, Any]]
Deliver = Callable[..., dict[str, Any]]


def a_row(**changes: object) -> dict[str, Any]:
    """Return the row of a job that asked for a preset that is not deployed, as `webhook` writes it."""
    row: dict[str, object] = {
        "PK": f"JOB#{JOB_ID}",
        "SK": "JOB",
        "jobId": JOB_ID,
        "runId": 77,
        "runAttempt": 2,
        "repository": HELLO,
        "labels": ["self-hosted", "spotrunner/linux-x46"],
        "preset": "linux-x46",
        "status": "refused",
        "refusal": "unknown preset",
        "reason": "no preset linux-x46 is deployed",
        "queuedAt": "2026-11-23T12:00:00Z",
        "refusedAt": "2026-11-23T12:00:02Z",
        "updatedAt": "2026-11-23T12:00:02Z",
        "ttl": 1798113602,
    }
    return row | changes


@pytest.fixture(scope="module")
def deployed(embedded: EmbeddedAws) -> EmbeddedAws:
    """Make a table, and deploy linux-x64 and linux-arm64 as the table and SSM show it."""
    dynamodb = embedded.client("dynamodb")
    tables.make(dynamodb, TABLE)
    ssm = embedded.client("ssm")
    ssm.put_parameter(Name="/spot-runner/stack/table-name", Value=TABLE, Type="String")
    sizes = (InstanceSize(name="m7i.large", vcpu=2, memory_mib=8192),)
    for preset in (
        a_preset(labels=("docker",), sizes=sizes),
        a_preset(name="linux-arm64", architecture="arm64", instance_types=("m7g.large",)),
    ):
        config, state = a_config(preset=preset), a_state(preset_name=preset.name, root_device_name="/dev/sda1")
        preset_rows.write(
            Table(client=dynamodb, name=TABLE), preset.name, Snapshot(), Change(config=config, latest=state)
        )
        value = projection(config, state)
        ssm.put_parameter(Name=f"/spot-runner/configs/{preset.name}", Value=value, Type="String")
    return embedded


def an_open_job(job_id: int = JOB_ID, **changes: object) -> dict[str, Any]:
    """Return the row of an admitted job, queued at noon, as `launch` writes it."""
    row = {
        "PK": f"JOB#{job_id}",
        "SK": "JOB",
        "kind": "JOB#open",
        "jobId": job_id,
        "runId": 77,
        "runAttempt": 1,
        "repository": HELLO,
        "labels": ["self-hosted", "spotrunner/linux-x64"],
        "preset": "linux-x64",
        "status": "queued",
        "receivedAt": "2026-11-23T12:00:00Z",
        "updatedAt": "2026-11-23T12:00:00Z",
    }
    return row | changes


def rows_like(*keys: str, actions: tuple[str, ...] = ("GetItem",)) -> dict[str, object]:
    """Return the right to such rows of the table, and to such kinds of its index."""
    table = f"arn:aws:dynamodb:eu-west-1:123456789012:table/{TABLE}"
    return {
        "Action": [f"dynamodb:{action}" for action in actions],
        "Resource": [table, f"{table}/index/byKind"],
        "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(keys)}},
    }


@pytest.fixture
def keep(deployed: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keep]:
    """Return a way to put rows into the table that the commands read, which go when the test ends."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", deployed.url)
    dynamodb, keys = deployed.client("dynamodb"), []

    def put_in(row: dict[str, Any]) -> dict[str, Any]:
        dynamodb.put_item(TableName=TABLE, Item=encode(row))
        keys.append({key: row[key] for key in ("PK", "SK")})
        return row

    yield put_in
    for key in keys:
        dynamodb.delete_item(TableName=TABLE, Key=encode(key))


@pytest.fixture
def put(keep: Keep) -> Put:
    """Return a maker of the rows of jobs that were refused."""
    return lambda **changes: keep(a_row(**changes))


@pytest.fixture
def here(keep: Keep, root: Path) -> Place:  # noqa: ARG001 - keep says where the account is
    """Return where the commands work."""
    return place.find(root, None)


@pytest.fixture
def paused(keep: Keep) -> None:
    """Pause the deployment, which has machines."""
    keep(
        {"PK": "CAPACITY", "SK": "DEPLOYMENT", "total": 3, "pausedAt": "2026-11-23T11:00:00Z", "pausedReason": "a move"}
    )


@pytest.fixture(scope="module")
def desk(deployed: EmbeddedAws) -> webhook.Desk:
    """Return the webhook's desk in that account."""
    secrets, sqs = deployed.client("secretsmanager"), deployed.client("sqs")
    return webhook.Desk(
        deployment="spot-runner",
        table=Table(client=deployed.client("dynamodb"), name=TABLE),
        queue=JobQueue(client=sqs, url=sqs.create_queue(QueueName="spot-runner-jobs")["QueueUrl"]),
        secret=Secret(client=secrets, arn=secrets.create_secret(Name="webhook", SecretString=SECRET)["ARN"]),
        kept=Kept(),
        repositories=Repositories(owner="octo-org"),
        now=NOON,
    )


@pytest.fixture
def deliver(desk: webhook.Desk, monkeypatch: pytest.MonkeyPatch, deployed: EmbeddedAws) -> Iterator[Deliver]:
    """Return a way to deliver a job, `JOB_ID`, to the webhook itself, whose row goes when the test ends."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", deployed.url)

    def send(*, private: bool = True, **changes: Any) -> dict[str, Any]:
        payload = a_payload(id=JOB_ID, **changes)
        payload["repository"]["private"] = private
        return webhook.run(desk, a_request(payload))

    yield send
    key = encode({"PK": f"JOB#{JOB_ID}", "SK": "JOB"})
    deployed.client("dynamodb").delete_item(TableName=TABLE, Key=key)


def launcher(desk: webhook.Desk, deployed: EmbeddedAws) -> Launcher:
    """Return what launch acts on in that account, into which nobody has put the App's private key yet."""
    key = Secret(client=deployed.client("secretsmanager"), arn="spot-runner/AppKey")
    return Launcher(
        site=SITE,
        table=desk.table,
        queue=desk.queue,
        ssm=deployed.client("ssm"),
        ec2=deployed.client("ec2"),
        budgets=Budgets(table=desk.table, apps=("1",)),
        registry=Registry(apps=Apps(api=Api(url="https://github.test/api/v3"), owner="octo-org", secret=key)),
        presets=Presets(),
        subnets=(),
        max_runners=200,
        new_id=lambda: "launch-1",
        now=NOON,
    )


@pytest.fixture
def take(desk: webhook.Desk, deployed: EmbeddedAws) -> Callable[[], None]:
    """Return a way to let launch take what the webhook has told its queue."""

    def receive() -> None:
        sqs = deployed.client("sqs")
        messages = sqs.receive_message(QueueUrl=desk.queue.url, MaxNumberOfMessages=10)["Messages"]
        about = {"attributes": {"ApproximateReceiveCount": "1"}}
        records = [
            {"messageId": one["MessageId"], "body": one["Body"], "receiptHandle": one["ReceiptHandle"], **about}
            for one in messages
        ]
        done = launch.run(launcher(desk, deployed), {"Records": records})
        assert done == {"batchItemFailures": []}
        for one in messages:
            sqs.delete_message(QueueUrl=desk.queue.url, ReceiptHandle=one["ReceiptHandle"])

    return receive
