"""What the AMI holds of the boot script: its text, its units, and the client by which it asks."""

import configparser
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.images import boot

StepScript = Callable[..., str]
Machine = Any  # of conftest.py: test folders are not packages
UNITS = "etc/systemd/system"
HEAD = "#!/usr/bin/env bash\ntable='t'\nregion='eu-west-1'\nlog_group='/spot-runner/runners/linux-x64'\n"


@pytest.mark.parametrize("script", [boot.baked_script(), HEAD + boot.script_of_own_ami()], ids=["baked", "own AMI"])
def test_shellcheck_finds_nothing_in_the_boot_script(script: str, tmp_path: Path) -> None:
    (tmp_path / "boot").write_text(script)
    shellcheck = Path(sys.executable).with_name("shellcheck")
    done = subprocess.run([shellcheck, tmp_path / "boot"], capture_output=True, text=True, check=False)
    assert done.stdout + done.stderr == ""


@pytest.fixture
def installed(machine: Machine, step_script: StepScript) -> Machine:
    """Return a machine on which the component was built."""
    machine.file(f"{UNITS}/.placeholder")
    machine.stub("systemctl")
    done = machine.run(step_script("boot", "Install"))
    assert done.returncode == 0, done.stderr
    return machine


def unit(machine: Machine, name: str) -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(interpolation=None, strict=False)
    parsed.optionxform = str  # type: ignore[assignment,method-assign] # systemd's names have capitals
    parsed.read_string((machine.root / UNITS / name).read_text())
    return parsed


def test_the_boot_script_arrives_as_it_is_and_starts_at_boot(installed: Machine) -> None:
    script = installed.root / "opt/spot-runner/boot"
    rooted = boot.baked_script().replace("/opt/actions-runner", f"{installed.root}/opt/actions-runner")
    assert script.read_text() == rooted
    assert script.stat().st_mode & 0o111
    assert "systemctl enable spot-runner.service spot-runner-deadline.timer" in installed.calls
    assert not [call for call in installed.calls if "start" in call.split() or "--now" in call.split()]


def test_a_boot_that_does_not_come_to_the_script_has_a_dead_mans_timer_ins_1(installed: Machine) -> None:
    timer = unit(installed, "spot-runner-deadline.timer")
    assert timer["Timer"]["OnBootSec"] == "20min"
    assert timer["Install"]["WantedBy"] == "timers.target"
    assert "poweroff" in unit(installed, "spot-runner-deadline.service")["Service"]["ExecStart"]


@pytest.mark.parametrize(
    ("status", "off"),
    [("0", True), ("1", True), ("KILL", True), ("203", True), ("", True), ("75", False)],
    ids=["done", "failed", "killed", "not even started", "nothing known", "no runner"],
)
def test_the_unit_powers_off_however_its_script_ended_ins_1(installed: Machine, status: str, *, off: bool) -> None:
    installed.stub("poweroff")
    command = unit(installed, "spot-runner.service")["Service"]["ExecStopPost"].replace("$$", "$")
    installed.run(f"export EXIT_STATUS={status}; {command}")
    assert ("poweroff --force" in installed.calls) == off


def test_the_client_is_on_the_path_of_the_unit_and_at_the_pinned_version(
    installed: Machine, step_script: StepScript
) -> None:
    service = unit(installed, "spot-runner.service")["Service"]
    folder = service["Environment"].removeprefix("PATH=").split(":")[0]
    client = installed.file(f"{folder.removeprefix(str(installed.root)).lstrip('/')}/aws")
    for version, right in (("1.46.3", True), ("1.46.30", False), ("2.1.0", False)):
        client.write_text(f"#!/bin/sh\necho aws-cli/{version} Python/3.12\n")
        client.chmod(0o755)
        done = installed.run(step_script("aws-cli", "Version", phase="validate"))
        assert (done.returncode == 0) == right, done.stderr


def test_the_client_that_tests_run_is_the_one_that_machines_get() -> None:
    aws = Path(sys.executable).with_name("aws")
    shown = subprocess.run([aws, "--version"], capture_output=True, text=True, check=True).stdout
    assert shown.startswith(f"aws-cli/{boot.client_version()} ")


def test_every_part_of_the_client_is_locked_by_hash_and_by_no_address() -> None:
    entries = boot.client_lock().replace("\\\n", "").splitlines()
    assert len(entries) > 5
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)
    assert "://" not in boot.client_lock()


def test_only_wheels_with_a_locked_hash_are_installed(step_script: StepScript, machine: Machine) -> None:
    pip = machine.file("pip", '#!/usr/bin/env bash\necho "pip $*" >> "$CALLS"\n')
    machine.stub("python3", f'mkdir -p "$3/bin" && cp {pip} "$3/bin/python" && chmod 0755 "$3/bin/python"')
    assert machine.run(step_script("aws-cli", "Install")).returncode == 0
    (call,) = [call for call in machine.calls if call.startswith("pip")]
    assert "--require-hashes" in call
    assert "--only-binary :all:" in call
    assert machine.leftovers == []
