"""`spot-runner redrive`: what functions could not handle goes back, and calls that failed are told."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from embedded.aws.faults import Fault
from embedded.aws.server import EmbeddedAws
from generator.redrive import redriving
from generator.reporting import place
from generator.stacks.queues import DEAD_LETTERS
from tests.generator.conftest import Operator
from tests.generator.redrive.conftest import Bodies, Send

Run = Callable[..., tuple[int, str, str]]
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:spot-runner-"
STACK = "arn:aws:cloudformation:eu-west-1:123456789012:stack/spot-runner-preset-linux-x64/51af3dc0"
RULE = "arn:aws:events:eu-west-1:123456789012:rule/spot-runner-reconcile"
COUNTS = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
SECRET = "https://cloudformation-custom-resource-response.example/?Signature=abc"


def a_record(function: str = "reconcile", **changes: object) -> str:
    """Return what Lambda records of a call that failed, as its documentation shows it."""
    record: dict[str, object] = {
        "version": "1.0",
        "timestamp": "2026-11-23T12:00:00.568Z",
        "requestContext": {
            "requestId": "e4b46cbf-b738-xmpl-8880-a18cdf61200e",
            "functionArn": f"{FUNCTION}{function}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 1,
        },
        "requestPayload": {"source": "aws.events"},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": "no table"},
    }
    return json.dumps(record | changes)


def a_request(kind: str = "Update") -> dict[str, str]:
    return {"RequestType": kind, "StackId": STACK, "ResponseURL": SECRET, "RequestId": "r-1"}


def test_messages_go_back_to_the_queues_that_they_came_from(run: Run, send: Send, bodies: Bodies) -> None:
    for number in range(23):
        send("jobs-dlq", f"job {number:02}")
    send("ami-events-dlq", "an event", RULE_ARN=RULE)
    code, out, err = run("redrive")
    assert (code, err) == (0, "")
    assert out == (
        "24 messages in 4 dead-letter queues of spot-runner\n"
        "ami-events-dlq: 1 message, 1 moved back to ami-events\n"
        "jobs-dlq: 23 messages, 23 moved back to jobs\n"
    )
    assert bodies("jobs") == [f"job {number:02}" for number in range(23)]
    assert bodies("ami-events") == ["an event"]
    assert bodies("jobs-dlq") + bodies("ami-events-dlq") == []
    assert run("redrive") == (0, "No message in 4 dead-letter queues of spot-runner\n", "")


def test_a_message_goes_back_with_its_attributes(run: Run, send: Send, sqs: Any) -> None:
    send("ami-events-dlq", "an event", RULE_ARN=RULE)
    assert run("redrive")[0] == 0
    url = sqs.get_queue_url(QueueName="spot-runner-ami-events")["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert message["MessageAttributes"]["RULE_ARN"]["StringValue"] == RULE


@pytest.mark.parametrize("name", ["jobs-dlq", "spot-runner-jobs-dlq"])
def test_one_queue_alone_can_be_emptied(run: Run, send: Send, bodies: Bodies, name: str) -> None:
    send("jobs-dlq", "a job")
    send("ami-events-dlq", "an event")
    code, out, _ = run("redrive", name)
    assert (code, out.splitlines()[0]) == (0, "1 message in jobs-dlq of spot-runner")
    assert (bodies("jobs"), bodies("ami-events-dlq")) == (["a job"], ["an event"])


def test_a_dry_run_says_what_lies_there_and_changes_nothing(run: Run, send: Send, bodies: Bodies) -> None:
    send("jobs-dlq", "a job")
    send("reconcile-dlq", a_record())
    code, out, err = run("redrive", "--dry-run", "--discard")
    assert (code, err) == (1, "")
    assert out.splitlines()[:4] == [
        "2 messages in 4 dead-letter queues of spot-runner",
        "jobs-dlq: 1 message, would go back to jobs",
        "reconcile-dlq: 1 message, told, and would be taken away",
        "  - a call to spot-runner-reconcile: RetriesExhausted: no table, 2026-11-23T12:00:00.568Z",
    ]
    assert (bodies("jobs-dlq"), bodies("jobs"), bodies("reconcile-dlq")) == (["a job"], [], [a_record()])


def test_calls_that_failed_are_told_alike_ones_together_and_stay(run: Run, send: Send, bodies: Bodies) -> None:
    for minute in (3, 1, 2):
        why = {
            "errorMessage": f"2026-11-23T12:0{minute}:00.5Z 0f4b46cb-b738-4444-8880-a18cdf61200{minute} Task timed out"
        }
        send("reconcile-dlq", a_record(timestamp=f"2026-11-23T12:0{minute}:00Z", responsePayload=why))
    send("reconcile-dlq", '{"time": "2026-11-23T12:04:00Z"}', RULE_ARN=RULE, ERROR_CODE="NO_PERMISSIONS")
    send("reconcile-dlq", "\x1b]0;title ##[group]x".replace("\x1b", ""))
    code, out, err = run("redrive", "reconcile-dlq")
    assert (code, err) == (1, "")
    span = "2026-11-23T12:01:00Z to 2026-11-23T12:03:00Z"
    assert out.splitlines() == [
        "5 messages in reconcile-dlq of spot-runner",
        "reconcile-dlq: 5 messages, records of calls that failed, which stay",
        f"  - a call to spot-runner-reconcile, 3 times: RetriesExhausted: … … Task timed out, {span}",
        "  - a message that records no failed call: ]0;title ## [group]x",
        "  - an event of rule spot-runner-reconcile: NO_PERMISSIONS, 2026-11-23T12:04:00Z",
        f"  {redriving.REMEDIES['reconcile-dlq']}",
    ]
    assert len(bodies("reconcile-dlq")) == 5


def test_a_request_of_cloudformation_is_told_without_the_address_that_answers_it(run: Run, send: Send) -> None:
    context = json.loads(a_record("preset-sync"))["requestContext"] | {"condition": "EventAgeExceeded"}
    send("preset-sync-dlq", a_record(requestPayload=a_request(), requestContext=context, responsePayload=None))
    for options in ((), ("--json",)):
        code, out, _ = run("redrive", "preset-sync-dlq", *options)
        assert (code, SECRET in out) == (1, False)
        assert "Update of stack spot-runner-preset-linux-x64 to spot-runner-preset-sync" in out
    lines = run("redrive", "preset-sync-dlq")[1].splitlines()
    assert lines[2].endswith(": EventAgeExceeded, 2026-11-23T12:00:00.568Z")
    assert "run `spot-runner deploy`, then `spot-runner redrive preset-sync-dlq --discard`" in lines[3]


def test_of_very_many_records_the_first_are_told(run: Run, send: Send) -> None:
    for _ in range(101):
        send("reconcile-dlq", a_record())
    code, out, _ = run("redrive", "reconcile-dlq")
    assert (code, "a call to spot-runner-reconcile, 100 times: " in out) == (1, True)
    assert out.splitlines()[-1] == "  only 100 of 101 were looked at"


def test_told_calls_are_taken_away_on_demand(run: Run, send: Send, bodies: Bodies) -> None:
    for _ in range(12):
        send("preset-sync-dlq", a_record("preset-sync", requestPayload=a_request("Delete")))
    code, out, _ = run("redrive", "--discard")
    why = "RetriesExhausted: no table, 2026-11-23T12:00:00.568Z"
    assert code == 0
    assert out.splitlines() == [
        "12 messages in 4 dead-letter queues of spot-runner",
        "preset-sync-dlq: 12 messages, 12 told and taken away",
        f"  - Delete of stack spot-runner-preset-linux-x64 to spot-runner-preset-sync, 12 times: {why}",
    ]
    assert bodies("preset-sync-dlq") == []


def test_a_script_gets_every_queue(run: Run, send: Send) -> None:
    send("jobs-dlq", "a job")
    send("reconcile-dlq", a_record())
    code, out, err = run("redrive", "--json")
    told = json.loads(out)
    assert (code, err) == (1, "")
    assert {key: told[key] for key in told if key != "queues"} == {
        "ok": False,
        "deployment": "spot-runner",
        "dryRun": False,
        "messages": 2,
        "stays": 1,
        "errors": [],
    }
    queues = {one["queue"]: one for one in told["queues"]}
    assert tuple(queues) == DEAD_LETTERS
    assert queues["jobs-dlq"] == {
        "queue": "jobs-dlq",
        "messages": 1,
        "backTo": "jobs",
        "moved": 1,
        "discarded": 0,
        "stays": 0,
        "failures": [],
        "error": None,
    }
    assert queues["reconcile-dlq"]["failures"] == [
        {
            "what": "a call to spot-runner-reconcile",
            "why": "RetriesExhausted: no table",
            "count": 1,
            "first": "2026-11-23T12:00:00.568Z",
            "last": "2026-11-23T12:00:00.568Z",
        }
    ]


def test_every_dead_letter_queue_has_a_way_out() -> None:
    assert redriving.BACK.keys() | redriving.REMEDIES.keys() == set(DEAD_LETTERS)
    assert not redriving.BACK.keys() & redriving.REMEDIES.keys()


def lying(sqs: Any, queue: str) -> int:
    """Return how many messages a queue has, those that somebody holds among them."""
    url = sqs.get_queue_url(QueueName=f"spot-runner-{queue}")["QueueUrl"]
    return sum(map(int, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=COUNTS)["Attributes"].values()))


@pytest.mark.parametrize(("failing", "sent"), [("SendMessageBatch", 10), ("DeleteMessageBatch", 20)])
def test_a_move_that_breaks_off_loses_nothing_and_stops_no_other_queue(
    run: Run, send: Send, sqs: Any, here: EmbeddedAws, failing: str, sent: int
) -> None:
    for number in range(23):
        send("jobs-dlq", f"job {number:02}")
    send("reconcile-dlq", a_record())
    here.faults.add(Fault(match=re.compile(f"sqs.{failing}"), skip=1, code="InvalidAddress", status=400))
    code, out, err = run("redrive")
    assert (code, err) == (1, f"jobs-dlq: {failing} failed: injected (InvalidAddress)\n")
    assert "jobs-dlq: 23 messages, 10 moved back to jobs" in out
    assert "a call to spot-runner-reconcile: RetriesExhausted" in out
    assert (lying(sqs, "jobs"), lying(sqs, "jobs-dlq")) == (sent, 13)
    here.faults.clear()
    assert json.loads(run("redrive", "--json")[1])["stays"] == 11  # ten are held, and a record stays


def test_a_message_that_the_queue_does_not_take_stays(send: Send, sqs: Any, root: Path) -> None:
    for number in range(3):
        send("jobs-dlq", f"job {number}")
    where = place.find(root, None)

    def refuse_one(parsed: dict[str, Any], **_more: object) -> None:
        refused = parsed["Successful"].pop()["Id"]
        parsed["Failed"] = [{"Id": refused, "Code": "InternalError", "SenderFault": False}]

    where.aws.sqs.meta.events.register("after-call.sqs.SendMessageBatch", refuse_one)
    order = redriving.Order(queues=("jobs-dlq",), changes=True, discards=False)
    (done,) = redriving.redrive(where, order, print)
    assert (done.moved, done.stays, lying(sqs, "jobs-dlq")) == (2, 1, 1)
    assert done.error == "spot-runner-jobs did not take a message: InternalError: repeat the command"


def test_a_message_that_cannot_be_deleted_is_told(send: Send, root: Path) -> None:
    send("jobs-dlq", "a job")
    where = place.find(root, None)

    def refuse(parsed: dict[str, Any], **_more: object) -> None:
        parsed["Failed"] = [{"Id": "0", "Code": "ReceiptHandleIsInvalid", "SenderFault": True}]

    where.aws.sqs.meta.events.register("after-call.sqs.DeleteMessageBatch", refuse)
    order = redriving.Order(queues=("jobs-dlq",), changes=True, discards=False)
    (done,) = redriving.redrive(where, order, print)
    assert (done.moved, done.error) == (
        0,
        "spot-runner-jobs-dlq kept a message (ReceiptHandleIsInvalid): repeat the command",
    )


def on(queues: list[str], *actions: str) -> dict[str, object]:
    arns = [f"arn:aws:sqs:eu-west-1:123456789012:spot-runner-{queue}" for queue in queues]
    return {"Action": [f"sqs:{action}" for action in actions], "Resource": arns}


LOOK = on(["*-dlq"], "GetQueueUrl", "GetQueueAttributes", "ReceiveMessage", "ChangeMessageVisibility")


def test_the_documented_rights_are_enough(run: Run, send: Send, operator: Operator) -> None:
    for queue in DEAD_LETTERS:
        send(queue, a_record())
    operator(LOOK)
    assert run("redrive", "--dry-run")[::2] == (1, "")
    operator(LOOK, on(["*-dlq"], "DeleteMessage"), on(["jobs", "ami-events"], "GetQueueUrl", "SendMessage"))
    assert run("redrive", "--discard")[::2] == (0, "")


def test_a_right_that_is_missing_is_named_and_stops_no_other_queue(run: Run, send: Send, operator: Operator) -> None:
    for queue in ("ami-events-dlq", "jobs-dlq"):
        send(queue, "a message")
    operator(
        LOOK, on(["*-dlq"], "DeleteMessage"), on(["jobs", "ami-events"], "GetQueueUrl"), on(["jobs"], "SendMessage")
    )
    code, out, err = run("redrive")
    assert (code, "jobs-dlq: 1 message, 1 moved back to jobs" in out, len(err.splitlines())) == (1, True, 1)
    assert err.startswith("ami-events-dlq: SendMessageBatch was denied: ")
    assert "it takes sqs:SendMessage on queue spot-runner-ami-events, which no role of the workflows has" in err


def test_large_messages_go_back_one_by_one(run: Run, send: Send, bodies: Bodies) -> None:
    large = [letter * 400_000 for letter in "abc"]
    for body in large:
        send("jobs-dlq", body)
    assert run("redrive")[0] == 0
    assert bodies("jobs") == large


def test_messages_that_another_command_holds_are_told(run: Run, send: Send, sqs: Any) -> None:
    send("jobs-dlq", "a job")
    send("jobs-dlq", "another")
    url = sqs.get_queue_url(QueueName="spot-runner-jobs-dlq")["QueueUrl"]
    sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)
    code, out, _ = run("redrive")
    assert (code, out.splitlines()[1:]) == (
        1,
        [
            "jobs-dlq: 2 messages, 1 moved back to jobs",
            "  1 of them held by another command, or by one that broke off: repeat this in a minute",
        ],
    )


def test_progress_is_told_in_messages(send: Send, root: Path) -> None:
    for number in range(11):
        send("jobs-dlq", str(number))
    heard: list[str] = []
    order = redriving.Order(queues=("jobs-dlq",), changes=True, discards=False)
    redriving.redrive(place.find(root, None), order, heard.append)
    assert heard == ["jobs-dlq: 10 of 11 messages…", "jobs-dlq: 11 of 11 messages…"]


@pytest.mark.usefixtures("sqs")
def test_a_queue_that_there_is_not_is_wrong_usage_with_those_that_there_are(run: Run) -> None:
    code, out, err = run("redrive", "job-dlq")
    assert (code, out) == (2, "")
    assert err == (
        "the queue is 'job-dlq', expected ami-events-dlq, jobs-dlq, preset-sync-dlq, reconcile-dlq, did you mean "
        "jobs-dlq?\n"
    )


@pytest.mark.usefixtures("here")
def test_where_nothing_is_deployed_the_queue_is_named(run: Run) -> None:
    code, out, err = run("redrive")
    assert (code, out) == (1, "")
    assert err == (
        "there is no queue spot-runner-ami-events-dlq in eu-west-1: deploy first, or choose another --environment\n"
    )
