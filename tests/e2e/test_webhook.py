"""The webhook as GitHub meets it: the real stacks on the embedded AWS, and deliveries to the URL that they say."""

import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from embedded.aws.server import EmbeddedAws
from generator import bundle
from generator.deployment import deploy as deploying
from generator.deployment import stack_client
from generator.deployment.aws import Aws, connect
from generator.deployment.wanted import wanted_stacks
from generator.inputs.project import load_project
from generator.inputs.settings import Settings
from generator.setup.bootstrap import bootstrap, prepare
from generator.setup.trust import NotRead
from tests import team

OWNER = "octo-org"
CONSUMING = ("sqs:DeleteMessage", "sqs:ReceiveMessage")
TRUST = {"SubjectPrefix": "repo:octo-org/runners", "RepositoryId": "1", "CreatesOidcProvider": "true"}
PING = json.dumps({"zen": "Keep it logically awesome.", "hook_id": 1}).encode()


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """The foundation and the control plane of a team, deployed; `url` is where the stack says that deliveries go."""

    aws: EmbeddedAws
    url: str
    table: str
    secret_arn: str

    def secret(self) -> str:
        """Return the secret that an administrator copies into the GitHub App."""
        return str(self.aws.client("secretsmanager").get_secret_value(SecretId=self.secret_arn)["SecretString"])

    def deliver(self, body: bytes, event: str = "ping", **more: str) -> tuple[int, Any]:
        """Deliver as GitHub does, signed by the secret; return the status and the JSON that came back.

        https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers
        """
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/044aadd",
            "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
            "X-GitHub-Event": event,
            "X-GitHub-Hook-Installation-Target-ID": "1",
            "X-Hub-Signature-256": signature(body, self.secret()),
            **more,
        }
        return posted(self.url, body, headers)

    def count(self, action: str) -> int:
        """Return how often functions have asked for something; this test's own client is the administrator's."""
        self.aws.settle()
        return sum(one.action == action for one in self.aws.enforcement.decisions)

    def row(self, job_id: int) -> dict[str, Any]:
        """Return a job's row of the table, without types; empty if there is none."""
        key = {"PK": {"S": f"JOB#{job_id}"}, "SK": {"S": "JOB"}}
        found = self.aws.client("dynamodb").get_item(TableName=self.table, Key=key).get("Item", {})
        return {name: next(iter(value.values())) for name, value in found.items()}


