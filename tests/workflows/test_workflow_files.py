"""What workflows promise and act does not play: triggers, permissions, concurrency, environments, pinned actions."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github" / "workflows"
# yaml reads the key `on` as true, as YAML 1.1 has it.
WORKFLOWS: dict[str, dict[Any, Any]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yml"))
}
JOBS = [(name, key, job) for name, workflow in WORKFLOWS.items() for key, job in workflow["jobs"].items()]
EACH_JOB = pytest.mark.parametrize(("workflow", "key", "job"), JOBS, ids=[f"{name}.{key}" for name, key, _ in JOBS])
# Looked up, not remembered, and kept fresh by Dependabot: an invented SHA passes every linter.
ACTIONS = {"actions/checkout", "actions/setup-python"}
PINNED = re.compile(r"(?P<action>[\w-]+/[\w-]+)@[0-9a-f]{40} # v\d+\.\d+\.\d+")
WRITES = {
    ("check", "plan"): {"id-token", "pull-requests"},
    ("deploy", "deploy"): {"id-token"},
    ("rebuild", "rebuild"): {"id-token"},
    ("status", "keep-alive"): {"actions"},
    ("status", "report"): {"id-token", "issues"},
}


def steps(job: dict[str, Any]) -> list[dict[str, Any]]:
    return list(job["steps"])


def test_there_are_the_five_of_them() -> None:
    assert set(WORKFLOWS) == {"check", "ci", "deploy", "rebuild", "status"}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_has_no_permission_that_a_job_does_not_ask_for(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {}


@EACH_JOB
def test_a_job_writes_only_what_it_must(workflow: str, key: str, job: dict[str, Any]) -> None:
    granted = job["permissions"]
    assert {name for name, level in granted.items() if level == "write"} == WRITES.get((workflow, key), set())
    assert {name for name, level in granted.items() if level == "read"} == {"contents"}


@EACH_JOB
def test_a_job_ends_by_itself(workflow: str, key: str, job: dict[str, Any]) -> None:
    assert 1 <= job["timeout-minutes"] <= 60, f"{workflow}.{key}"


def test_every_action_is_one_of_few_and_pinned_to_a_commit_with_its_version_beside_it() -> None:
    used = {
        line.partition("uses:")[2].strip()
        for path in FOLDER.glob("*.yml")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "uses:" in line
    }
    pins = [PINNED.fullmatch(one) for one in used]
    assert {pin["action"] if pin else None for pin in pins} == ACTIONS
    assert len(used) == len(ACTIONS), "one version of each"


@EACH_JOB
def test_a_checkout_has_the_whole_history(workflow: str, key: str, job: dict[str, Any]) -> None:
    checkouts = [step for step in steps(job) if str(step.get("uses")).startswith("actions/checkout@")]
    assert [step["with"]["fetch-depth"] for step in checkouts] == [0], f"{workflow}.{key}"


@EACH_JOB
def test_only_the_job_that_asks_for_the_tip_of_main_keeps_its_token(
    workflow: str, key: str, job: dict[str, Any]
) -> None:
    (checkout,) = [step for step in steps(job) if str(step.get("uses")).startswith("actions/checkout@")]
    assert checkout["with"]["persist-credentials"] is ((workflow, key) == ("deploy", "deploy"))


@EACH_JOB
def test_a_step_is_one_command_that_a_laptop_has_too(workflow: str, key: str, job: dict[str, Any]) -> None:
    scripts = [step["run"] for step in steps(job) if "run" in step]
    assert scripts, f"{workflow}.{key}"
    for script in scripts:
        assert re.match(r"(spot-runner|make) [a-z-]+", script)
        assert "\n" not in script.strip()
        assert not set(script) & set(";|&`")


@EACH_JOB
def test_no_expression_stands_inside_a_script(workflow: str, key: str, job: dict[str, Any]) -> None:
    assert not [step for step in steps(job) if "${{" in step.get("run", "")], f"{workflow}.{key}"


def test_pull_requests_are_checked_when_they_touch_what_is_deployed() -> None:
    assert WORKFLOWS["check"][True] == {
        "pull_request": {"paths": ["presets/**", "spot-runner.yaml", "templates_out/**"]}
    }


def test_a_newer_push_to_a_pull_request_ends_the_older_check() -> None:
    concurrency = WORKFLOWS["check"]["concurrency"]
    assert concurrency == {"group": "check-${{ github.event.pull_request.number }}", "cancel-in-progress": True}


def test_the_tool_is_tested_when_its_code_changes_and_not_for_presets() -> None:
    triggers = WORKFLOWS["ci"][True]
    paths = triggers["pull_request"]["paths"]
    assert triggers == {"pull_request": {"paths": paths}, "push": {"branches": ["main"], "paths": paths}}
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    tops = {name.partition("/")[0] for name in tracked}
    tested = {path.removesuffix("/**") for path in paths}
    assert tested <= tops
    theirs = {"presets", "spot-runner.yaml", "templates_out"}
    words = {"docs", "README.md", "CHANGELOG.md", "LICENSE", ".gitignore"}
    assert tops - tested == theirs | words


def test_the_tool_is_tested_on_every_python_that_is_supported() -> None:
    pythons = WORKFLOWS["ci"]["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert pythons == ["3.11", "3.12", "3.13"]


def test_a_push_to_main_deploys_and_so_does_a_person() -> None:
    assert WORKFLOWS["deploy"][True] == {"push": {"branches": ["main"]}, "workflow_dispatch": None}


def test_an_environment_is_deployed_to_by_one_run_at_a_time_that_is_never_cut_off() -> None:
    job = WORKFLOWS["deploy"]["jobs"]["deploy"]
    assert job["environment"] == "${{ matrix.environment }}"
    group = "deploy-${{ matrix.environment }}"
    assert job["concurrency"] == {"group": group, "cancel-in-progress": False, "queue": "max"}


def test_no_environment_is_deployed_to_after_one_that_failed() -> None:
    strategy = WORKFLOWS["deploy"]["jobs"]["deploy"]["strategy"]
    assert (strategy["max-parallel"], strategy.get("fail-fast", True)) == (1, True)


def test_the_status_is_asked_whatever_became_of_the_deployment() -> None:
    *_, last = steps(WORKFLOWS["deploy"]["jobs"]["deploy"])
    assert (last["name"], last["if"]) == ("Ask the deployed /status", "${{ !cancelled() }}")


def test_nothing_but_main_is_deployed() -> None:
    assert WORKFLOWS["deploy"]["jobs"]["environments"]["if"] == "github.ref == 'refs/heads/main'"
    assert WORKFLOWS["deploy"]["jobs"]["deploy"]["needs"] == "environments"


def test_reports_and_rebuilds_do_not_overlap_and_are_not_cut_off() -> None:
    report, rebuild = WORKFLOWS["status"]["jobs"]["report"]["concurrency"], WORKFLOWS["rebuild"]["concurrency"]
    assert report == {"group": "status-report", "cancel-in-progress": False}
    assert rebuild == {
        "group": "rebuild-${{ inputs.environment }}-${{ inputs.preset }}", "cancel-in-progress": False,
    }  # fmt: skip


@EACH_JOB
def test_only_the_job_that_deploys_is_of_an_environment(workflow: str, key: str, job: dict[str, Any]) -> None:
    assert ("environment" in job) is ((workflow, key) == ("deploy", "deploy"))


def test_the_status_is_asked_every_half_hour_and_the_schedule_kept_alive_every_week() -> None:
    status = WORKFLOWS["status"]
    crons = [entry["cron"] for entry in status[True]["schedule"]]
    assert crons == ["7,37 * * * *", "23 4 * * 1"]
    weekly = crons[1]
    assert status["jobs"]["keep-alive"]["if"] == f"github.event.schedule == '{weekly}'"
    assert status["jobs"]["report"]["if"] == f"github.event.schedule != '{weekly}'"


def test_no_workflow_runs_a_forks_code_with_this_repositorys_rights() -> None:
    triggers = {trigger for workflow in WORKFLOWS.values() for trigger in workflow[True]}
    assert triggers == {"pull_request", "push", "schedule", "workflow_dispatch"}


@pytest.mark.parametrize("linter", [("actionlint",), ("zizmor", "--offline", "--no-progress")])
def test_the_linters_of_workflows_find_nothing(linter: tuple[str, ...]) -> None:
    command = Path(sys.executable).parent / linter[0]
    run = subprocess.run(
        [command, *linter[1:], *sorted(FOLDER.glob("*.yml"))], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_dependabot_keeps_the_actions_fresh() -> None:
    settings = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))
    assert [update["package-ecosystem"] for update in settings["updates"]] == ["github-actions"]
