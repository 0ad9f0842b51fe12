"""launch records what happens to jobs: whatever order the events come in, and however often."""

import itertools
import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, NoReturn

import pytest
from botocore.awsrequest import AWSPreparedRequest

from lambdas import launch
from lambdas.adapters.budget import Budgets
from lambdas.core import jobs, labels, messages, workflow_job
from lambdas.core.job_messages import JobEvent
from lambdas.core.labels import Wish
from lambdas.webhook import Desk
from tests.lambdas.account import Account
from tests.lambdas.crashes import counted, in_a_copy, killed_at, moments
from tests.lambdas.deliveries import a_payload, a_request
from tests.lambdas.interruptions import before, refusal
from tests.lambdas.makers import at
from tests.lambdas.webhook_desk import answered
from tests.lambdas.yard import a_launcher, a_registry

TAKEN = {"runner_id": 5, "runner_name": "i-0abc", "started_at": "2026-11-23T12:01:00Z"}
GPU = ["spotrunner/gpu"]
LIFE: dict[str, dict[str, Any]] = {
    "waiting": {},
    "queued": {},
    "in_progress": TAKEN,
    "completed": {**TAKEN, "conclusion": "success", "completed_at": "2026-11-23T12:05:00Z"},
}


def a_message(action: str = "queued", minutes: float = 0, **job: Any) -> str:
    """Return what the webhook tells the queue of a job's event that arrived so many minutes after noon."""
    parsed = workflow_job.parse(json.dumps(a_payload(action, **{**LIFE[action], **job})).encode())
    wish = labels.wish(parsed.labels)
    assert isinstance(wish, Wish)
    return messages.text(JobEvent(job=parsed, wish=wish, app_id="1", received_at=at(minutes)))


class Nobody:
    """A GitHub that is not asked."""

    def send(self, request: AWSPreparedRequest) -> NoReturn:
        """Refuse to be asked."""
        raise AssertionError(request.url)


def launched(account: Account, *bodies: str) -> list[str]:
    """Let launch take a batch, while no preset is deployed, and return which messages come again."""
    budgets = Budgets(table=account.world.table, apps=())
    said: Any = launch.run(a_launcher(account, a_registry(Nobody(), "no key"), budgets), a_batch(*bodies))
    return [one["itemIdentifier"] for one in said["batchItemFailures"]]


def a_batch(*bodies: str) -> dict[str, Any]:
    about = {"receiptHandle": "1", "attributes": {"ApproximateReceiveCount": "1"}}
    return {"Records": [{"messageId": str(place), "body": body, **about} for place, body in enumerate(bodies)]}


def job(account: Account, number: int = 101) -> dict[str, Any]:
    return account.item(f"JOB#{number}", "JOB")


def test_a_queued_job_is_known_with_all_that_it_asks_for(account: Account) -> None:
    assert launched(account, a_message(labels=["spotrunner/linux-x64/cpu=2"], minutes=0.5)) == []
    assert job(account) == {
        "PK": "JOB#101",
        "SK": "JOB",
        "kind": "JOB#parked#linux-x64",
        "waitsFor": "the preset is not deployed",
        "status": "queued",
        "updatedAt": "2026-11-23T12:00:00Z",
        "jobId": 101,
        "runId": 11,
        "runAttempt": 1,
        "repository": "octo-org/app",
        "labels": ["spotrunner/linux-x64/cpu=2"],
        "preset": "linux-x64",
        "cpu": 2,
        "ram": 0,
        "appId": "1",
        "installationId": 77,
        "queuedAt": "2026-11-23T11:59:58Z",
        "receivedAt": "2026-11-23T12:00:30Z",
    }


def test_a_job_is_stamped_at_every_step_and_open_until_it_has_ended(account: Account) -> None:
    for action in LIFE:
        assert launched(account, a_message(action)) == []
        assert job(account)["status"] == action
        assert ("kind" in job(account), "ttl" in job(account)) == (action != "completed", action == "completed")
    ended = job(account)
    assert (ended["pickedUpAt"], ended["completedAt"]) == ("2026-11-23T12:01:00Z", "2026-11-23T12:05:00Z")
    assert (ended["runnerName"], ended["runnerId"], ended["conclusion"]) == ("i-0abc", 5, "success")
    assert ended["ttl"] == (at(0) + jobs.KEPT).timestamp()


