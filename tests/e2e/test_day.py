"""The day that `spot-runner local` plays, by its recording: what a team sees, and what IAM thought of it."""

import json
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from tests import team

ROOT = Path(__file__).parents[2]
Day = dict[str, Any]
FIRST, PULL_REQUEST, MERGED, SUNDAY = "The first deployment", "A pull request", "It is merged", "Sunday"
ISSUE, REVERTED, CLOSED = "The status workflow files", "The edit is reverted", "The status workflow closes"
JOB, CANCELLED = "A job says runs-on", "A job is cancelled while"
DELETED, AGAIN, END = "presets/linux-arm64.yaml is deleted", "The same commit", "The end of the day"


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    folder = team.put(tmp_path_factory.mktemp("team"))
    run = subprocess.run(
        [sys.executable, "-m", "generator", "local", "--json", "-C", str(folder)],
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


def post(of: Day, number: int) -> Day:
    """Return what was shown of one issue or pull request."""
    (found,) = (one for one in of["posts"] if one["number"] == number)
    return dict(found)


def read(post: Day) -> str:
    """Return a post as people read it, without its markup."""
    return unescape(re.sub(r"<[^>]*>", "", MarkdownIt().enable("table").render(post["markdown"])))


def output(of: Day, command: str) -> str:
    found: str = next(run["output"] for run in of["commands"] if run["command"].startswith(command))
    return found


def serving(day: Day, beginning: str) -> str:
    """Return the AMI that serves `linux-x64` at the end of a step."""
    return str(preset(step(day, beginning)["transitions"][-1], "linux-x64")["amiId"])


def test_a_job_gets_a_machine_that_runs_it_and_is_gone(day: Day) -> None:
    said = step(day, JOB)["said"]
    assert "✓ a machine ran it: success" in said
    assert said[-3:-1] == ["✓ no machine is left", "✓ no runner is left in GitHub"]
    assert re.fullmatch(r"Its console, last: spot-runner: [\d:]{8} powers off, after exit code 0", said[-1])


def test_a_job_that_is_cancelled_while_its_machine_boots_leaves_nothing(day: Day) -> None:
    said = step(day, CANCELLED)["said"]
    assert re.fullmatch(r"(i-\w+) boots, and GitHub wants 60 seconds without requests for runners\.", said[1])
    assert said[-3:] == [
        f"✓ job {said[0].split()[1]} is cancelled, and {said[1].split()[0]} gone",
        "✓ no machine is left, and none was started when the pause was over",
        "✓ no runner is left in GitHub",
    ]


def test_machines_do_what_their_role_allows_and_nothing_else(day: Day) -> None:
    machine = [one for one in day["iam"]["decisions"] if "-RunnerInstanceRole-" in one["role"]]
    assert {one["action"] for one in machine} == {
        "dynamodb:DeleteItem",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }


def test_the_account_trusts_the_repository_as_github_tells_of_it(day: Day) -> None:
    told = output(step(day, "An AWS account"), "spot-runner bootstrap --yes")
    assert "GitHub says of octo-org/runners:" in told
    assert re.search(r"SubjectPrefix: repo:octo-org@\d+/runners@\d+\n", told)


def test_first_amis_build_and_become_ready(day: Day) -> None:
    first = step(day, FIRST)
    assert seen(first) == [("building", "2 presets building"), ("ready", "All presets ready")]
    assert output(first, "spot-runner deploy").count("building the first AMI") == 2


def test_while_the_first_ami_builds_nothing_serves(day: Day) -> None:
    building = step(day, FIRST)["transitions"][0]
    assert [(one["serving"], one["amiId"]) for one in building["presets"]] == [(False, None)] * 2


def test_a_pull_request_that_edits_a_preset_gets_its_plan_as_a_comment_and_changes_nothing(day: Day) -> None:
    edit, first = step(day, PULL_REQUEST), serving(day, FIRST)
    comment = post(edit, 1)
    assert (comment["author"], comment["did"], comment["isPullRequest"]) == ("github-actions[bot]", "commented", True)
    assert f"AMI: rebuild, the current one ({first}) serves meanwhile" in read(comment)
    assert f"AMI: rebuild, the current one ({first}) serves meanwhile" in output(edit, "spot-runner plan")
    assert edit["transitions"] == []
    assert f"✓ nothing was built, linux-x64 serves {first} as before" in edit["said"]


def test_a_planned_number_has_its_source(day: Day) -> None:
    planned = output(step(day, PULL_REQUEST), "spot-runner plan")
    assert "build time: about 30 minutes (median of 1 past build of this preset)" in planned


def test_a_merged_edit_builds_while_the_old_ami_serves(day: Day) -> None:
    merged, first = step(day, MERGED), serving(day, FIRST)
    assert f"building; the current AMI {first} serves meanwhile" in output(merged, "spot-runner deploy")
    updating = preset(merged["transitions"][0], "linux-x64")
    assert (updating["status"], updating["amiId"]) == ("updating", first)
    assert serving(day, MERGED) != first


def test_a_rebuild_over_a_serving_ami_counts_as_ready(day: Day) -> None:
    assert ("ready", "2 presets updating") in seen(step(day, SUNDAY))


def test_a_failed_rebuild_degrades_and_the_old_ami_serves_on_sta_3(day: Day) -> None:
    degraded = step(day, SUNDAY)["transitions"][-1]
    failed = preset(degraded, "linux-x64")
    assert (degraded["status"], failed["status"], failed["serving"]) == ("degraded", "failed", True)
    assert failed["amiId"] == serving(day, MERGED)
    assert failed["reason"] == "build 1.0.1/2 failed"


def test_a_failed_rebuild_becomes_one_issue_that_says_what_serves_and_what_to_revert(day: Day) -> None:
    filed = step(day, ISSUE)
    issue = post(filed, 2)
    assert (issue["title"], issue["state"]) == ("Preset linux-x64 has failed (spot-runner)", "open")
    assert (issue["author"], issue["did"], issue["isPullRequest"]) == ("github-actions[bot]", "opened", False)
    assert f"AMI {serving(day, MERGED)} serves on: jobs run" in read(issue)
    commit = re.search(r"is merged as ([0-9a-f]+)", "\n".join(step(day, MERGED)["said"]))
    assert commit is not None
    assert f"git revert {commit[1]}" in read(issue)


def test_a_report_that_finds_all_in_step_asks_github_once(day: Day) -> None:
    filed = step(day, ISSUE)
    first, second = (run["output"] for run in filed["commands"])
    assert "preset linux-x64: opened issue 2" in first
    assert "The issues are in step: nothing to do." in second
    assert "✓ GitHub was asked once: GET /repos/octo-org/runners/issues" in filed["said"]


def test_a_revert_serves_the_earlier_ami_at_once(day: Day) -> None:
    revert = step(day, REVERTED)
    at_once = "served at once from build spot-runner-preset-linux-x64/1.0.0/1"
    assert at_once in read(post(revert, 3))
    assert at_once in output(revert, "spot-runner deploy")
    assert serving(day, REVERTED) == serving(day, FIRST)
    assert "✓ no build was started" in revert["said"]
    assert seen(revert) == [("ready", "All presets ready")]


def test_the_issue_is_closed_with_a_comment_when_the_preset_is_ready(day: Day) -> None:
    comment = post(step(day, CLOSED), 2)
    assert (comment["did"], comment["state"], comment["stateReason"]) == ("commented", "closed", "completed")
    assert "Preset linux-x64 is ready again since" in read(comment)


def test_a_deleted_preset_takes_its_stack_and_leaves_its_amis(day: Day) -> None:
    leaving = step(day, DELETED)
    assert "spot-runner deploy --prune deletes 1 stack" in read(post(leaving, 4))
    assert "spot-runner-preset-linux-arm64: deleted" in output(leaving, "spot-runner deploy")
    assert [one["name"] for one in leaving["transitions"][-1]["presets"]] == ["linux-x64"]


def test_deploying_the_same_commit_again_does_nothing(day: Day) -> None:
    assert "Nothing to do." in output(step(day, AGAIN), "spot-runner deploy")


@pytest.mark.parametrize(
    ("beginning", "words"),
    [
        (FIRST, "runners: ready"),
        (SUNDAY, "runners: degraded"),
        (SUNDAY, "linux-x64: failed, serving"),
        (DELETED, "linux-arm64: unknown preset"),
    ],
)
def test_the_badge_of_the_readme_follows(day: Day, beginning: str, words: str) -> None:
    assert f"✓ the README's badge says `{words}`" in step(day, beginning)["said"]


def test_the_day_ends_with_the_badges_as_they_are_drawn(day: Day) -> None:
    whole, one = step(day, END)["badges"]
    assert whole["halves"] == [{"text": "runners", "colour": "#555"}, {"text": "ready", "colour": "#1a7f37"}]
    assert (one["words"], one["url"]) == ("linux-x64: ready", f"{whole['url']}?preset=linux-x64")


def test_after_each_deployment_the_status_was_checked_against_the_project(day: Day) -> None:
    ran = [run["command"].split(" ")[1] for one in day["steps"] for run in one["commands"]]
    after = [ran[place + 1] for place, command in enumerate(ran) if command == "deploy"]
    assert after == ["status"] * 5


def test_iam_judged_every_role_and_denied_nothing(day: Day) -> None:
    roles = {decision["role"].split("-control-plane-")[-1].split("Role-")[0] for decision in day["iam"]["decisions"]}
    assert day["iam"]["denials"] == []
    assert {"spot-runner-plan", "spot-runner-deploy", "spot-runner-execution"} < roles
    assert len(day["iam"]["decisions"]) > 500


def test_every_command_of_the_day_succeeded(day: Day) -> None:
    ran = [run for one in day["steps"] for run in one["commands"]]
    assert len(ran) == 19
    assert {run["exitCode"] for run in ran} == {0}
