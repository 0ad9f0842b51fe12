"""POST /webhook, with a real table, queue and secret of moto: what GitHub is answered, and what is left behind."""

import json
import logging
from datetime import timedelta
from typing import Any

import pytest

from lambdas.webhook import Desk
from tests.lambdas.account import Account, client
from tests.lambdas.deliveries import a_payload, a_request, signature
from tests.lambdas.interruptions import before, refusal
from tests.lambdas.makers import preset_json
from tests.lambdas.webhook_desk import answered, queued

NO_CPU = (
    "it was refused: 'spotrunner/x/cpu=0': option 'cpu=0', "
    "expected cpu=<n> or ram=<n> after a slash, each once, in vCPU and GiB"
)


def test_a_queued_job_becomes_a_message_with_all_that_a_launch_needs(webhook: Desk) -> None:
    labels = ["self-hosted", "X64", "spotrunner/linux-x64/cpu=2,ram=8"]
    assert answered(webhook, a_request(a_payload(labels=labels))) == (202, {"queued": 101})
    assert queued(webhook) == [
        {
            "v": 1,
            "action": "queued",
            "jobId": 101,
            "runId": 11,
            "runAttempt": 1,
            "repository": "octo-org/app",
            "isPublic": False,
            "installationId": 77,
            "appId": "1",
            "labels": labels,
            "preset": "linux-x64",
            "cpu": 2,
            "ram": 8,
            "conclusion": None,
            "runnerId": None,
            "runnerName": None,
            "queuedAt": "2026-11-23T11:59:58Z",
            "startedAt": "2026-11-23T11:59:58Z",
            "completedAt": None,
            "receivedAt": "2026-11-23T12:00:00Z",
        }
    ]


WINDOWS = preset_json(name="windows-x64", platform="windows", sizes={}, labels=[])


def test_a_job_for_windows_is_queued_under_the_labels_of_windows(webhook: Desk, account: Account) -> None:
    account.deploy(Preset=WINDOWS)
    labels = ["self-hosted", "Windows", "X64", "spotrunner/windows-x64"]
    assert answered(webhook, a_request(a_payload(labels=labels))) == (202, {"queued": 101})
    (message,) = queued(webhook)
    assert (message["preset"], message["labels"]) == ("windows-x64", labels)


@pytest.mark.parametrize(
    ("preset", "label", "known"),
    [("windows-x64", "linux", "self-hosted, windows, x64"), ("linux-x64", "windows", "big, linux, self-hosted, x64")],
    ids=["linux of a preset of windows", "windows of a preset of linux"],
)
def test_a_job_for_another_system_than_its_presets_is_refused_job_7(
    webhook: Desk, account: Account, preset: str, label: str, known: str
) -> None:
    account.deploy(Preset=WINDOWS)
    labels = ["self-hosted", label, f"spotrunner/{preset}"]
    why = f"'{label}' is no label of preset {preset}, which has {known}"
    assert answered(webhook, a_request(a_payload(labels=labels))) == (200, {"refused": why})
    assert queued(webhook) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "in_progress", "runner_id": 5, "runner_name": "i-0abc"},
        {"action": "completed", "runner_id": 5, "runner_name": "i-0abc", "conclusion": "success"},
        {"action": "completed", "conclusion": "cancelled"},
    ],
    ids=lambda fields: f"{fields['action']} {fields.get('conclusion', '')}",
)
def test_what_happens_to_a_job_afterwards_is_told_whatever_became_of_its_preset(
    webhook: Desk, account: Account, fields: dict[str, Any]
) -> None:
    account.sync(account.request("Delete"))
    assert answered(webhook, a_request(a_payload(**fields))) == (202, {"queued": 101})
    (message,) = queued(webhook)
    assert message["action"] == fields["action"]
    assert (message["runnerName"], message["conclusion"]) == (fields.get("runner_name"), fields.get("conclusion"))


def test_what_waits_for_an_approval_and_would_be_refused_is_judged_again_when_it_is_queued(webhook: Desk) -> None:
    stranger = a_request(a_payload("waiting", repository="stranger/app"))
    assert answered(webhook, stranger) == (200, {"ignored": "'stranger/app' is not octo-org's"})
    assert answered(webhook, a_request(a_payload("waiting"))) == (202, {"queued": 101})
    assert queued(webhook)[0]["action"] == "waiting"


