"""What CloudWatch counts of jobs and machines, by the lines that launch writes."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from embedded.github.failures import Failure
from lambdas.adapters import metrics
from lambdas.core import machine_measures
from tests.github_app import ORGANIZATION
from tests.lambdas import cloudwatch
from tests.lambdas.cloudwatch import Series
from tests.lambdas.crashes import KilledError
from tests.lambdas.interruptions import before, refusal
from tests.lambdas.makers import NOON
from tests.lambdas.played_jobs import heard, picked_up, runner_for
from tests.lambdas.played_jobs import launched as launched_for
from tests.lambdas.test_launching_shortages import jobs, without_ami
from tests.lambdas.yard import Yard, a_message

Counted = Callable[[], dict[Series, list[float]]]
GENERATE = f"POST /orgs/{ORGANIZATION}/actions/runners/generate-jitconfig"


@pytest.fixture
def counted(yard: Yard, capsys: pytest.CaptureFixture[str]) -> Counted:
    """A function that returns what was counted since it was called last."""
    assert yard.machines() == []
    capsys.readouterr()
    return lambda: cloudwatch.counted(capsys.readouterr().out)


def both(metric: str, *values: float) -> dict[Series, list[float]]:
    """Return a metric of the deployment and of its preset."""
    return {(metric, own): list(values) for own in ((), ("linux-x64",))}


def launched(*spot: float) -> dict[Series, list[float]]:
    """Return what launches got, one after the other, of spot alone."""
    return both("SpotMachines", *spot) | both("OnDemandMachines", *(0 for _ in spot))


def taken(yard: Yard, number: int = 101, at: str = "2026-11-23T12:09:28Z") -> str:
    """Return what is told when a job's machine takes it."""
    (machine,) = [row["instanceId"] for row in yard.rows("RUNNER") if row["launchedFor"] == number]
    return a_message(yard, "in_progress", id=number, runner_id=7, runner_name=machine, started_at=at)


def over(yard: Yard, number: int = 101, **fields: Any) -> str:
    """Return what is told when a job has run."""
    (machine,) = [row["instanceId"] for row in yard.rows("RUNNER") if row["launchedFor"] == number]
    end = {"conclusion": "success", "started_at": "2026-11-23T12:09:28Z", "completed_at": "2026-11-23T12:20:00Z"}
    return a_message(yard, "completed", id=number, runner_id=7, runner_name=machine, **end, **fields)


def test_the_life_of_a_job_is_heard_of_launched_and_started(yard: Yard, counted: Counted) -> None:
    yard.take(a_message(yard, minutes=0))
    assert counted() == both("QueueToReceived", 2.0) | launched(1)
    yard.take(taken(yard))
    assert counted() == both("QueueToStart", 570.0)
    yard.take(over(yard))
    assert counted() == {}


