"""launch, killed at any call while machines end, and told again: none stays, none is ended twice, no job is lost."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from embedded.github.workflow_jobs import Job
from tests.lambdas.crashes import counted, in_a_copy, killed_at, moments
from tests.lambdas.played_jobs import heard, queued, started, told
from tests.lambdas.yard import Yard

LEASE_SECONDS = 75
ROUNDS = 8


def a_job_ended(yard: Yard) -> list[str]:
    """Let two jobs end, one of which ran on the machine of the other."""
    first, second = queued(yard), queued(yard)
    ids = {row["launchedFor"]: row["instanceId"] for row in yard.rows("RUNNER")}
    for job, machine in ((first, ids[second.id]), (second, ids[first.id])):
        started(yard, job, machine)
        yard.organization.played.actions.finish(job, "success")
    return [told(yard, first), told(yard, second)]


def a_job_was_cancelled(yard: Yard) -> list[str]:
    """Let one of two jobs be cancelled before a runner took it, and the other go on."""
    job, other = queued(yard), queued(yard)
    del other
    yard.organization.played.actions.cancel(job)
    return [told(yard, job)]


def a_machine_was_interrupted(yard: Yard) -> list[str]:
    """Let EC2 warn of the end of a machine that runs a job, and GitHub of the job's."""
    job = queued(yard)
    machine = started(yard, job)
    yard.fleets.interrupt(machine)
    warning = _warning(yard)
    yard.organization.played.actions.finish(job, "failure")
    return [warning, told(yard, job)]


def an_idle_machine_was_interrupted(yard: Yard) -> list[str]:
    """Let EC2 warn of the end of a machine that waits for its job."""
    queued(yard)
    yard.fleets.interrupt(yard.machines()[0]["InstanceId"])
    return [_warning(yard)]


SCENES: dict[str, tuple[Callable[[Yard], list[str]], int]] = {
    "a job ended": (a_job_ended, 3),
    "a job was cancelled": (a_job_was_cancelled, 8),
    "a machine was interrupted": (a_machine_was_interrupted, 7),
    "an idle machine was interrupted": (an_idle_machine_was_interrupted, 6),
}


def _warning(yard: Yard) -> str:
    return json.dumps(next(one for one in yard.account.events if one["detail-type"].startswith("EC2 Spot Instance")))


def tell_until_it_is_done(yard: Yard, bodies: list[str]) -> None:
    """Deliver everything again one by one, then all that was sent meanwhile, and what GitHub tells of by then."""
    yard.forget_received()
    yard.another_container()
    for body in bodies:
        yard.account.clock.advance(LEASE_SECONDS)
        assert yard.take(body) == []
    for _ in range(ROUNDS):
        assert yard.pass_on() == []
        for job in _again(yard):
            assert heard(yard, job) == []
    assert yard.delayed() == [], "messages are sent for ever"


def _again(yard: Yard) -> list[Job]:
    """Return the jobs of second attempts: GitHub tells of them when they are queued."""
    runs = yard.organization.played.actions.runs.values()
    return [job for run in runs for job in run.jobs_of(2) if job.status == "queued"]


def seen(yard: Yard) -> dict[str, Any]:
    """Return what is left: machines by market with what belongs to them, what is counted, and attempts of runs."""
    rows = yard.account.items()
    live = [row for row in rows if row["SK"] == "RUNNER" and row.get("kind")]
    assert {row["instanceId"] for row in live} == set(yard.runners()), "machines that live have runners, and no others"
    running = {machine["InstanceId"] for machine in yard.machines()}
    return {
        "live": sorted(row["market"] for row in live),
        "all run": {row["instanceId"] for row in live} <= running,
        "room": yard.room(),
        "attempts": [run.attempt for run in yard.organization.played.actions.runs.values()],
        "reasons": sorted(row["endReason"] for row in rows if row["SK"] == "RUNNER" and "endReason" in row),
    }


def killed_and_told_again(yard: Yard, bodies: list[str], moment: str, number: int) -> dict[str, Any]:
    with killed_at(moment, number):
        yard.take(*bodies)
    tell_until_it_is_done(yard, bodies)
    return seen(yard)


@pytest.mark.parametrize("scene", SCENES)
def test_launch_killed_at_any_call_and_told_again_ends_what_is_to_end(yard: Yard, scene: str) -> None:
    prepare, fewest = SCENES[scene]
    bodies = prepare(yard)

    def undisturbed() -> dict[str, Any]:
        with counted() as calls:
            yard.take(*bodies)
        tell_until_it_is_done(yard, bodies)
        return {"calls": calls.made, **seen(yard)}

    expected = in_a_copy(undisturbed)
    calls = expected.pop("calls")
    assert len(calls) >= fewest, calls
    for moment, number in moments(calls):
        ended = in_a_copy(partial(killed_and_told_again, yard, bodies, moment, number))
        assert ended == expected, f"killed {moment} {calls[number - 1]}"
