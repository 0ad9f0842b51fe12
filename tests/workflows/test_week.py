"""A week of a team, played by the workflows of this repository: act runs them, against the embedded AWS and GitHub.

Monday: first AMIs. Tuesday: a pull request edits a preset, is planned in a comment, merged and deployed. Sunday: a
scheduled rebuild fails and an issue is filed. Then a revert is merged, and the issue closed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from embedded.github.world import Comment, Issue
from generator.local.emulator import monday_morning
from tests.workflows.act import Run
from tests.workflows.loop import BOT, Loop, a_team

MONDAY = monday_morning(datetime.now(UTC))  # ahead of the real time: credentials of the past would not be used
PRESET, FILE = "linux-x64", "presets/linux-x64.yaml"
HOUR = timedelta(hours=1)


@dataclass(kw_only=True)
class Week:
    """What was seen, day by day; every value was read when its time had come."""

    runs: dict[str, Run] = field(default_factory=dict)
    status: dict[str, dict[str, Any]] = field(default_factory=dict)
    comments: dict[str, list[Comment]] = field(default_factory=dict)
    issues: dict[str, list[Issue]] = field(default_factory=dict)
    builds: dict[str, int] = field(default_factory=dict)
    badges: dict[str, str] = field(default_factory=dict)
    asked: dict[str, list[str]] = field(default_factory=dict)

    def ran(self, name: str, run: Run) -> None:
        """Keep a run, which must have succeeded."""
        assert set(run.jobs.values()) == {"success"}, run.log
        self.runs[name] = run

    def look(self, when: str, loop: Loop) -> None:
        """Write down what everybody sees now."""
        self.status[when], self.badges[when], self.builds[when] = loop.status(), loop.badge(), loop.builds()


def play(loop: Loop) -> Week:
    """Play the week."""
    week = Week()
    week.ran("first deploy", loop.deployed())
    week.look("first deploy", loop)
    loop.pass_time(HOUR)
    week.look("monday", loop)
    edit(loop, week)
    break_rebuild(loop, week)
    revert(loop, week)
    return week


def edit(loop: Loop, week: Week) -> None:
    """Open a pull request, push to it once more, and merge it."""
    loop.pass_time(timedelta(days=1))
    loop.git("checkout", "--quiet", "-b", "compose")
    loop.edit(FILE, "    - make --version\n", "    - make --version\n    - docker compose version\n")
    loop.commit("Test Docker Compose")
    pull_request = loop.pull_request("Test Docker Compose")
    week.ran("check", loop.checked(pull_request))
    week.comments["check"] = [Comment(**vars(one)) for one in pull_request.comments]
    loop.edit(FILE, "timeout: 60", "timeout: 90")
    loop.commit("More time")
    week.ran("check again", loop.checked(pull_request))
    week.comments["check again"] = [Comment(**vars(one)) for one in pull_request.comments]
    loop.git("checkout", "--quiet", "main")
    loop.git("merge", "--quiet", "--no-ff", "--message", "Merge the edit", "compose")
    loop.push()
    week.ran("merge", loop.deployed())
    week.look("merge", loop)
    loop.pass_time(HOUR)
    week.look("tuesday", loop)


def break_rebuild(loop: Loop, week: Week) -> None:
    """Let Sunday's rebuild fail, and report twice."""
    loop.aws.imagebuilder.fail_next(f"spot-runner-preset-{PRESET}", reason="The package repository did not answer.")
    now = loop.aws.clock.now()
    sunday = (now + timedelta(days=6 - now.weekday())).replace(hour=3, minute=45)
    loop.pass_time(sunday - now)
    loop.pass_time(HOUR)
    week.look("sunday", loop)
    for when in ("report", "report again"):
        loop.github.calls.clear()
        week.ran(when, loop.reported())
        week.asked[when] = [f"{call.method} {call.path}" for call, _ in loop.github.calls if call.path != "/id-token"]
        week.issues[when] = [Issue(**{**vars(one), "comments": list(one.comments)}) for one in loop.issues()]
        loop.pass_time(timedelta(minutes=30))


def revert(loop: Loop, week: Week) -> None:
    """Merge the revert of the edit, and report."""
    loop.git("revert", "--no-edit", "--mainline", "1", "HEAD")
    loop.push()
    week.builds["before the revert"] = loop.builds()
    week.ran("revert", loop.deployed())
    week.look("revert", loop)
    week.ran("last report", loop.reported())


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    with a_team(tmp_path_factory.mktemp("week"), MONDAY) as team:
        yield team


@pytest.fixture(scope="module")
def week(loop: Loop) -> Week:
    return play(loop)


def of(status: dict[str, Any], preset: str = PRESET) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in status["presets"] if one["name"] == preset)
    return found


