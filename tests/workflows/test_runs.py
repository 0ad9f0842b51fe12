"""What workflows do when it is not an ordinary day: strangers, mistakes, old commits, broken and renamed presets."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from embedded.aws.faults import Fault
from generator.local.emulator import monday_morning
from tests.workflows.loop import Loop, a_team

HOUR = timedelta(hours=1)
ANOTHER = """name: {name}
architecture: x86_64
instanceTypes: [m7i.large]
"""


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    """Give a team whose presets are deployed and ready."""
    with a_team(tmp_path_factory.mktemp("runs"), monday_morning(datetime.now(UTC))) as loop:
        deployed = loop.deployed()
        assert deployed.jobs["deploy"] == "success", deployed.log
        loop.pass_time(HOUR)
        yield loop


@pytest.fixture
def branch(team: Loop, request: pytest.FixtureRequest) -> Iterator[Loop]:
    """Give the team on a branch of its own, and main again afterwards."""
    team.git("checkout", "--quiet", "-b", re.sub(r"\W+", "-", request.node.name), "main")
    yield team
    team.git("checkout", "--quiet", "--force", "main")


def by_workflows(team: Loop) -> int:
    """Return how often workflows asked AWS; functions that a schedule starts meanwhile do not count."""
    roles = {f"spot-runner-{role}" for role in ("plan", "deploy", "operate")}
    return sum(decision.role in roles for decision in team.aws.enforcement.decisions)


def outcome(summary: str, preset: str) -> str:
    """Return what became of a preset's stack, as the table of a job's summary says."""
    (row,) = [line for line in summary.splitlines() if line.startswith(f"| `spot-runner-preset-{preset}` |")]
    return row.split("|")[3].strip()


@pytest.mark.parametrize(
    ("head", "author"),
    [("stranger/runners", "stranger"), ("octo-org/runners", "dependabot[bot]")],
    ids=["a fork", "Dependabot"],
)
def test_the_pull_request_of_a_stranger_is_planned_without_aws_and_without_a_comment(
    branch: Loop, head: str, author: str
) -> None:
    branch.edit("presets/linux-x64.yaml", "timeout: 60", "timeout: 75")
    branch.commit(f"More time, says {author}")
    pull_request = branch.pull_request("More time")
    judged = by_workflows(branch)
    run = branch.checked(pull_request, head=head, author=author)
    assert run.jobs == {"check": "success", "plan-without-aws": "success"}, run.log
    assert "timeout (minutes): 60 → 75" in run.summaries[0]
    assert pull_request.comments == []
    assert by_workflows(branch) == judged, "AWS was asked"


def test_a_mistake_is_marked_on_its_line_and_no_older_plan_is_left_standing(branch: Loop) -> None:
    branch.edit("presets/linux-x64.yaml", "timeout: 60", "timeout: 80")
    good = branch.commit("More time")
    pull_request = branch.pull_request("More time")
    assert branch.checked(pull_request).jobs["plan"] == "success"
    (comment,) = pull_request.comments
    assert "timeout (minutes): 60 → 80" in comment.body
    preset = branch.work / "presets" / "linux-x64.yaml"
    preset.write_text(preset.read_text().replace("spotStrategy: spotPreferred", "spotStrategy: free"))
    branch.commit("Free machines")
    run = branch.checked(pull_request)
    assert run.jobs == {"check": "failure", "plan": "failure"}, run.log
    line = preset.read_text().splitlines().index("spotStrategy: free") + 1
    assert f"::error file=presets/linux-x64.yaml,line={line}::spotStrategy is 'free'" in run.log
    (comment,) = pull_request.comments
    assert "There is no plan for this commit" in comment.body
    assert "timeout" not in comment.body
    branch.git("checkout", "--quiet", good, "--", "presets")
    settings = branch.work / "spot-runner.yaml"
    settings.write_text(settings.read_text().replace("region:", "regoin:"))
    branch.commit("A slip in the settings instead")
    run = branch.checked(pull_request)
    assert run.jobs == {"check": "failure", "plan": "failure"}, run.log
    assert "::error file=spot-runner.yaml,line=" in run.log
    (comment,) = pull_request.comments
    assert "There is no plan for this commit: spot-runner.yaml" in comment.body


def test_a_pull_request_that_edits_a_workflow_and_a_preset_is_planned_but_cannot_deploy(branch: Loop) -> None:
    branch.edit("presets/linux-x64.yaml", "timeout: 60", "timeout: 95")
    check = branch.work / ".github" / "workflows" / "check.yml"
    check.write_text(check.read_text().replace("name: Plan, in a comment", "name: Show the plan, in a comment"))
    branch.commit("More time, and another word in the workflow")
    pull_request = branch.pull_request("More time")
    assert branch.checked(pull_request).jobs["plan"] == "success"
    assert "timeout (minutes): 60 → 95" in pull_request.comments[0].body
    planning = 'spot-runner plan --environment "$ENVIRONMENT" --comment-on "$PULL_REQUEST"'
    text = check.read_text().replace(
        "    name: Plan for ${{ matrix.environment }}\n", "    environment: production\n", 1
    )
    assert planning in text
    check.write_text(text.replace(planning, "spot-runner deploy"))
    branch.commit("Deployed before anybody has reviewed it")
    before = branch.template("linux-x64")
    run = branch.checked(pull_request)
    assert run.jobs == {"check": "success", "plan": "failure"}, run.log
    assert "AWS gives this job no role" in run.log, run.log
    assert branch.template("linux-x64") == before


def test_a_plan_without_aws_shows_nothing_that_others_merged_meanwhile(branch: Loop) -> None:
    branch.edit("presets/linux-x64.yaml", "timeout: 60", "timeout: 65")
    branch.commit("More time for one")
    pull_request = branch.pull_request("More time for one")
    name = branch.git("branch", "--show-current")
    branch.git("checkout", "--quiet", "main")
    branch.edit("presets/linux-arm64.yaml", "labels: [docker]", "labels: [docker, graviton]")
    branch.commit("A label for the other")
    branch.git("checkout", "--quiet", name)
    run = branch.checked(pull_request, head="stranger/runners", author="stranger")
    assert run.jobs == {"check": "success", "plan-without-aws": "success"}, run.log
    assert "timeout (minutes): 60 → 65" in run.summaries[0]
    assert "labels" not in run.summaries[0]


def test_templates_that_were_not_rendered_fail_the_check(branch: Loop) -> None:
    preset = branch.work / "presets" / "linux-x64.yaml"
    preset.write_text(preset.read_text().replace("timeout: 60", "timeout: 70"))
    branch.commit("More time, not rendered")
    run = branch.checked(branch.pull_request("More time"))
    assert run.jobs["check"] == "failure"
    assert run.steps["check", "Are the templates in step with the presets?"] == "failure"
    assert "preset-linux-x64.json" in run.log


def test_an_old_commit_run_again_neither_prunes_nor_goes_back(team: Loop) -> None:
    old = team.git("rev-parse", "origin/main")
    (team.work / "presets" / "newer.yaml").write_text(ANOTHER.format(name="newer"))
    assert team.command("render").returncode == 0
    newer = team.commit("A preset that the old commit does not know")
    assert team.deployed().jobs["deploy"] == "success"
    stacks = team.aws.client("cloudformation").describe_stacks()["Stacks"]
    run = team.deployed(old)
    assert run.jobs == {"environments": "success", "deploy": "success"}, run.log
    assert newer[:12] in run.log
    assert "::warning" in run.log
    assert team.aws.client("cloudformation").describe_stacks()["Stacks"] == stacks


def test_a_broken_preset_fails_the_run_by_name_and_stops_no_other(team: Loop) -> None:
    for name in ("broken", "sound"):
        (team.work / "presets" / f"{name}.yaml").write_text(ANOTHER.format(name=name))
    assert team.command("render").returncode == 0
    team.commit("Two more presets")
    recipe = Fault(match="imagebuilder.CreateImageRecipe", code="ServiceQuotaExceededException", status=402, times=1)
    team.aws.faults.add(recipe)
    run = team.deployed()
    team.aws.faults.clear()
    assert run.jobs["deploy"] == "failure"
    assert {outcome(run.summaries[0], name) for name in ("broken", "sound")} == {"**failed**", "created"}
    assert "Recipe (AWS::ImageBuilder::ImageRecipe)" in run.summaries[0]
    again = team.deployed()
    assert again.jobs["deploy"] == "success", again.log
    assert {"broken", "sound"} <= {one["name"] for one in team.status()["presets"]}


def test_a_renamed_preset_takes_its_stack_and_its_issue_along(team: Loop) -> None:
    (team.work / "presets" / "before.yaml").write_text(ANOTHER.format(name="before"))
    assert team.command("render").returncode == 0
    team.commit("A preset")
    team.aws.imagebuilder.fail_next("spot-runner-preset-before")
    assert team.deployed().jobs["deploy"] == "success"
    team.pass_time(HOUR)
    assert team.reported().jobs == {"report": "success"}
    (issue,) = [one for one in team.issues() if "before" in one.title]
    assert issue.state == "open"
    team.git("mv", "presets/before.yaml", "presets/after.yaml")
    team.edit("presets/after.yaml", "name: before", "name: after")
    team.commit("A better name")
    assert team.deployed().jobs["deploy"] == "success"
    names = {one["name"] for one in team.status()["presets"]}
    assert ("before" in names, "after" in names) == (False, True)
    assert team.reported().jobs == {"report": "success"}
    assert (issue.state, len(issue.comments)) == ("closed", 1)


def test_a_person_starts_a_build_which_is_linked(team: Loop) -> None:
    before = team.builds()
    run = team.rebuilt("linux-x64")
    assert run.jobs == {"rebuild": "success"}, run.log
    assert team.builds() == before + 1
    assert "imagebuilder/home?region=eu-west-1" in run.summaries[0]
    assert any(one.role == "spot-runner-operate" for one in team.aws.enforcement.decisions)


def test_a_preset_that_does_not_exist_is_not_built(team: Loop) -> None:
    """Act may lose what a step wrote that fails at once, on a busy machine: then it is run again, thrice at most."""
    runs = [team.rebuilt("linux-x46")]
    while "exit status 2" in runs[-1].log and "linux-x46" not in runs[-1].log and len(runs) < 4:
        runs.append(team.rebuilt("linux-x46"))
    assert all(run.jobs == {"rebuild": "failure"} for run in runs)
    assert "did you mean linux-x64?" in runs[-1].log, runs[-1].log


def test_once_a_week_the_schedule_is_enabled_anew_and_nothing_is_reported(team: Loop) -> None:
    team.repository.workflows["status.yml"].state = "disabled_inactivity"
    run = team.reported(cron="23 4 * * 1")
    assert run.jobs == {"keep-alive": "success"}, run.log
    assert team.repository.workflows["status.yml"].state == "active"