def test_a_job_announced_as_queued_that_waits_for_an_approval_is_told_as_waiting_job_7(webhook: Desk) -> None:
    assert answered(webhook, a_request(a_payload(status="waiting")))[0] == 202
    assert queued(webhook)[0]["action"] == "waiting"


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (a_request({"zen": "Keep it logically awesome."}, event="ping"), "ping"),
        (a_request({"action": "opened"}, event="pull_request"), "pull_request"),
        (a_request(a_payload(), x_github_event=None), "no event"),
        (a_request(a_payload(action="renamed")), "workflow_job renamed"),
        (a_request(a_payload(labels=["ubuntu-latest"])), "no label asks for a preset"),
        (a_request(a_payload(action="completed", labels=[], conclusion="skipped")), "no label asks for a preset"),
        (
            a_request(a_payload(action="completed", labels=["spotrunner/x/cpu=0"])),
            NO_CPU,
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_rest_is_answered_and_ignored(webhook: Desk, request_: dict[str, Any], why: str) -> None:
    assert answered(webhook, request_) == (200, {"ignored": why})
    assert queued(webhook) == []


REFUSALS = {
    "comma-joined labels": {"labels": ["self-hosted,spotrunner/linux-x64"]},
    "several presets": {"labels": ["spotrunner/linux-x64", "spotrunner/gpu"]},
    "malformed label": {"labels": ["spotrunner/"]},
    "malformed option": {"labels": ["spotrunner/linux-x64/cpu=many"]},
    "unsatisfiable option": {"labels": ["spotrunner/linux-x64/cpu=64"]},
    "unknown preset": {"labels": ["spotrunner/linux-x46"]},
    "foreign label": {"labels": ["spotrunner/linux-x64", "gpu"]},
    "repository not admitted": {"repository": "stranger/app"},
    "public repository": {"repository": "octo-org/public"},
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_leaves_a_row_a_metric_and_an_answer(
    webhook: Desk, account: Account, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    payload = a_payload(**REFUSALS[kind])
    payload["repository"]["private"] = kind != "public repository"
    code, said = answered(webhook, a_request(payload))
    assert (code, list(said), queued(webhook)) == (200, ["refused"], [])
    row = account.item("JOB#101", "JOB")
    assert (row["status"], row["refusal"], row["reason"]) == ("refused", kind, said["refused"])
    assert (row["repository"], row["labels"]) == (payload["repository"]["full_name"], payload["workflow_job"]["labels"])
    assert (row["jobId"], row["runId"], row["runAttempt"]) == (101, 11, 1)
    assert (row["queuedAt"], row["refusedAt"]) == ("2026-11-23T11:59:58Z", "2026-11-23T12:00:00Z")
    assert row["ttl"] == (webhook.now + timedelta(days=30)).timestamp()
    assert "kind" not in row, "a refused job is not open"
    (line,) = [json.loads(one) for one in capsys.readouterr().out.splitlines()]
    (metric,) = line["_aws"]["CloudWatchMetrics"]
    assert metric["Dimensions"] == [["Deployment"], ["Deployment", "Kind"]]
    assert (line["Deployment"], line["Kind"], line["Refusals"]) == ("spot-runner", kind, 1)
    assert line["_aws"]["Timestamp"] == webhook.now.timestamp() * 1000


def test_a_refused_job_that_is_told_again_is_admitted_once_its_cause_is_gone_job_2(
    webhook: Desk, account: Account
) -> None:
    request = a_request(a_payload(labels=["spotrunner/gpu"]))
    assert [answered(webhook, request)[1] for _ in "12"] == [{"refused": "no preset gpu is deployed"}] * 2
    account.deploy(Preset=preset_json(name="gpu", labels=[]), PhysicalResourceId="spot-runner/gpu", StackId="gpu's")
    assert answered(webhook, request) == (202, {"queued": 101})


def test_a_job_that_was_accepted_is_not_refused_when_it_is_told_again(webhook: Desk, account: Account) -> None:
    row = {"PK": {"S": "JOB#101"}, "SK": {"S": "JOB"}, "status": {"S": "queued"}}
    client("dynamodb").put_item(TableName=webhook.table.name, Item=row)
    account.sync(account.request("Delete"))
    assert answered(webhook, a_request(a_payload())) == (200, {"ignored": "job 101 was accepted before"})
    assert account.item("JOB#101", "JOB")["status"] == "queued"


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"x_hub_signature_256": None}, "missing"),
        ({"x_hub_signature_256": None, "x_hub_signature": "sha1=" + "0" * 40}, "missing"),
        ({"x_hub_signature_256": ""}, "malformed"),
        ({"x_hub_signature_256": "sha1=" + "0" * 40}, "malformed"),
        ({"x_hub_signature_256": "sha256=" + "0" * 63}, "malformed"),
        ({"x_hub_signature_256": "0" * 64}, "malformed"),
        ({"x_hub_signature_256": "sha256=" + "\u0660" * 64}, "malformed"),
        ({"x_hub_signature_256": signature(b"another body")}, "wrong"),
        ({"x_hub_signature_256": "sha256=" + "0" * 64}, "wrong"),
        ({"x_hub_signature_256": signature(json.dumps(a_payload()).encode(), "")}, "wrong"),
    ],
)
def test_what_is_not_signed_is_neither_read_nor_logged_job_8(
    webhook: Desk, caplog: pytest.LogCaptureFixture, headers: dict[str, str | None], why: str
) -> None:
    caplog.set_level(logging.DEBUG, logger="lambdas")
    code, said = answered(webhook, a_request(a_payload(), **headers))
    assert (code, why in said["error"]) == (401, True)
    logged = " ".join(str(record.__dict__) for record in caplog.records)
    assert "octo-org" not in logged
    assert signature(json.dumps(a_payload()).encode()).removeprefix("sha256=") not in logged + json.dumps(said)
    assert queued(webhook) == []