def test_every_run_succeeded_with_every_job_that_it_should_have(week: Week) -> None:
    deployed, checked = {"environments", "deploy"}, {"check", "plan"}
    assert {name: set(run.jobs) for name, run in week.runs.items()} == {
        "first deploy": deployed,
        "check": checked,
        "check again": checked,
        "merge": deployed,
        "report": {"report"},
        "report again": {"report"},
        "revert": deployed,
        "last report": {"report"},
    }


def test_the_first_deployment_builds_and_becomes_ready(week: Week) -> None:
    assert week.status["first deploy"]["status"] == "building"
    assert week.status["monday"]["message"] == "All presets ready"


def test_the_pull_request_shows_in_one_comment_what_a_merge_would_do(week: Week) -> None:
    (comment,) = week.comments["check"]
    serving = of(week.status["monday"])["amiId"]
    assert comment.author == BOT
    assert comment.body.startswith("<!-- spot-runner:plan deployment=spot-runner environment=production -->\n")
    assert f"AMI: rebuild, the current one ({serving}) serves meanwhile" in comment.body


def test_another_push_updates_the_comment_in_place(week: Week) -> None:
    (before,), (after,) = week.comments["check"], week.comments["check again"]
    assert after.id == before.id
    assert "timeout (minutes): 60 → 90" in after.body
    assert "timeout" not in before.body


def test_the_plan_is_made_by_the_role_that_only_reads(loop: Loop, week: Week) -> None:
    assert week.runs["check"].jobs["plan"] == "success"
    roles = {decision.role for decision in loop.aws.enforcement.decisions}
    assert {"spot-runner-plan", "spot-runner-deploy", "spot-runner-execution"} <= roles
    assert loop.aws.enforcement.denials() == ()


def test_the_merge_deploys_and_the_current_ami_serves_until_the_next_is_built(week: Week) -> None:
    monday, merge, tuesday = (of(week.status[when]) for when in ("monday", "merge", "tuesday"))
    assert (merge["status"], merge["amiId"]) == ("updating", monday["amiId"])
    assert (tuesday["status"], tuesday["amiId"] != monday["amiId"]) == ("ready", True)


def test_the_deployment_is_summed_up_for_the_job(week: Week) -> None:
    deployed, status = week.runs["merge"].summaries
    assert "building; the current AMI" in deployed
    assert PRESET in status


def test_the_failed_rebuild_degrades_the_preset_which_serves_on(week: Week) -> None:
    sunday, tuesday = of(week.status["sunday"]), of(week.status["tuesday"])
    assert (sunday["status"], sunday["serving"], sunday["amiId"]) == ("failed", True, tuesday["amiId"])


def test_one_issue_is_filed_and_tells_what_happened(week: Week) -> None:
    (issue,) = week.issues["report"]
    assert (issue.author, issue.state) == (BOT, "open")
    assert PRESET in issue.title
    assert of(week.status["sunday"])["amiId"] in str(issue.body)
    assert "build 1\\.0\\.1/2 failed" in str(issue.body) or "build 1.0.1/2 failed" in str(issue.body)


def test_the_issue_names_the_commit_that_changed_the_recipe(loop: Loop, week: Week) -> None:
    (issue,) = week.issues["report"]
    changed = loop.git("log", "-1", "--format=%H", "--grep=Test Docker Compose", "main")
    assert changed in str(issue.body)


def test_a_second_run_asks_once_and_changes_nothing(week: Week) -> None:
    assert week.asked["report again"] == ["GET /repos/octo-org/runners/issues"]
    assert week.issues["report again"] == week.issues["report"]


def test_the_revert_serves_the_earlier_ami_without_a_build(week: Week) -> None:
    assert of(week.status["revert"])["amiId"] == of(week.status["monday"])["amiId"]
    assert week.status["revert"]["message"] == "All presets ready"
    assert week.builds["revert"] == week.builds["before the revert"]
    assert "served at once from build" in week.runs["revert"].summaries[0]


def test_the_badge_follows(week: Week) -> None:
    said = {when: badge.partition("<title>")[2].partition("</title>")[0] for when, badge in week.badges.items()}
    assert [said[when] for when in ("first deploy", "monday", "sunday", "revert")] == [
        "runners: building", "runners: ready", "runners: degraded", "runners: ready",
    ]  # fmt: skip


def test_in_the_end_github_holds_one_closed_issue_with_a_comment_and_one_comment_on_the_pull_request(
    loop: Loop, week: Week
) -> None:
    assert week.runs["last report"].jobs == {"report": "success"}
    (issue,) = loop.issues()
    assert (issue.state, issue.state_reason) == ("closed", "completed")
    assert [comment.author for comment in issue.comments] == [BOT]
    assert "ready" in issue.comments[0].body
    (pull_request,) = [one for one in loop.repository.issues.values() if one.is_pull_request]
    assert len(pull_request.comments) == 1
