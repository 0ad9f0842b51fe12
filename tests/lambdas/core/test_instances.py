"""Which machines have ended, outlived their time, or belong to nobody."""

from datetime import timedelta
from typing import Any

import pytest

from lambdas.core import instances, times
from lambdas.core.instances import Instance
from tests.lambdas.makers import at

NOW = at(24 * 60)
SAID = {
    "InstanceId": "i-1",
    "InstanceType": "m7i.large",
    "LaunchTime": NOW,
    "State": {"Name": "running"},
    "Tags": [{"Key": "spot-runner:launch", "Value": "launch-1"}],
}


def ago(minutes: float) -> str:
    return times.text(NOW - timedelta(minutes=minutes))


def a_row(minutes_ago: float = 60, **changes: Any) -> dict[str, Any]:
    """Return the row of a configured machine that was launched so long ago."""
    then = ago(minutes_ago)
    fields = {"launchedAt": then, "configuredAt": then, "updatedAt": then, "timeoutMinutes": 60}
    found = {"instanceId": "i-0123456789abcdef0", **fields, **changes}
    return {name: value for name, value in found.items() if value is not None}


OVERDUE = {
    "an idle machine past its timeout and some": (a_row(90), True),
    "not before": (a_row(89), False),
    "a job that began late has all its time": (a_row(200, runningJob=7, updatedAt=ago(89)), False),
    "and no more": (a_row(200, runningJob=7, updatedAt=ago(90)), True),
    "a preset with a longer timeout": (a_row(200, timeoutMinutes=7200), False),
    "a row of an older release": (a_row(7000, timeoutMinutes=None), False),
    "a machine that never got a configuration": (a_row(12, configuredAt=None), True),
    "not while it waits for one": (a_row(11, configuredAt=None), False),
}


@pytest.mark.parametrize("what", OVERDUE)
def test_a_machine_that_should_have_powered_off_long_ago_is_overdue_ins_1(what: str) -> None:
    row, expected = OVERDUE[what]
    assert instances.is_overdue(row, NOW) is expected


def test_a_machine_that_ec2_does_not_show_has_ended_unless_it_is_new_ins_2() -> None:
    assert instances.has_ended(a_row(2), set(), NOW)
    assert not instances.has_ended(a_row(1), set(), NOW)
    assert not instances.has_ended(a_row(60), {"i-0123456789abcdef0"}, NOW)


@pytest.mark.parametrize(("platform", "minutes"), [("linux", 10), ("windows", 20)])
def test_an_orphan_has_a_grace_and_two_strikes_ins_2(platform: str, minutes: int) -> None:
    def one(age: float) -> Instance:
        said = {**SAID, "LaunchTime": NOW - timedelta(minutes=age)}
        return instances.instance({**said, "Platform": "windows"} if platform == "windows" else said)

    assert instances.is_orphan(one(minutes), ("i-1",), NOW)
    assert not instances.is_orphan(one(minutes - 1), ("i-1",), NOW)
    assert not instances.is_orphan(one(minutes), ("i-2",), NOW)


def test_an_instance_is_read_from_what_ec2_says() -> None:
    found = instances.instance(SAID)
    assert (found.instance_id, found.instance_type, found.launch_id) == ("i-1", "m7i.large", "launch-1")
    assert (found.platform, found.launched_at, found.has_ended, found.reason) == ("linux", NOW, False, "")
    assert instances.instance({**SAID, "Platform": "Windows"}).platform == "windows"


ENDS = {
    "Client.InvalidKMSKey.InvalidState": True,
    "Client.VolumeLimitExceeded": True,
    "Client.InstanceInitiatedShutdown": False,
    "Client.UserInitiatedShutdown": False,
    "Server.SpotInstanceTermination": False,
    "Server.InsufficientInstanceCapacity": False,
}


@pytest.mark.parametrize("code", ENDS)
def test_an_end_is_a_fault_if_each_further_machine_meets_it(code: str) -> None:
    why = {"Code": code, "Message": f"{code}: It is said\nwhy"}
    found = instances.instance({**SAID, "State": {"Name": "terminated"}, "StateReason": why})
    assert (found.has_ended, found.has_failed, found.reason) == (True, ENDS[code], f"{code}: It is said why")


def test_an_instance_whose_machine_has_just_ended_is_left_to_whoever_ended_it() -> None:
    assert instances.is_left_over(a_row(endedAt=ago(1)), NOW)
    assert not instances.is_left_over(a_row(endedAt=ago(0.5)), NOW)
    assert not instances.is_left_over(a_row(), NOW)