def signature(body: bytes, secret: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def posted(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
    request = urllib.request.Request(url, method="POST", data=body, headers=headers)  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def a_job(job_id: int, action: str, preset: str = "linux-x64", **repository: object) -> bytes:
    """Make an event of one job that asks for a preset; `repository` are fields of its repository."""
    job = {
        "id": job_id,
        "run_id": 7,
        "run_attempt": 1,
        "status": action,
        "labels": ["self-hosted", f"spotrunner/{preset}"],
        "created_at": "2026-11-23T08:00:00Z",
        "started_at": "2026-11-23T08:00:00Z",
    }
    whose = {"id": 1, "full_name": f"{OWNER}/runners", "private": True, "owner": {"login": OWNER}, **repository}
    return json.dumps({"action": action, "workflow_job": job, "repository": whose}).encode()


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    root = team.put(tmp_path_factory.mktemp("team"))
    with (root / "spot-runner.yaml").open("a") as said:
        said.write(f"repositories: {{deny: [{OWNER}/denied]}}\n")
    project = load_project(root)
    settings = project.settings
    with EmbeddedAws(region=settings.region, account=settings.account) as running:
        aws = connect(settings.region, make_client=running.client)
        assert bootstrap(prepare(settings, team.templates()["bootstrap.json"], TRUST, aws, NotRead(why="a test"))).ok
        outputs = deployed(aws, settings, project.root, tmp_path_factory.mktemp("bundles"))
        handed_on = [f"/{settings.name}/stack/{key}" for key in ("table-name", "webhook-secret-arn")]
        found = running.client("ssm").get_parameters(Names=handed_on)["Parameters"]
        table, secret = (next(one["Value"] for one in found if one["Name"] == name) for name in handed_on)
        yield Deployment(aws=running, url=outputs["WebhookUrl"], table=table, secret_arn=secret)
        assert running.enforcement.denials() == ()


def deployed(aws: Aws, settings: Settings, root: Path, folder: Path) -> dict[str, str]:
    """Deploy everything but the presets, and return the outputs of the control plane."""
    stacks = replace(wanted_stacks(load_project(root), settings), presets=())
    bundles = {made.key: made.path.read_bytes for made in bundle.building(bundle.ROOT, "host", folder)}
    report = deploying.deploy(deploying.prepare(settings, aws), stacks, bundles)
    assert report.ok, report
    plane = stack_client.read(aws, stacks.control_plane.name)
    assert plane is not None
    return dict(plane.outputs)


def test_a_ping_is_answered(deployment: Deployment) -> None:
    assert deployment.deliver(PING) == (200, {"ignored": "ping"})


@pytest.mark.parametrize(
    ("body", "secret"), [(PING, "not the secret"), (PING + b" ", None)], ids=["by another secret", "of another body"]
)
def test_a_signature_is_refused(body: bytes, secret: str | None, deployment: Deployment) -> None:
    wrong = signature(PING, secret or deployment.secret())
    status, answer = deployment.deliver(body, **{"X-Hub-Signature-256": wrong})
    assert (status, set(answer)) == (401, {"error"})


def test_a_job_that_nobody_can_serve_leaves_a_row_that_says_so(deployment: Deployment) -> None:
    status, answer = deployment.deliver(a_job(11, "queued", preset="gone"), "workflow_job")
    assert (status, set(answer)) == (200, {"refused"})
    row = deployment.row(11)
    assert (row["status"], row["refusal"], row["reason"]) == ("refused", "unknown preset", answer["refused"])


@pytest.mark.parametrize(
    ("repository", "kind"),
    [
        ({"full_name": f"{OWNER}/denied"}, "repository not admitted"),
        ({"full_name": "stranger/runners"}, "repository not admitted"),
        ({"private": False}, "public repository"),
    ],
    ids=["denied", "a stranger's", "public"],
)
def test_the_settings_decide_whose_jobs_are_admitted(
    deployment: Deployment, repository: dict[str, object], kind: str
) -> None:
    status, answer = deployment.deliver(a_job(14, "queued", **repository), "workflow_job")
    assert (status, set(answer)) == (200, {"refused"})
    assert deployment.row(14)["refusal"] == kind


def test_the_secret_is_not_read_for_every_delivery(deployment: Deployment) -> None:
    deployment.deliver(PING)
    before = deployment.count("secretsmanager:GetSecretValue")
    assert [deployment.deliver(PING)[0] for _ in range(3)] == [200, 200, 200]
    assert deployment.count("secretsmanager:GetSecretValue") == before


def test_what_becomes_of_a_job_is_recorded(deployment: Deployment) -> None:
    for action in ("in_progress", "completed"):
        assert deployment.deliver(a_job(12, action), "workflow_job") == (202, {"queued": 12})
        deployment.aws.settle()
        row = deployment.row(12)
        assert (row["status"], row["preset"], row.get("kind")) == (
            action,
            "linux-x64",
            "JOB#open" if action == "in_progress" else None,
        )


def test_webhook_and_launch_ask_for_no_right_that_they_lack(
    deployment: Deployment,
) -> None:
    deployment.deliver(a_job(13, "queued", preset="gone"), "workflow_job")
    deployment.deliver(a_job(13, "completed"), "workflow_job")
    deployment.aws.settle()
    used = {one.action for one in deployment.aws.enforcement.decisions if "WebhookRole" in one.role}
    needed = {"dynamodb:GetItem", "dynamodb:PutItem", "secretsmanager:GetSecretValue", "sqs:SendMessage"}
    assert used - {"logs:CreateLogStream", "logs:PutLogEvents"} == needed
    assert deployment.aws.enforcement.denials() == ()


def test_a_flood_of_deliveries_is_not_held_back_as_one_of_the_status_is(deployment: Deployment) -> None:
    gateway = deployment.aws.client("apigatewayv2")
    (api,) = gateway.get_apis()["Items"]
    stage = gateway.get_stage(ApiId=api["ApiId"], StageName="$default")
    everybody, github = stage["DefaultRouteSettings"], stage["RouteSettings"]["POST /webhook"]
    assert github["ThrottlingBurstLimit"] >= 50 * everybody["ThrottlingBurstLimit"]
    assert github["ThrottlingRateLimit"] >= 50 * everybody["ThrottlingRateLimit"]


def test_a_rotated_secret_counts_at_once_and_the_one_before_for_a_day(deployment: Deployment) -> None:
    before = {"X-Hub-Signature-256": signature(PING, deployment.secret())}
    deployment.aws.client("secretsmanager").put_secret_value(SecretId=deployment.secret_arn, SecretString="another")
    deployment.aws.advance(120)  # what a container keeps is older by now
    assert deployment.deliver(PING)[0] == 200
    assert deployment.deliver(PING, **before)[0] == 200
    deployment.aws.advance(86_400)
    assert deployment.deliver(PING)[0] == 200
    assert deployment.deliver(PING, **before)[0] == 401