def test_a_batch_is_one_line_for_what_came_and_one_for_its_launch(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    yard.take(*jobs(yard, 3))
    came, launched = cloudwatch.lines(capsys.readouterr().out)
    assert came["QueueToReceived"] == [2.0, 2.0, 2.0]
    assert (launched["SpotMachines"], launched["launchId"]) == (3, "launch-1")
    yard.take(*(taken(yard, number, f"2026-11-23T12:0{number}:58Z") for number in (1, 2, 3)))
    (started,) = cloudwatch.lines(capsys.readouterr().out)
    assert started["QueueToStart"] == [120.0, 180.0, 240.0]


def test_a_start_that_is_told_again_and_again_is_measured_once(yard: Yard, counted: Counted) -> None:
    yard.take(*jobs(yard, 2))
    counted()
    yard.take(taken(yard, 1))
    yard.take(taken(yard, 1), taken(yard, 1), taken(yard, 2))
    yard.take(over(yard, 1), over(yard, 2))
    yard.take(taken(yard, 1), taken(yard, 2))
    assert counted() == both("QueueToStart", 570.0, 570.0)


def test_the_share_of_spot_is_what_spot_gave_of_all_and_what_it_lacked_fell_back(yard: Yard, counted: Counted) -> None:
    yard.fleets.capacity.left["spot", "m7i.large", "*"] = 1
    yard.fleets.capacity.left["spot", "m6i.large", "*"] = 0
    yard.fleets.capacity.left["on-demand", "*", "*"] = 1
    yard.take(*jobs(yard, 4))
    found = counted()
    markets = [row["market"] for row in yard.rows("RUNNER")]
    spot, on_demand = markets.count("spot"), markets.count("on-demand")
    assert (sum(found["SpotMachines", ()]), sum(found["OnDemandMachines", ("linux-x64",)])) == (spot, on_demand)
    assert (found["Fallbacks", ()], found["Shortages", ()]) == ([4 - spot], [4 - spot - on_demand])
    assert spot > 0
    assert on_demand > 0


def test_a_shortage_is_counted_each_time_that_nothing_was_to_be_had(yard: Yard, counted: Counted) -> None:
    yard.change(spotStrategy="spotOnly")
    yard.fleets.capacity.left["spot", "*", "*"] = 0
    yard.take(*jobs(yard, 2))
    yard.pass_on()
    assert counted() == both("QueueToReceived", 2.0, 2.0) | launched(0, 0) | both("Shortages", 2, 2)


def test_a_fault_is_neither_a_shortage_nor_a_fallback_and_its_message_failed(yard: Yard, counted: Counted) -> None:
    with before("ec2.CreateFleet", refusal("UnauthorizedOperation")):
        yard.take(*jobs(yard, 2))
    found = counted()
    assert found == both("QueueToReceived", 2.0, 2.0) | launched(0) | both("FleetFaults", 1) | {
        ("MessagesFailed", ()): [2]
    }


def test_machines_that_github_gave_nothing_are_given_up_and_a_limit_of_githubs_is_no_fault(
    yard: Yard, counted: Counted
) -> None:
    yard.organization.played.failures.add(Failure(match=GENERATE, status=429, headers={"Retry-After": "40"}))
    yard.take(*jobs(yard, 2))
    assert counted() == both("QueueToReceived", 2.0, 2.0) | launched(2) | both("RegistrationsPaced", 2)
    yard.organization.played.failures.add(Failure(match=GENERATE, status=403, times=2))
    yard.pass_on()
    assert counted() == both("RegistrationFaults", 2) | both("MachinesGivenUp", 2)


def test_a_group_that_is_not_there_is_a_fault_before_any_machine_is_started(yard: Yard, counted: Counted) -> None:
    yard.change(runnerGroup="Nobody's")
    yard.take(*jobs(yard, 2))
    assert counted() == (both("QueueToReceived", 2.0, 2.0) | both("RegistrationFaults", 2) | both("JobsHeld", 2))


def test_jobs_without_room_are_held_and_jobs_without_an_ami_are_parked(yard: Yard, counted: Counted) -> None:
    yard.max_runners = 1
    yard.take(*jobs(yard, 3))
    assert counted()["JobsHeld", ("linux-x64",)] == [2]
    yard.delayed()
    without_ami(yard)
    counted()
    yard.take(*(a_message(yard, id=number) for number in (4, 5)))
    assert counted() == both("QueueToReceived", 2.0, 2.0) | both("JobsParked", 2)


def test_why_a_job_is_held_stands_beside_its_number_to_search_by(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    yard.max_runners = 1
    yard.take(*jobs(yard, 2))
    (held,) = [one for one in cloudwatch.lines(capsys.readouterr().out) if "JobsHeld" in one]
    assert held["why"] == "maxRunners of the deployment are reached: 1"
    assert json.dumps(held).count("octo-org") == 0, "no repository is told to CloudWatch"


def test_a_message_that_waits_for_another_to_carry_its_launch_out_is_no_failure(yard: Yard, counted: Counted) -> None:
    with before("ec2.CreateFleet", dies), pytest.raises(KilledError):
        yard.take(*jobs(yard, 1))
    yard.forget_received()
    counted()
    assert yard.take(*jobs(yard, 1)) == ["0"]
    assert counted() == {}


def dies() -> None:
    raise KilledError


def test_the_state_of_presets_does_not_add_up_to_the_deployments_which_is_told_by_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    counters = {"total": 5, "preset:linux-x64": 3, "preset:gpu": 2}
    metrics.emit("spot-runner", machine_measures.alive(counters), NOON)
    assert cloudwatch.counted(capsys.readouterr().out) == {
        ("MachinesAlive", ()): [5],
        ("MachinesAlive", ("linux-x64",)): [3],
        ("MachinesAlive", ("gpu",)): [2],
    }


def test_reconcile_tells_of_machines_that_live_and_of_jobs_that_nothing_known_keeps_waiting(
    yard: Yard, counted: Counted
) -> None:
    yard.fleets.capacity.left["spot", "*", "*"], yard.fleets.capacity.left["on-demand", "*", "*"] = 1, 0
    first, *_ = launched_for(yard, 3)
    heard(yard, picked_up(yard, runner_for(yard, first)), "in_progress")
    counted()
    yard.reconcile(16 * 60)
    told = counted()
    assert told["MachinesAlive", ("linux-x64",)] == [1.0]
    assert told["JobsStuck", ("linux-x64",)] == [2.0]
    yard.reconcile(60)
    assert "JobsStuck" not in {name for name, _ in counted()}, "that is looked at every five minutes"