def test_a_job_that_is_cancelled_before_a_runner_took_it_was_never_picked_up(account: Account) -> None:
    nobody = {"runner_id": 0, "runner_name": "", "conclusion": "cancelled"}
    assert launched(account, a_message(), a_message("completed", **nobody)) == []
    assert job(account)["conclusion"] == "cancelled"
    assert "pickedUpAt" not in job(account)
    assert "runnerName" not in job(account)


TOGETHER: dict[str, Callable[[list[str]], list[list[str]]]] = {
    "in one batch": lambda bodies: [bodies],
    "one by one": lambda bodies: [[body] for body in bodies],
    "each twice": lambda bodies: [bodies, bodies],
}


@pytest.mark.parametrize("batches", TOGETHER)
def test_the_order_and_the_number_of_events_change_nothing(account: Account, batches: str) -> None:
    orders = list(itertools.permutations(LIFE))[:: 1 if batches == "in one batch" else 3]
    for number, order in enumerate(orders, start=1):
        for batch in TOGETHER[batches]([a_message(action, id=number) for action in order]):
            assert launched(account, *batch) == []
    ended = [{**item, "PK": "", "jobId": 0} for item in account.items()]
    assert len(ended) == len(orders)
    assert all(item == ended[0] for item in ended)
    assert ended[0]["status"] == "completed"
    assert ended[0].keys() >= {"queuedAt", "receivedAt", "pickedUpAt", "completedAt"}


READ_OF_A_PRESET = ["ssm.GetParameter", "dynamodb.GetItem"]


def test_a_batch_of_jobs_is_recorded_by_one_call_and_parked_by_another(account: Account) -> None:
    with counted() as calls:
        assert launched(account, *(a_message(id=number) for number in range(1, 11))) == []
    assert calls.made == ["dynamodb.TransactWriteItems", *READ_OF_A_PRESET, "dynamodb.TransactWriteItems"]
    assert all(job(account, number)["status"] == "queued" for number in range(1, 11))


def test_what_is_no_message_comes_again_and_takes_no_other_with_it_job_1(account: Account) -> None:
    newer = json.dumps({**json.loads(a_message()), "v": 2})
    foreign = json.dumps({**json.loads(a_message()), "action": "renamed"})
    bad = ("", "null", "[]", "{}", newer, foreign)
    assert launched(account, *bad, a_message()) == ["0", "1", "2", "3", "4", "5"]
    assert job(account)["status"] == "queued"


def test_whatever_goes_wrong_with_a_batch_is_tried_again_message_by_message_job_1(account: Account) -> None:
    def explode() -> None:
        raise ArithmeticError("a number that no table holds")

    with before("dynamodb.TransactWriteItems", explode), before("dynamodb.UpdateItem", explode):
        assert launched(account, a_message(id=1), a_message(id=2)) == ["0"]
    assert (job(account, 1), job(account, 2)["status"]) == ({}, "queued")


def test_a_job_that_cannot_be_recorded_comes_again_alone_job_1(account: Account) -> None:
    failing = before("dynamodb.UpdateItem", refusal("InternalServerError"))
    with before("dynamodb.TransactWriteItems", refusal("InternalServerError")), failing:
        assert launched(account, a_message(id=1), a_message(id=2)) == ["0"]
    assert (job(account, 1), job(account, 2)["status"]) == ({}, "queued")


def test_while_another_writes_a_job_is_not_taken_for_further_than_it_is(account: Account) -> None:
    assert launched(account, a_message()) == []
    busy = before("dynamodb.UpdateItem", refusal("TransactionConflictException"))
    with before("dynamodb.TransactWriteItems", refusal("TransactionConflictException")), busy:
        assert launched(account, a_message("completed")) == ["0"]
    assert launched(account, a_message("completed")) == []
    assert job(account)["status"] == "completed"


def test_a_refused_job_that_is_admitted_after_all_is_open_job_2(webhook: Desk, account: Account) -> None:
    assert "refused" in answered(webhook, a_request(a_payload(labels=["spotrunner/gpu"])))[1]
    assert job(account)["status"] == "refused"
    account.clock.advance(timedelta(hours=1).total_seconds())
    assert launched(account, a_message(minutes=60)) == []
    found = job(account)
    assert (found["status"], found["kind"], found["updatedAt"]) == (
        "queued",
        "JOB#parked#linux-x64",
        "2026-11-23T13:00:00Z",
    )
    assert found.keys() & {"reason", "refusal", "ttl"} == set()


