"""`spot-runner runners`: the machines that live, as the table knows them."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from generator.reporting.place import Place
from generator.runners import listing
from tests.generator.jobs.conftest import HELLO, Keep
from tests.lambdas.makers import NOON

Run = Callable[..., tuple[int, str, str]]
ARN = "arn:aws:ec2:eu-west-1:123456789012:instance/"
NOW = NOON + timedelta(minutes=5)


def a_machine(instance_id: str, **changes: object) -> dict[str, object]:
    """Return the row of a machine that was launched at noon and has no JIT configuration yet."""
    row: dict[str, object] = {
        "PK": f"RUNNER#{ARN}{instance_id}",
        "SK": "RUNNER",
        "kind": "RUNNER#live",
        "preset": "linux-x64",
        "labels": ["self-hosted", "spotrunner/linux-x64"],
        "launchedFor": 48615,
        "launchId": "fleet-7",
        "repository": HELLO,
        "instanceType": "m7i.large",
        "market": "spot",
        "launchedAt": "2026-11-23T12:00:00Z",
        "updatedAt": "2026-11-23T12:00:00Z",
    }
    return row | changes


CONFIGURED = {"runnerId": 9, "configuredAt": "2026-11-23T12:00:20Z"}


def test_machines_are_a_table_with_what_each_does(keep: Keep, here: Place, capsys: pytest.CaptureFixture[str]) -> None:
    keep(a_machine("i-03", launchedAt="2026-11-23T12:04:30Z"))
    keep(a_machine("i-02", **CONFIGURED, market="on-demand"))
    keep(a_machine("i-01", **CONFIGURED, runningJob=48616, launchedAt="2026-11-23T10:00:00Z"))
    listing.print_runners(listing.find(here, NOW, lambda _said: None), as_json=False)
    heading, _, *rows, _, summary = capsys.readouterr().out.splitlines()[1:]
    labels = "self-hosted spotrunner/linux-x64"
    assert [[cell.strip() for cell in row.split("│" if "│" in row else "┃")[1:-1]] for row in (heading, *rows)] == [
        ["instance", "preset", "state", "market", "type", "age", "for job", "labels"],
        ["i-01", "linux-x64", "running job 48616", "spot", "m7i.large", "2 h 5 min", "48615", labels],
        ["i-02", "linux-x64", "configured", "on-demand", "m7i.large", "5 min", "48615", labels],
        ["i-03", "linux-x64", "starting", "spot", "m7i.large", "30 s", "48615", labels],
    ]
    assert summary == "3 machines: 1 configured, 1 running, 1 starting"


def test_a_job_that_nobody_told_of_has_no_number(keep: Keep, here: Place, capsys: pytest.CaptureFixture[str]) -> None:
    keep(a_machine("i-01", **CONFIGURED, runningJob=0))
    listing.print_runners(listing.find(here, NOW, lambda _said: None), as_json=False)
    assert "│ running another job │" in capsys.readouterr().out


def test_a_script_gets_the_machines(run: Run, keep: Keep) -> None:
    keep(a_machine("i-01", **CONFIGURED))
    code, out, err = run("runners", "--json")
    told = json.loads(out)
    assert (code, err, told["ok"], told["errors"], told["notes"]) == (0, "", True, [], [])
    assert told["runners"] == [
        {
            "instanceId": "i-01",
            "state": "configured",
            "instanceArn": f"{ARN}i-01",
            "preset": "linux-x64",
            "labels": ["self-hosted", "spotrunner/linux-x64"],
            "market": "spot",
            "instanceType": "m7i.large",
            "repository": HELLO,
            "launchId": "fleet-7",
            "launchedFor": 48615,
            "runnerId": 9,
            "runningJob": None,
            "endReason": None,
            "launchedAt": "2026-11-23T12:00:00Z",
            "configuredAt": "2026-11-23T12:00:20Z",
        }
    ]


@pytest.mark.usefixtures("keep")
def test_where_no_machine_lives_one_line_says_so(run: Run) -> None:
    assert run("runners") == (0, "No machine lives in spot-runner.\n", "")


def test_a_machine_that_ended_since_the_index_was_asked_is_not_shown(run: Run, keep: Keep) -> None:
    keep(a_machine("i-01", endedAt="2026-11-23T12:04:00Z"))
    assert run("runners")[1] == "No machine lives in spot-runner.\n"


def test_a_row_that_cannot_be_read_hides_no_other(run: Run, keep: Keep) -> None:
    keep(a_machine("i-01"))
    keep(a_machine("i-02", launchedAt="soon"))
    code, out, err = run("runners")
    assert (code, out.splitlines()[-1]) == (1, "1 machine: 1 starting")
    assert err.startswith(f"the row of machine {ARN}i-02 is not as this release expects, launchedAt: ")
