"""Machines that power off whatever happened before: INS-1 of what broke other systems of this kind."""

import json
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

Machines = Callable[..., Any]
Until = Callable[..., None]
Site = Any  # of conftest.py: test folders are not packages
SECONDS = 30
HANGING = '#!/usr/bin/env bash\ntouch "$MACHINE/begun"\nsleep 600\n'


def ended(site: Site, machines: Any, instance: str) -> str:
    """Return what a machine said, once it has ended and its instance is gone."""
    machine = machines.of(instance)
    assert machine.ended.wait(SECONDS), machine.console
    assert site.state(instance) == "terminated"
    return str(machine.console)


def test_without_a_configuration_in_time_it_powers_off_ins_1(site: Site, machines: Machines) -> None:
    with machines(SPOT_RUNNER_ROW_SECONDS="0") as booted:
        assert "there was no configuration within 0 seconds" in ended(site, booted, site.launch())


def test_without_a_metadata_service_it_powers_off_ins_1(site: Site, machines: Machines) -> None:
    with machines(AWS_EC2_METADATA_SERVICE_ENDPOINT="http://127.0.0.1:9/") as booted:
        assert "the metadata service gives no token" in ended(site, booted, site.launch())


@pytest.mark.parametrize(
    ("user_data", "why"),
    [('{"v": 1, "table": "t', "names no table"), ('{"v": 1, "table": "t", "region": 7}', "names no region")],
    ids=["cut off", "of another kind"],
)
def test_with_broken_user_data_it_powers_off_ins_1(site: Site, machines: Machines, user_data: str, why: str) -> None:
    with machines() as booted:
        assert why in ended(site, booted, site.launch(UserData=user_data))


def test_launched_as_a_runner_and_told_nothing_it_powers_off_ins_1(site: Site, machines: Machines) -> None:
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "spot-runner:launch", "Value": "1"}]}]
    with machines() as booted:
        instance = site.launch(site.rendered, UserData="#!/bin/sh\n", TagSpecifications=tags)
        assert "launched as a runner, but its user data is not of a deployment" in ended(site, booted, instance)


def test_denied_by_the_table_it_powers_off_ins_1(site: Site, machines: Machines) -> None:
    told = {"v": 1, "table": "somebody-elses", "region": "eu-west-1", "deployment": "spot-runner"}
    with machines(SPOT_RUNNER_ROW_SECONDS="0") as booted:
        console = ended(site, booted, site.launch(UserData=json.dumps(told)))
    assert "cannot ask the table: " in console
    assert "AccessDeniedException" in console


def test_a_row_without_a_timeout_powers_it_off_ins_1(site: Site, machines: Machines) -> None:
    with machines() as booted:
        instance = site.launch()
        site.configure(instance, "config", timeout_minutes=None)
        assert "timeoutMinutes of the configuration is no number" in ended(site, booted, instance)


@pytest.mark.parametrize(
    ("run", "why"),
    [
        ("#!/bin/sh\nexit 3\n", "the runner ended with exit code 3"),
        ("#!/bin/sh\nexit 7\n", "no longer accepts the release of its runner in this AMI: spot-runner rebuild PRESET"),
        ("#!/bin/sh\nexit 75\n", "the runner ended with exit code 75"),
        ("#!/nowhere\n", "the runner ended with exit code 12"),
        ("#!/bin/sh\nkill -9 $$\n", "the runner ended with exit code 137"),
    ],
    ids=["failed", "too old, of no preset", "with the code of no runner", "cannot be started", "killed"],
)
def test_when_the_runner_fails_it_powers_off_ins_1(site: Site, machines: Machines, run: str, why: str) -> None:
    with machines(run=run) as booted:
        instance = site.launch()
        site.configure(instance, "config")
        assert why in ended(site, booted, instance)


# What GitHub's run.sh and its helper make of the code that the runner returns, 7 for a release too old.
GITHUBS = """#!/usr/bin/env bash
helper=0
if [ "${{ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE:-}}" = 1 ] && [ {code} = 7 ]; then helper=7; fi
if [ -z "${{RUNNER_MANUALLY_TRAP_SIG:-}}" ]; then exit 0; fi
exit $helper
"""


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (7, "GitHub no longer accepts the release of its runner in this AMI: spot-runner rebuild linux-x64"),
        (1, "powers off, after exit code 0"),
    ],
    ids=["of a release too old", "of what GitHub's run.sh keeps to itself"],
)
def test_the_runners_own_code_is_told_as_far_as_github_hands_it_on(
    site: Site, machines: Machines, code: int, said: str
) -> None:
    with machines(run=GITHUBS.format(code=code)) as booted:
        instance = site.launch(site.rendered)
        site.configure(instance, "config")
        console = ended(site, booted, instance)
        assert said in console
        assert any(said in line for line in site.logged(instance)), console


def test_told_to_end_while_it_waits_it_powers_off_ins_1(site: Site, machines: Machines, until: Until) -> None:
    with machines() as booted:
        instance = site.launch()
        machine = booted.of(instance)
        until(lambda: "waits for the configuration" in machine.console, machine)
        os.kill(machine.pid, signal.SIGTERM)
        assert "powers off, after exit code 143" in ended(site, booted, instance)


def test_a_script_killed_before_its_job_meets_the_dead_mans_timer_ins_1(
    site: Site, machines: Machines, until: Until
) -> None:
    with machines(SPOT_RUNNER_BOOT_SECONDS="3") as booted:
        instance = site.launch()
        machine = booted.of(instance)
        until(lambda: "waits for the configuration" in machine.console, machine)
        os.kill(machine.pid, signal.SIGKILL)
        assert "powers off" not in ended(site, booted, instance)


def test_a_script_killed_during_its_job_meets_the_dead_mans_timer_ins_1(
    site: Site, machines: Machines, until: Until
) -> None:
    with machines(run=HANGING, SPOT_RUNNER_MINUTE_SECONDS="1") as booted:
        instance = site.launch()
        site.configure(instance, "config", timeout_minutes=0)
        machine = booted.of(instance)
        until((machine.folder / "begun").exists, machine)
        os.kill(machine.pid, signal.SIGKILL)
        assert "powers off" not in ended(site, booted, instance)


def test_a_job_that_never_ends_meets_the_dead_mans_timer_ins_1(site: Site, machines: Machines, until: Until) -> None:
    with machines(run=HANGING, SPOT_RUNNER_MINUTE_SECONDS="1") as booted:
        instance = site.launch()
        site.configure(instance, "config", timeout_minutes=0)
        machine = booted.of(instance)
        until((machine.folder / "begun").exists, machine)
        ended(site, booted, instance)


def test_no_timer_of_the_boot_ends_a_longer_job_ins_1(site: Site, machines: Machines) -> None:
    run = '#!/bin/sh\nsleep 3\ntouch "$MACHINE/ran"\n'
    with machines(run=run, SPOT_RUNNER_BOOT_SECONDS="3") as booted:
        instance = site.launch()
        site.configure(instance, "config")
        console = ended(site, booted, instance)
        assert (booted.of(instance).folder / "ran").exists(), console
