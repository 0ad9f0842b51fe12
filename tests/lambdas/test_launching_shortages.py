"""What launch does when there is no machine to be had: another market, later, or somebody is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lambdas.core import pacing
from tests.lambdas.account import client
from tests.lambdas.crashes import counted, in_a_copy, killed_at
from tests.lambdas.interruptions import before, refusal
from tests.lambdas.yard import Yard, a_message


def jobs(yard: Yard, count: int, **fields: Any) -> list[str]:
    """Return so many jobs, numbered from 1."""
    return [a_message(yard, id=number, **fields) for number in range(1, count + 1)]


def markets(yard: Yard) -> list[str]:
    return sorted(one.get("InstanceLifecycle", "on-demand") for one in yard.machines())


def test_what_spot_lacks_comes_on_demand_from_the_same_pools_job_5(yard: Yard) -> None:
    yard.fleets.capacity.left["spot", "m7i.large", "*"] = 1
    yard.fleets.capacity.left["spot", "m6i.large", "*"] = 1
    yard.fleets.capacity.left["on-demand", "m7i.large", "*"] = 1
    yard.fleets.capacity.left["on-demand", "m6i.large", "eu-west-1a"] = 0
    assert yard.take(*jobs(yard, 4)) == []
    assert markets(yard) == ["on-demand", "on-demand", "spot", "spot"]
    assert sorted(one["market"] for one in yard.rows("RUNNER")) == ["on-demand", "on-demand", "spot", "spot"]
    assert len(yard.runners()) == 4
    assert yard.delayed() == []
    assert {yard.job(number)["launchId"] for number in (1, 2, 3, 4)} == {"launch-1", "launch-1-od"}
    assert yard.room()["total"] == 4


def test_what_both_lack_waits_without_using_up_an_attempt_and_starts_when_there_is_some(yard: Yard) -> None:
    yard.fleets.capacity.left["spot", "*", "*"] = 1
    yard.fleets.capacity.left["on-demand", "*", "*"] = 1
    assert yard.take(*jobs(yard, 3)) == []
    assert (len(yard.machines()), yard.room()["total"]) == (2, 2)
    assert "launchId" not in yard.job(3)
    yard.fleets.capacity.left.clear()
    assert yard.pass_on() == []
    assert (len(yard.machines()), len(yard.runners()), yard.room()["total"]) == (3, 3, 3)


def test_spot_only_never_costs_on_demand(yard: Yard) -> None:
    yard.change(spotStrategy="spotOnly")
    yard.fleets.capacity.left["spot", "*", "*"] = 0
    assert yard.take(*jobs(yard, 2)) == []
    assert yard.machines() == []
    ((seconds, waiting),) = yard.delayed()
    assert (seconds, waiting["action"], waiting["attempt"]) == (15, "start", 1)
    assert [one["jobId"] for one in waiting["jobs"]] == [1, 2]


def test_what_spot_took_away_once_stays_on_demand_while_there_is_too_little_ins_3(yard: Yard) -> None:
    for market in ("spot", "on-demand"):
        yard.fleets.capacity.left[market, "*", "*"] = 0
    assert yard.take(*jobs(yard, 2)) == []
    ((_, waiting),) = yard.delayed()
    yard.fleets.capacity.left["on-demand", "*", "*"] = 1
    assert yard.take(yard.text({**waiting, "onDemand": True})) == []
    ((_, again),) = yard.delayed()
    assert (again["onDemand"], again["attempt"], [one["jobId"] for one in again["jobs"]]) == (True, 2, [2])


def test_on_demand_only_never_asks_for_spot(yard: Yard) -> None:
    yard.change(spotStrategy="onDemandOnly")
    yard.take(*jobs(yard, 2))
    assert markets(yard) == ["on-demand", "on-demand"]


def test_a_shortage_that_lasts_is_asked_about_less_and_less_often(yard: Yard) -> None:
    yard.fleets.capacity.left["spot", "*", "*"] = yard.fleets.capacity.left["on-demand", "*", "*"] = 0
    yard.take(*jobs(yard, 1))
    waits = []
    for _ in range(6):
        ((seconds, waiting),) = yard.delayed()
        waits.append(seconds)
        yard.account.clock.advance(seconds)
        assert yard.take(yard.text(waiting)) == []
    assert waits == [15, 30, 60, 120, 120, 120]
    assert yard.room()["total"] == 0


def test_what_a_shortage_did_not_use_of_githubs_limit_is_given_back(yard: Yard) -> None:
    yard.fleets.capacity.left["spot", "*", "*"] = yard.fleets.capacity.left["on-demand", "*", "*"] = 0
    yard.take(*jobs(yard, 1))
    first = yard.account.item(f"BUDGET#{yard.organization.app.id}", "BUDGET")["lastMs"]
    assert first == int(yard.account.clock.now().timestamp()) * 1000


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "InvalidAMIID.NotFound"])
def test_a_fault_is_no_shortage_and_hides_behind_no_on_demand_machine_job_5(yard: Yard, code: str) -> None:
    with before("ec2.CreateFleet", refusal(code)):
        assert yard.take(*jobs(yard, 2)) == ["0", "1"]
    assert [row["market"] for row in yard.rows("LAUNCH")] == ["spot"]
    assert yard.machines() == []
    assert yard.room()["total"] == 0
    assert "launchId" not in yard.job(1)
    assert yard.take(*jobs(yard, 2)) == []
    assert len(yard.machines()) == 2


@contextmanager
def busy_ec2(yard: Yard) -> Iterator[None]:
    """Let EC2 be too busy to start anything on spot: it says so with HTTP 200."""

    def busy(parsed: dict[str, Any], **_: object) -> None:
        parsed["Errors"] = [{**one, "ErrorCode": "RequestLimitExceeded"} for one in parsed["Errors"]]

    yard.fleets.capacity.left["spot", "*", "*"] = 0
    events = yard.account.world.ec2.meta.events
    events.register("after-call.ec2.CreateFleet", busy)
    try:
        yield
    finally:
        events.unregister("after-call.ec2.CreateFleet", busy)


@pytest.mark.parametrize("dies", [False, True], ids=["at once", "by whoever goes on with a launch"])
def test_while_ec2_is_busy_a_job_waits_and_does_not_go_on_demand_job_5(yard: Yard, *, dies: bool) -> None:
    with busy_ec2(yard):
        if dies:
            with before("ec2.CreateFleet", refusal("InternalError")):
                assert yard.take(*jobs(yard, 1)) == ["0"]
        assert yard.take(*jobs(yard, 1)) == []
    assert [row["market"] for row in yard.rows("LAUNCH")] == ["spot"]
    assert yard.machines() == []
    ((seconds, waiting),) = yard.delayed()
    assert (seconds, waiting["action"], waiting["onDemand"]) == (15, "start", False)


def test_an_ami_that_is_gone_is_a_fault_though_ec2_answers_with_200_job_5(yard: Yard) -> None:
    ami = yard.account.item()["amiId"]
    yard.account.world.ec2.deregister_image(ImageId=ami)
    assert yard.take(*jobs(yard, 1)) == ["0"]
    assert [row["market"] for row in yard.rows("LAUNCH")] == ["spot"]
    assert yard.room()["total"] == 0


def test_an_answer_that_was_lost_is_asked_for_again_and_no_second_fleet_starts(yard: Yard) -> None:
    with before("ec2.CreateFleet", refusal("InternalError")):
        assert yard.take(*jobs(yard, 2)) == ["0", "1"]
    assert yard.job(1)["launchId"] == "launch-1"
    assert yard.take(*jobs(yard, 2)) == []
    assert [row["launchId"] for row in yard.rows("LAUNCH")] == ["launch-1"]
    assert len(yard.machines()) == 2


def test_if_ec2_names_no_machines_when_it_is_asked_again_they_are_found_by_their_tag(yard: Yard) -> None:
    """The first answer is lost while it is being kept, the second one, to the same token, names nothing."""

    def forget(parsed: dict[str, Any], **_: object) -> None:
        parsed["Instances"] = []

    with died_before(yard, "ec2.CreateFleet"):
        yard.take(*jobs(yard, 2))
    started = {machine["InstanceId"] for machine in yard.machines()}
    assert len(started) == 2
    yard.account.clock.advance(75)
    events = client("ec2").meta.events
    events.register("after-call.ec2.CreateFleet", forget)
    try:
        assert yard.take(*jobs(yard, 2)) == []
    finally:
        events.unregister("after-call.ec2.CreateFleet", forget)
    assert {machine["InstanceId"] for machine in yard.machines()} == started == set(yard.runners())


@contextmanager
def died_before(yard: Yard, call: str) -> Iterator[None]:
    """Kill launch right after a call took effect, before anything is kept of it."""
    calls = in_a_copy(lambda: {"made": made(yard)})["made"]
    with killed_at("before-send", calls.index(call) + 2):
        yield
    yard.forget_received()


def made(yard: Yard) -> list[str]:
    """Return the calls by which two jobs get their machines."""
    with counted() as calls:
        yard.take(*jobs(yard, 2))
    return calls.made


def test_no_more_machines_live_than_the_preset_allows(yard: Yard) -> None:
    assert yard.take(*jobs(yard, 9)) == []
    assert (len(yard.machines()), yard.room()) == (7, {"total": 7, "preset:linux-x64": 7})
    assert yard.job(9)["waitsFor"] == "maxRunners of the preset are reached: 7"
    interval = pacing.interval_ms(pacing.REQUESTS_PER_HOUR, 1)
    taken = yard.account.item(f"BUDGET#{yard.organization.app.id}", "BUDGET")["lastMs"]
    assert taken == pacing.milliseconds(yard.account.world.now) + 7 * interval, "two places are given back"
    ((_, waiting),) = yard.delayed()
    assert [one["jobId"] for one in waiting["jobs"]] == [8, 9]


def test_no_more_machines_live_than_the_deployment_allows(yard: Yard) -> None:
    yard.max_runners = 2
    assert yard.take(*jobs(yard, 3)) == []
    assert len(yard.machines()) == 2
    assert yard.job(3)["waitsFor"] == "maxRunners of the deployment are reached: 2"


def test_a_machine_that_ended_makes_room(yard: Yard) -> None:
    yard.max_runners = 1
    yard.take(*jobs(yard, 2))
    (machine,) = yard.machines()
    (row,) = yard.rows("RUNNER")
    over = {"runner_id": row["runnerId"], "runner_name": machine["InstanceId"], "completed_at": "2026-11-23T12:20:00Z"}
    assert yard.take(a_message(yard, "completed", id=1, conclusion="success", **over)) == []
    assert yard.room() == {"total": 0, "preset:linux-x64": 0}
    assert yard.pass_on() == []
    assert len(yard.machines()) == 1
    assert "waitsFor" not in yard.job(2)


def test_while_the_deployment_is_paused_jobs_wait_and_none_is_lost(yard: Yard) -> None:
    table, name = yard.account.world.table.client, yard.account.world.table.name
    key = {"PK": {"S": "CAPACITY"}, "SK": {"S": "DEPLOYMENT"}}
    table.put_item(TableName=name, Item={**key, "pausedAt": {"S": "2026-11-23T12:00:00Z"}})
    assert yard.take(*jobs(yard, 2)) == []
    assert yard.machines() == []
    assert yard.job(1)["waitsFor"] == "the deployment is paused"
    table.delete_item(TableName=name, Key=key)
    assert yard.pass_on() == []
    assert len(yard.machines()) == 2


def without_ami(yard: Yard) -> None:
    """Deploy the preset anew with another recipe, of which nothing is built yet, on another architecture."""
    ami = yard.account.item()["amiId"]
    yard.account.world.ec2.deregister_image(ImageId=ami)
    yard.account.clock.advance(3600)
    yard.account.reconcile()
    yard.delayed()
    yard.account.clock.advance(60)
    assert yard.account.item()["amiId"] is None


def test_a_job_whose_preset_has_no_ami_is_parked_and_started_when_it_arrives_job_2(yard: Yard) -> None:
    without_ami(yard)
    assert yard.take(*jobs(yard, 3)) == []
    assert yard.machines() == []
    assert (yard.job(1)["kind"], yard.job(1)["waitsFor"]) == ("JOB#parked#linux-x64", "the preset has no AMI yet")
    assert yard.delayed() == []
    yard.account.start(yard.account.item("PRESET#linux-x64", "CONFIG")["pipelineArn"])
    yard.account.build_to_the_end()
    yard.account.deliver(yard.account.events[-1])
    told = yard.delayed()
    assert [one["action"] for _, one in told] == ["ami-arrived"]
    assert yard.take(*(yard.text(one) for _, one in told)) == []
    assert yard.pass_on() == []
    assert (len(yard.machines()), len(yard.runners())) == (3, 3)
    assert (yard.job(1)["kind"], yard.job(1).get("waitsFor")) == ("JOB#open", None)


def test_an_ami_that_arrives_while_a_job_is_being_parked_is_not_missed_job_2(yard: Yard) -> None:
    name = "/spot-runner/configs/linux-x64"
    shown = yard.account.parameters()["linux-x64"]
    yard.account.world.ssm.put_parameter(Name=name, Value=yard.text({**shown, "amiId": None}), Overwrite=True)
    assert yard.take(*jobs(yard, 1)) == []  # the parameter lags behind the table
    assert yard.job(1)["kind"] == "JOB#open"
    yard.account.world.ssm.put_parameter(Name=name, Value=yard.text(shown), Overwrite=True)
    assert yard.pass_on() == []
    assert len(yard.machines()) == 1


def test_a_parked_job_that_was_cancelled_is_not_started(yard: Yard) -> None:
    without_ami(yard)
    yard.take(*jobs(yard, 1))
    yard.take(a_message(yard, "completed", id=1, conclusion="cancelled", completed_at="2026-11-23T12:05:00Z"))
    assert yard.take(yard.text({"v": 1, "action": "ami-arrived", "preset": "linux-x64"})) == []
    assert yard.delayed() == []


def test_a_parked_job_that_waits_for_room_is_carried_by_one_message(yard: Yard) -> None:
    without_ami(yard)
    yard.take(*jobs(yard, 2))
    yard.account.start(yard.account.item("PRESET#linux-x64", "CONFIG")["pipelineArn"])
    yard.account.build_to_the_end()
    yard.account.deliver(yard.account.events[-1])
    yard.max_runners = 1
    assert yard.take(*(yard.text(one) for _, one in yard.delayed())) == []
    assert yard.pass_on() == []
    assert len(yard.machines()) == 1
    assert yard.take(yard.text({"v": 1, "action": "ami-arrived", "preset": "linux-x64"})) == []
    assert [message["action"] for _, message in yard.delayed()] == ["start"]


def test_a_job_that_ended_while_it_waited_is_not_carried_any_more(yard: Yard) -> None:
    yard.change(runnerGroup="Builders")
    yard.take(*jobs(yard, 1))
    assert yard.pass_on() == []
    yard.account.clock.advance(10)
    cancelled = a_message(yard, "completed", id=1, conclusion="cancelled", completed_at="2026-11-23T12:05:00Z")
    assert yard.take(cancelled) == []
    assert yard.pass_on() == []
    assert yard.delayed() == []