def test_a_body_is_verified_byte_by_byte_however_the_api_hands_it_on(webhook: Desk) -> None:
    text = json.dumps(a_payload(name="Prüfung 🚀"), ensure_ascii=False).encode()
    assert answered(webhook, a_request(text)) == (202, {"queued": 101})
    as_text = {**a_request(text), "body": text.decode(), "isBase64Encoded": False}
    assert answered(webhook, as_text) == (202, {"queued": 101})
    changed = {**as_text, "body": text.decode().replace(": ", ":", 1)}
    assert answered(webhook, changed)[0] == 401


@pytest.mark.parametrize("body", [b"payload=%7B%7D", b"{", b""])
def test_a_signed_body_that_is_not_json_is_told_what_to_set(webhook: Desk, body: bytes) -> None:
    expected = {"error": "the body is not JSON: expected content type application/json"}
    assert answered(webhook, a_request(body)) == (400, expected)
    no_body = {**a_request(b""), "body": None}
    assert answered(webhook, no_body)[0] == 400


def test_a_body_of_more_than_a_megabyte_is_too_large(webhook: Desk) -> None:
    assert answered(webhook, a_request(b"x" * (2**20 + 1)))[0] == 413
    assert answered(webhook, a_request(b"x" * 2**20))[0] == 400


def test_names_that_users_choose_go_nowhere_job_4(webhook: Desk) -> None:
    name = "n" * 300
    assert answered(webhook, a_request(a_payload(name=name, workflow_name=name)))[0] == 202
    assert name not in json.dumps(queued(webhook))


FAILING = ("secretsmanager.GetSecretValue", "dynamodb.GetItem", "sqs.SendMessage")


@pytest.mark.parametrize("call", FAILING)
def test_a_delivery_that_cannot_be_taken_now_is_to_be_delivered_again_job_1(webhook: Desk, call: str) -> None:
    with before(call, refusal("InternalServiceError")):
        assert answered(webhook, a_request(a_payload())) == (
            503,
            {"error": "the delivery cannot be taken now: deliver it again"},
        )
    assert queued(webhook) == []
    assert answered(webhook, a_request(a_payload())) == (202, {"queued": 101})


def test_without_the_secret_nothing_of_a_delivery_is_logged_job_8(
    webhook: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    request = a_request(a_payload(), x_github_delivery="whatever anybody sends", secret="a guess")
    with before("secretsmanager.GetSecretValue", refusal("InternalServiceError")):
        assert answered(webhook, request)[0] == 503
    assert "whatever anybody sends" not in " ".join(str(record.__dict__) for record in caplog.records)


def test_a_preset_that_this_release_cannot_read_is_no_refusal(webhook: Desk) -> None:
    key = {"PK": {"S": "PRESET#linux-x64"}, "SK": {"S": "CONFIG"}}
    table = {"TableName": webhook.table.name, "Key": key}
    client("dynamodb").update_item(
        **table,
        UpdateExpression="SET config.platform = :newer",
        ExpressionAttributeValues={":newer": {"S": "macos"}},
    )
    assert answered(webhook, a_request(a_payload()))[0] == 503


def test_the_id_of_a_repository_with_a_webhook_is_no_app_s(webhook: Desk) -> None:
    request = a_request(a_payload(), x_github_hook_installation_target_type="repository")
    assert answered(webhook, request)[0] == 202
    assert queued(webhook)[0]["appId"] == ""


def test_a_refusal_that_cannot_be_kept_is_to_be_delivered_again(webhook: Desk, account: Account) -> None:
    request = a_request(a_payload(labels=["spotrunner/gpu"]))
    with before("dynamodb.PutItem", refusal("InternalServerError")):
        assert answered(webhook, request)[0] == 503
    assert account.item("JOB#101", "JOB") == {}
    assert answered(webhook, request)[0] == 200
