"""The day that `spot-runner local` plays, by its recording: what a team sees, and what IAM thought of it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
Day = dict[str, Any]


@pytest.fixture(scope="module")
def day() -> Day:
    run = subprocess.run(
        [sys.executable, "-m", "generator", "local", "--json"],
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
    recorded: Day = json.loads(run.stdout)
    return recorded


def step(day: Day, beginning: str) -> Day:
    found: Day = next(one for one in day["steps"] if one["title"].startswith(beginning))
    return found


def seen(of: Day) -> list[tuple[str, str]]:
    return [(answer["status"], answer["message"]) for answer in of["transitions"]]


def preset(answer: Day, name: str) -> Day:
    found: Day = next(one for one in answer["presets"] if one["name"] == name)
    return found


def output(of: Day, command: str) -> str:
    found: str = next(run["output"] for run in of["commands"] if run["command"].startswith(command))
    return found


def test_first_amis_build_and_become_ready(day: Day) -> None:
    first = step(day, "The first deployment")
    assert seen(first) == [("building", "2 presets building"), ("ready", "All presets ready")]
    assert output(first, "spot-runner deploy").count("building the first AMI") == 2


def test_while_the_first_ami_builds_nothing_serves(day: Day) -> None:
    building = step(day, "The first deployment")["transitions"][0]
    assert [(one["serving"], one["amiId"]) for one in building["presets"]] == [(False, None)] * 2


def test_a_failed_rebuild_degrades_and_the_old_ami_serves_on_sta_3(day: Day) -> None:
    ready = step(day, "The first deployment")["transitions"][-1]
    degraded = step(day, "Sunday")["transitions"][-1]
    failed = preset(degraded, "linux-x64")
    assert (degraded["status"], failed["status"], failed["serving"]) == ("degraded", "failed", True)
    assert failed["amiId"] == preset(ready, "linux-x64")["amiId"]
    assert failed["reason"] == "build 1.0.0/2 failed"


@pytest.mark.parametrize(
    ("beginning", "words"),
    [
        ("The first deployment", "runners: ready"),
        ("Sunday", "runners: degraded"),
        ("Sunday", "linux-x64: failed, serving"),
        ("presets/linux-arm64.yaml is deleted", "linux-arm64: unknown preset"),
    ],
)
def test_the_badge_of_the_readme_follows(day: Day, beginning: str, words: str) -> None:
    assert f"✓ the README's badge says `{words}`" in step(day, beginning)["said"]


def test_a_rebuild_over_a_serving_ami_counts_as_ready(day: Day) -> None:
    assert ("ready", "2 presets updating") in seen(step(day, "Sunday"))


def test_an_edit_is_planned_in_words_and_builds_while_the_old_ami_serves(day: Day) -> None:
    edit = step(day, "A pull request")
    serving = preset(step(day, "Sunday")["transitions"][-1], "linux-x64")["amiId"]
    assert f"AMI: rebuild, the current one ({serving}) serves meanwhile" in output(edit, "spot-runner plan")
    assert f"building; the current AMI {serving} serves meanwhile" in output(edit, "spot-runner deploy")
    assert preset(edit["transitions"][0], "linux-x64")["status"] == "updating"
    assert preset(edit["transitions"][-1], "linux-x64")["amiId"] != serving


def test_a_planned_number_has_its_source(day: Day) -> None:
    planned = output(step(day, "A pull request"), "spot-runner plan")
    assert "build time: about 30 minutes (median of 1 past build of this preset)" in planned


def test_a_revert_serves_the_earlier_ami_at_once(day: Day) -> None:
    revert = step(day, "The edit was a mistake")
    first = preset(step(day, "The first deployment")["transitions"][-1], "linux-x64")["amiId"]
    assert "served at once from build spot-runner-preset-linux-x64/1.0.0/1" in output(revert, "spot-runner deploy")
    assert preset(revert["transitions"][-1], "linux-x64")["amiId"] == first
    assert "✓ no build was started" in revert["said"]


def test_a_deleted_preset_takes_its_stack_and_leaves_its_amis(day: Day) -> None:
    leaving = step(day, "presets/linux-arm64.yaml is deleted")
    assert "`spot-runner deploy --prune` deletes 1 stack" in output(leaving, "spot-runner plan")
    assert "spot-runner-preset-linux-arm64: deleted" in output(leaving, "spot-runner deploy")
    assert [one["name"] for one in leaving["transitions"][-1]["presets"]] == ["linux-x64"]


def test_deploying_the_same_commit_again_does_nothing(day: Day) -> None:
    assert "Nothing to do." in output(step(day, "The same commit"), "spot-runner deploy")


def test_iam_judged_every_role_and_denied_nothing(day: Day) -> None:
    roles = {decision["role"].split("-control-plane-")[-1].split("Role-")[0] for decision in day["iam"]["decisions"]}
    assert day["iam"]["denials"] == []
    assert {"spot-runner-plan", "spot-runner-deploy", "spot-runner-execution"} < roles
    assert len(day["iam"]["decisions"]) > 500


def test_every_command_of_the_day_succeeded(day: Day) -> None:
    ran = [run for one in day["steps"] for run in one["commands"]]
    assert len(ran) == 11
    assert {run["exitCode"] for run in ran} == {0}
