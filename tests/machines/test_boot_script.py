"""The rendered boot script under bash, against the embedded AWS: it takes one job, and nothing else happens."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.images import boot

Machines = Callable[..., Any]
Until = Callable[..., None]
Site = Any  # of conftest.py: test folders are not packages
CONFIG = "eyJzZWNyZXQiOiAib25lIGpvYiBhbmQgbm8gb3RoZXIifQ==" * 100
HEAD = "#!/usr/bin/env bash\ntable='{table}'\nregion='eu-west-1'\nlog_group='{log_group}'\n"
SECONDS = 30
# It waits until somebody has looked.
WAITING = """#!/usr/bin/env bash
touch "$MACHINE/begun"
until [ -e "$MACHINE/go" ]; do sleep 0.05; done
"""


def ended(machines: Any, instance: str) -> str:
    """Return what a machine said, once it has ended."""
    machine = machines.of(instance)
    assert machine.ended.wait(SECONDS), machine.console
    return str(machine.console)


def test_a_machine_takes_its_configuration_runs_one_job_and_is_gone_ins_1(
    site: Site, machines: Machines, sha256: Callable[[str], str]
) -> None:
    with machines() as booted:
        instance = site.launch(site.rendered)
        site.configure(instance, CONFIG)
        console = ended(booted, instance)
        folder = booted.of(instance).folder
        assert (folder / "ran").read_text().strip() == sha256(CONFIG), console
        known = set((folder / "environment").read_text().split())
    assert site.state(instance) == "terminated"
    assert not site.has_row(instance)
    assert {name for name in known if name.startswith(("SPOT_RUNNER", "AWS_METADATA"))} == set()
    assert [line.split(" ", 2)[-1] for line in site.logged(instance)] == [
        f"waits for the configuration of {site.arn(instance)}",
        "has its configuration, and 60 minutes and 5 more",
        "Jobs",
        "powers off, after exit code 0",
    ]


def test_a_job_runs_as_the_user_that_has_docker_ins_5(site: Site, machines: Machines) -> None:
    with machines() as booted:
        instance = site.launch()
        site.configure(instance, CONFIG)
        console = ended(booted, instance)
        assert (booted.of(instance).folder / "user").read_text() == "runner\n", console


def test_the_machine_waits_for_a_configuration_that_comes_later(site: Site, machines: Machines, until: Until) -> None:
    with machines() as booted:
        before = len(site.aws.enforcement.decisions)
        instance = site.launch()
        until(lambda: len(site.aws.enforcement.decisions) > before, booted.of(instance))
        site.configure(instance, CONFIG)
        assert "has its configuration" in ended(booted, instance)


def test_the_configuration_is_in_no_file_no_log_and_no_list_of_processes(
    site: Site, machines: Machines, until: Until
) -> None:
    with machines(run=WAITING) as booted:
        instance = site.launch(site.rendered)
        site.configure(instance, CONFIG)
        machine = booted.of(instance)
        until((machine.folder / "begun").exists, machine)
        secret = CONFIG.encode()
        running = list(members(machine.pid))
        assert [one for one in running if secret in read(one / "environ")], "the runner itself holds it"
        assert [one for one in running if secret in read(one / "cmdline")] == []
        (machine.folder / "go").touch()
        console = ended(booted, instance)
        assert [path for path in machine.folder.rglob("*") if path.is_file() and secret in read(path)] == []
    assert CONFIG not in console
    assert CONFIG not in "".join(site.logged(instance))


def members(group: int) -> Iterator[Path]:
    """Yield the folders of a group's processes in /proc."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        fields = read(status).rpartition(b")")[2].split()
        if len(fields) > 2 and int(fields[2]) == group:
            yield status.parent


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):  # it has ended meanwhile, or is not ours
        return b""


def test_the_script_of_an_own_ami_does_the_same(site: Site, machines: Machines, sha256: Callable[[str], str]) -> None:
    script = HEAD.format(table=site.table, log_group=site.log_group) + boot.script_of_own_ami()
    with machines() as booted:
        instance = site.launch_own(script, site.rendered)
        site.configure(instance, CONFIG)
        console = ended(booted, instance)
        assert (booted.of(instance).folder / "ran").read_text().strip() == sha256(CONFIG), console
    assert "Listening for Jobs" in site.logged(instance)


def test_user_data_of_a_newer_version_with_the_same_keys_are_accepted(site: Site, machines: Machines) -> None:
    told = {"v": 2, "table": site.table, "region": "eu-west-1", "deployment": "spot-runner", "more": [1]}
    with machines() as booted:
        instance = site.launch(UserData=json.dumps(told))
        site.configure(instance, CONFIG)
        assert "powers off, after exit code 0" in ended(booted, instance)


def test_a_machine_that_may_not_log_runs_its_job_all_the_same(site: Site, machines: Machines) -> None:
    told = {"v": 1, "table": site.table, "region": "eu-west-1", "deployment": "another"}
    with machines() as booted:
        instance = site.launch(site.rendered, UserData=json.dumps(told))
        site.configure(instance, CONFIG)
        console = ended(booted, instance)
        assert (booted.of(instance).folder / "ran").exists()
    assert "cannot write to CloudWatch Logs: " in console
    assert "powers off, after exit code 0" in console


@pytest.mark.parametrize("user_data", ["#!/bin/bash\necho built\n", None], ids=["of Image Builder", "none"])
def test_an_instance_that_no_deployment_started_is_left_alone(
    site: Site, machines: Machines, user_data: str | None
) -> None:
    with machines(SPOT_RUNNER_BOOT_SECONDS="3") as booted:
        instance = site.launch(UserData=user_data) if user_data else site.launch_plain()
        machine = booted.of(instance)
        assert machine.exit_code(SECONDS) == boot.ASIDE
        assert "is no runner" in machine.console
        assert list((machine.folder / "timers").iterdir()) == []
        assert not machine.ended.is_set()
    assert site.state(instance) == "running"
