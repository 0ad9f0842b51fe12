"""reconcile, killed at every call to AWS and to GitHub amid all that can go wrong with jobs and machines at once.

Who is killed before a call that only reads leaves the same world as who is killed before the next one that writes.

Two rounds later no machine is without work, every job that waits has a machine or a message, and no launch has
started twice.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from embedded.github.failures import Failure
from tests.github_app import LABELS
from tests.lambdas.crashes import AFTER, KilledError, counted, in_a_copy, killed_at, moments
from tests.lambdas.played_jobs import a_job, done_elsewhere, heard, launched, picked_up, runner_for, told
from tests.lambdas.stories.test_crashes import granted
from tests.lambdas.test_reconciling_jobs import died_before
from tests.lambdas.test_reconciling_machines import forget_machine
from tests.lambdas.yard import Yard

MINUTE = 60
WRITES = re.compile(r"\.(?!Get|Query|BatchGet|Describe)")
REPEATED = "POST /app/hook/deliveries/"


def everything_goes_wrong(yard: Yard) -> None:
    """Have an orphan, a surplus machine, a stolen one, two that died, missed events, a launch and a delivery lost."""
    actions = yard.organization.played.actions
    (gone,) = launched(yard)
    forget_machine(yard)
    actions.cancel(gone)
    heard(yard, gone, "completed")
    yard.reconcile(7 * MINUTE)
    (served,) = launched(yard, labels=(*LABELS, "x64"))
    yard.account.clock.advance(2 * MINUTE)
    (done,) = launched(yard)
    picked_up(yard, runner_for(yard, done))
    heard(yard, done, "in_progress")
    end_machine_of(yard, done.id)
    actions.finish(done, "success")
    thief = a_job(yard)
    (robbed,) = launched(yard)
    picked_up(yard, runner_for(yard, robbed))
    heard(yard, thief, "in_progress")
    done_elsewhere(yard, served)
    (unlucky,) = launched(yard)
    end_machine_of(yard, unlucky.id)
    died_before(yard, "dynamodb.TransactWriteItems", 3, told(yard, a_job(yard)))
    lose_a_delivery(yard)
    yard.account.clock.advance(4 * MINUTE)


def end_machine_of(yard: Yard, job_id: int) -> None:
    row = next(one for one in yard.rows("RUNNER") if one["launchedFor"] == job_id)
    yard.account.world.ec2.terminate_instances(InstanceIds=[row["instanceId"]])


def lose_a_delivery(yard: Yard) -> None:
    app, hooks = yard.organization.app, yard.organization.played.hooks
    app.webhook_url, app.events = "http://127.0.0.1:9/webhook", ("workflow_job",)
    hooks.mishaps.add(Failure(match="workflow_job .*", effect="lost", times=1))
    a_job(yard)
    app.webhook_url = ""


@contextmanager
def killed_after(yard: Yard, number: int) -> Iterator[None]:
    """Kill whoever makes the request to GitHub of that number, counted from 1, right after it took effect."""
    count = [0]

    def kill(_: str) -> None:
        count[0] += 1
        if count[0] == number:
            raise KilledError

    yard.session.after.append(kill)
    try:
        yield
    except KilledError:
        return
    finally:
        yard.session.after.remove(kill)
    raise AssertionError(f"there was no request {number} of {len(yard.session.asked)}")


def two_rounds_later(yard: Yard) -> dict[str, Any]:
    """Return what is wrong once launch has taken its messages, and two more rounds were done."""
    for seconds in (MINUTE, 5 * MINUTE):
        yard.pass_on()
        yard.reconcile(seconds)
    yard.pass_on()
    carried = {job["jobId"] for _, one in yard.delayed() for job in one.get("jobs", ())}
    items = yard.account.items()
    jobs = [one for one in items if one["SK"] == "JOB"]
    live = [one for one in items if one["SK"] == "RUNNER" and "kind" in one]
    waiting = [one["jobId"] for one in jobs if one["status"] == "queued" and "kind" in one]
    idle = [one["instanceId"] for one in live if "runningJob" not in one]
    machines = yard.machines()
    shown = {one["InstanceId"] for one in machines}
    tags = [tag["Value"] for one in machines for tag in one["Tags"] if tag["Key"] == "spot-runner:launch"]
    asked = sum(name.startswith(REPEATED) for name in yard.session.asked)
    return {
        "jobs without machine or message": max(0, len(set(waiting) - carried) - len(idle)),
        "idle machines without a job": max(0, len(idle) - len(waiting)),
        "machines without a row": sorted(shown ^ {one["instanceId"] for one in live}),
        "counted wrongly": next(one["total"] for one in items if one["PK"] == "CAPACITY") - len(live),
        "started twice": [launch for launch, times in Counter(tags).items() if times > 1],
        "jobs": dict(Counter(one["status"] for one in jobs)),
        "deliveries forgotten": max(0, 1 - asked),
    }


NOTHING = {
    "jobs without machine or message": 0,
    "idle machines without a job": 0,
    "machines without a row": [],
    "counted wrongly": 0,
    "started twice": [],
    "jobs": {"completed": 3, "in_progress": 1, "queued": 3},
    "deliveries forgotten": 0,
}


def test_killed_at_any_call_of_aws_or_github_nothing_leaks_and_nobody_waits_for_ever_ins_2(yard: Yard) -> None:
    everything_goes_wrong(yard)
    yard.session.asked.clear()

    def undisturbed() -> dict[str, Any]:
        with counted() as calls:
            yard.reconcile(0)
        requests = list(yard.session.asked)
        return {"calls": calls.made, "requests": requests, "wrong": two_rounds_later(yard)}

    seen = in_a_copy(undisturbed)
    calls, requests = seen["calls"], seen["requests"]
    assert seen["wrong"] == NOTHING
    assert len(calls) >= 36, calls
    assert len(requests) >= 4
    rights = {call.replace("secrets-manager", "secretsmanager") for call in calls}
    assert rights - {"dynamodb.TransactWriteItems", "github.Request"} <= granted("reconcile")

    def killed(by: Any) -> dict[str, Any]:
        with by:
            yard.reconcile(0)
        return two_rounds_later(yard)

    for moment, number in moments(calls):
        if moment == AFTER or WRITES.search(calls[number - 1]):
            ended = in_a_copy(partial(killed, killed_at(moment, number)))
            assert ended == NOTHING, f"killed {moment} {calls[number - 1]}, {number}"
    for number, request in enumerate(requests, start=1):
        if not request.startswith("GET "):
            ended = in_a_copy(partial(killed, killed_after(yard, number)))
            assert ended == NOTHING, f"killed after {request}"