def refused(webhook: Desk, account: Account) -> dict[str, Any]:
    """Have a job refused, and return its row."""
    assert "refused" in answered(webhook, a_request(a_payload(labels=GPU)))[1]
    return job(account)


def test_a_job_that_waited_for_an_approval_may_be_refused_once_it_is_queued(webhook: Desk, account: Account) -> None:
    assert launched(account, a_message("waiting", labels=GPU)) == []
    assert refused(webhook, account)["status"] == "refused"
    assert "kind" not in job(account)


def test_a_late_waiting_opens_no_refused_job(webhook: Desk, account: Account) -> None:
    before_that = refused(webhook, account)
    assert launched(account, a_message("waiting", labels=GPU)) == []
    after = job(account)
    assert {name: after[name] for name in before_that} == before_that
    assert "kind" not in after


def test_why_a_job_was_refused_is_kept_when_it_is_cancelled(webhook: Desk, account: Account) -> None:
    row = refused(webhook, account)
    nobody = {"runner_id": 0, "runner_name": "", "conclusion": "cancelled"}
    assert launched(account, a_message("completed", labels=GPU, **nobody)) == []
    ended = job(account)
    assert (ended["status"], ended["conclusion"]) == ("completed", "cancelled")
    assert (ended["refusal"], ended["reason"]) == (row["refusal"], row["reason"])


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["in order", "the other way round"])
def test_a_job_that_was_admitted_in_the_end_was_not_refused(
    webhook: Desk, account: Account, order: tuple[int, ...]
) -> None:
    refused(webhook, account)
    nobody = {"runner_id": 0, "runner_name": "", "conclusion": "cancelled"}
    bodies = [a_message("queued", minutes=60, labels=GPU), a_message("completed", labels=GPU, **nobody)]
    assert [launched(account, bodies[place]) for place in order] == [[], []]
    ended = job(account)
    assert (ended["status"], ended["receivedAt"]) == ("completed", "2026-11-23T13:00:00Z")
    assert ended.keys() & {"reason", "refusal", "kind"} == set()


@pytest.mark.parametrize(
    "field",
    [
        {"conclusion": 1.5},
        {"runnerName": 1.5},
        {"jobId": 10**40},
        {"jobId": float("inf")},
        {"labels": [1.5]},
        {"repository": "\ud800"},
        {"completedAt": "soon"},
        {"preset": None},
        {"cpu": "4"},
        {"ram": -1},
    ],
    ids=str,
)
def test_a_message_that_no_table_holds_comes_again_alone_job_1(account: Account, field: dict[str, Any]) -> None:
    bad = json.dumps({**json.loads(a_message("completed", id=55)), **field})
    assert launched(account, bad, a_message(id=1)) == ["0"]
    assert job(account, 1)["status"] == "queued"


def killed_and_told_again(account: Account, bodies: list[str], moment: str, number: int) -> dict[str, Any]:
    with killed_at(moment, number):
        launched(account, *bodies)
    for body in reversed(bodies):  # in other batches
        launched(account, body)
    return {"items": account.items()}


@pytest.mark.parametrize("known", ["nothing yet", "one of them"])
def test_launch_killed_at_any_call_and_told_again_ends_in_the_same_state(account: Account, known: str) -> None:
    bodies = [a_message(id=1), a_message(id=2), a_message("completed", id=2)]
    if known == "one of them":
        launched(account, a_message("in_progress", id=1))

    def undisturbed() -> dict[str, Any]:
        with counted() as calls:
            launched(account, *bodies)
        return {"calls": calls.made, "items": account.items()}

    expected = in_a_copy(undisturbed)
    calls = expected.pop("calls")
    assert len(calls) >= {"nothing yet": 1, "one of them": 4}[known]
    for moment, number in moments(calls):
        ended = in_a_copy(partial(killed_and_told_again, account, bodies, moment, number))
        assert ended == expected, f"killed {moment} {calls[number - 1]}"
