"""Webhook deliveries of the played GitHub: signed, sent once, logged, and sent again when asked."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests

from embedded.github.failures import Failure
from tests.embedded.github.receiver import Receiver, receiving
from tests.github_app import LABELS, ORGANIZATION, SECRET, SHOP, Organization

EXAMPLES = json.loads((Path(__file__).parents[2] / "data" / "workflow_jobs.json").read_text())
LOG = "/app/hook/deliveries"


@pytest.fixture
def receiver(organization: Organization) -> Iterator[Receiver]:
    with receiving() as made:
        organization.app.webhook_url = made.url
        yield made


def logged(organization: Organization, query: str = "") -> list[dict[str, Any]]:
    """The delivery log as the App reads it, when all is sent."""
    organization.played.hooks.settle()
    found: list[dict[str, Any]] = organization.as_app("GET", LOG + query).json()
    return found


def redeliver(organization: Organization, delivery: dict[str, Any]) -> requests.Response:
    answer = organization.as_app("POST", f"{LOG}/{delivery['id']}/attempts")
    organization.played.hooks.settle()
    return answer


def test_a_job_is_told_of_from_queued_to_completed(organization: Organization, receiver: Receiver) -> None:
    runner, job = organization.runner(), organization.queue()
    organization.played.actions.start(job, runner)
    organization.played.actions.finish(job, "success")
    organization.played.hooks.settle()
    assert receiver.actions() == ["queued", "in_progress", "completed"]
    jobs = [one.payload["workflow_job"] for one in receiver.heard]
    assert [one["id"] for one in jobs] == [job.id] * 3
    assert [one["runner_name"] for one in jobs] == [None, "i-0abc", "i-0abc"]
    assert [one["conclusion"] for one in jobs] == [None, None, "success"]


def test_waiting_cancelled_and_skipped_jobs_are_told_of(organization: Organization, receiver: Receiver) -> None:
    actions, run = organization.played.actions, organization.run()
    held = actions.hold_job(run, LABELS)
    actions.approve(held)
    actions.cancel(held)
    actions.skip_job(run)
    organization.played.hooks.settle()
    assert receiver.actions() == ["waiting", "queued", "completed", "completed"]
    cancelled, skipped = (one.payload["workflow_job"] for one in receiver.heard[2:])
    assert (cancelled["conclusion"], cancelled["runner_name"]) == ("cancelled", None)
    assert (skipped["conclusion"], skipped["labels"]) == ("skipped", [])


def test_a_job_done_again_is_told_of_as_another(organization: Organization, receiver: Receiver) -> None:
    job = organization.queue()
    organization.played.actions.cancel(job)
    again = organization.played.actions.rerun(job)
    organization.played.hooks.settle()
    told = receiver.heard[-1].payload
    assert (told["action"], told["workflow_job"]["id"]) == ("queued", again.id)
    assert told["workflow_job"]["run_attempt"] == 2


def test_a_delivery_is_signed_over_its_bytes(organization: Organization, receiver: Receiver) -> None:
    organization.queue()
    organization.played.hooks.settle()
    (heard,) = receiver.heard
    digest = hmac.new(SECRET.encode(), heard.body, hashlib.sha256).hexdigest()
    assert heard.headers["x-hub-signature-256"] == f"sha256={digest}"


def test_a_form_holds_the_same_json_and_is_signed_as_it_stands(organization: Organization, receiver: Receiver) -> None:
    organization.app.content_type = "form"
    organization.queue()
    organization.played.hooks.settle()
    (heard,) = receiver.heard
    assert heard.headers["content-type"] == "application/x-www-form-urlencoded"
    assert json.loads(parse_qs(heard.body.decode())["payload"][0])["action"] == "queued"
    digest = hmac.new(SECRET.encode(), heard.body, hashlib.sha256).hexdigest()
    assert heard.headers["x-hub-signature-256"] == f"sha256={digest}"


def test_a_delivery_says_whose_it_is(organization: Organization, receiver: Receiver) -> None:
    organization.queue()
    organization.played.hooks.settle()
    (heard,) = receiver.heard
    names = ("event", "hook-id", "hook-installation-target-id", "hook-installation-target-type")
    assert [heard.headers[f"x-github-{name}"] for name in names] == [
        "workflow_job", str(organization.app.hook_id), str(organization.app.id), "integration"
    ]  # fmt: skip
    assert heard.payload["installation"]["id"] == organization.installation.id
    assert heard.payload["organization"]["login"] == ORGANIZATION
    assert heard.payload["repository"]["full_name"] == SHOP


def test_a_payload_has_all_that_githubs_own_examples_have(organization: Organization, receiver: Receiver) -> None:
    organization.queue()
    organization.played.hooks.settle()
    (heard,) = receiver.heard
    newest = max((one["payload"] for one in EXAMPLES), key=lambda payload: payload["repository"]["id"])
    assert newest["workflow_job"]["created_at"] > "2023"
    for part in ("workflow_job", "repository"):
        assert newest[part].keys() - heard.payload[part].keys() == set()


DEAF: dict[str, Callable[[Organization], Any]] = {
    "asks for other events": lambda it: setattr(it.app, "events", ("push",)),
    "has no webhook": lambda it: setattr(it.app, "webhook_url", ""),
    "is suspended there": lambda it: it.played.registry.suspend(it.installation),
    "is installed in other repositories": lambda it: setattr(it.installation, "repositories", ("octo-org/other",)),
    "is installed in another account": lambda it: setattr(it.installation, "account", "octocat"),
}


@pytest.mark.parametrize("how", DEAF)
def test_an_app_hears_nothing_of_a_job_if_it(organization: Organization, receiver: Receiver, how: str) -> None:
    organization.queue()
    organization.played.hooks.settle()
    DEAF[how](organization)
    organization.queue()
    organization.played.hooks.settle()
    assert (len(receiver.heard), len(organization.played.hooks.log())) == (1, 1)


def test_nobody_waits_for_a_delivery(organization: Organization, receiver: Receiver) -> None:
    receiver.open.clear()
    job = organization.queue()  # returns though nobody answers
    assert job.status == "queued"
    receiver.open.set()
    organization.played.hooks.settle()
    assert receiver.actions() == ["queued"]


def test_each_attempt_is_in_the_log(organization: Organization, receiver: Receiver) -> None:
    organization.queue()
    (delivery,) = logged(organization)
    assert (delivery["status"], delivery["status_code"], delivery["redelivery"]) == ("OK", 202, False)
    assert (delivery["event"], delivery["action"]) == ("workflow_job", "queued")
    assert delivery["guid"] == receiver.heard[0].guid
    whole = organization.as_app("GET", f"{LOG}/{delivery['id']}").json()
    assert whole["request"]["payload"] == receiver.heard[0].payload
    assert whole["request"]["headers"]["X-Hub-Signature-256"] == receiver.heard[0].headers["x-hub-signature-256"]
    assert whole["response"]["payload"] == "heard"


@pytest.mark.parametrize("status", [301, 401, 503])
def test_a_delivery_that_is_refused_is_not_sent_again(
    organization: Organization, receiver: Receiver, status: int
) -> None:
    receiver.status = status
    organization.queue()
    (delivery,) = logged(organization)
    assert (delivery["status"], delivery["status_code"]) == (f"Invalid HTTP Response: {status}", status)
    assert len(receiver.heard) == 1


def test_a_delivery_to_nobody_is_logged(organization: Organization) -> None:
    organization.app.webhook_url = "http://127.0.0.1:1/webhook"
    organization.queue()
    (delivery,) = logged(organization)
    assert (delivery["status"], delivery["status_code"]) == ("failed to connect to host", 502)


def test_a_delivery_that_is_not_answered_in_time_has_failed(
    organization: Organization, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embedded.github.hooks.ANSWERED_WITHIN_SECONDS", 0.1)
    receiver.open.clear()
    organization.queue()
    (delivery,) = logged(organization)
    assert (delivery["status"], delivery["status_code"]) == ("timed out", 0)


def test_a_lost_delivery_comes_when_it_is_sent_again(organization: Organization, receiver: Receiver) -> None:
    organization.played.hooks.mishaps.add(Failure(match="workflow_job queued", effect="lost"))
    organization.queue()
    (lost,) = logged(organization)
    assert (receiver.heard, lost["status"]) == ([], "timed out")
    assert redeliver(organization, lost).status_code == 202
    again, before = logged(organization)
    assert (again["status"], again["redelivery"], before) == ("OK", True, lost)
    assert again["id"] != lost["id"]
    assert {again["guid"], lost["guid"]} == {receiver.heard[0].guid}


def test_a_delivery_may_come_twice(organization: Organization, receiver: Receiver) -> None:
    organization.played.hooks.mishaps.add(Failure(match="workflow_job queued", effect="twice", skip=1))
    first, second = organization.queue(), organization.queue()
    assert len(logged(organization)) == 3
    assert [one.payload["workflow_job"]["id"] for one in receiver.heard] == [first.id, second.id, second.id]
    assert receiver.heard[1].guid == receiver.heard[2].guid != receiver.heard[0].guid
    assert receiver.heard[1].body == receiver.heard[2].body


def test_the_log_is_read_in_pages_newest_first(organization: Organization, receiver: Receiver) -> None:
    for _ in range(5):
        organization.queue()
    whole, ids = [one["id"] for one in logged(organization)], list[int]()
    assert (whole, len(receiver.heard)) == (sorted(whole, reverse=True), 5)
    following = f"{LOG}?per_page=2"
    while following:
        answer = organization.as_app("GET", following)
        ids += [one["id"] for one in answer.json()]
        following = answer.links.get("next", {}).get("url", "")
        organization.queue()  # what comes meanwhile moves nothing
        organization.played.hooks.settle()
    assert ids == whole


def test_the_log_is_filtered_by_codes_which_leaves_out_what_was_not_answered(
    organization: Organization, receiver: Receiver
) -> None:
    organization.played.hooks.mishaps.add(Failure(match="workflow_job queued", effect="lost"))
    organization.queue()
    organization.queue()
    organization.played.hooks.settle()
    receiver.status = 500
    organization.queue()
    assert [one["status_code"] for one in logged(organization)] == [500, 202, 0]
    assert [one["status_code"] for one in logged(organization, "?status=success")] == [202]
    assert [one["status_code"] for one in logged(organization, "?status=failure")] == [500]


def test_the_log_is_kept_for_three_days(organization: Organization, receiver: Receiver) -> None:
    organization.played.actions.skip_job(organization.run())
    (delivery,) = logged(organization)
    organization.played.clock.forward(3 * 24 * 3600 - 1)
    assert logged(organization) == [delivery]
    organization.played.clock.forward(1)
    assert logged(organization) == []
    assert redeliver(organization, delivery).status_code == 404
    assert len(receiver.heard) == 1


def test_another_app_sees_none_of_it(organization: Organization, receiver: Receiver) -> None:
    other = organization.played.registry.add_app("other", organization.app.public_keys[0], permissions={})
    organization.queue()
    (delivery,) = logged(organization)
    by_other = organization.jwt(iss=str(other.id))
    assert organization.ask("GET", LOG, by_other).json() == []
    assert organization.ask("POST", f"{LOG}/{delivery['id']}/attempts", by_other).status_code == 404
    assert len(receiver.heard) == 1


@pytest.mark.parametrize("query", ["?cursor=yesterday", "?status=half"])
def test_a_log_is_not_read_by(organization: Organization, query: str) -> None:
    answer = organization.as_app("GET", LOG + query)
    assert answer.status_code == 422
    assert answer.json()["message"]
