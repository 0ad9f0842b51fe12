"""The tables of docs/gitops.md say what the workflows are: commands, and what each job may do."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "gitops.md").read_text(encoding="utf-8")
WORKFLOWS: dict[str, dict[Any, Any]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))
}
CODE = re.compile(r"`([^`]+)`")
EXPRESSION = re.compile(r"\$\{\{.*?\}\}")
# Those of every job: what installs, and what hands the environments on.
EVERYWHERE = {"make install", "environments"}


def rows(heading: str) -> list[list[str]]:
    """Return the cells of a table's rows, by the first cell of its heading."""
    table = re.split(rf"(?m)^\| {heading} \|.*\n", GUIDE)[1].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()[1:]]


def commands(workflow: str) -> set[str]:
    """Return the commands of a workflow's steps as a table writes them: without the values of variables."""
    steps = [step for job in WORKFLOWS[workflow]["jobs"].values() for step in job["steps"]]
    return {written(step["run"]) for step in steps if "run" in step} - EVERYWHERE


def written(script: str) -> str:
    """Return `rebuild PRESET` for `spot-runner rebuild --environment "$ENVIRONMENT" -- "$PRESET"`."""
    plain = script.removeprefix("spot-runner ").partition(" >> ")[0].replace(' --environment "$ENVIRONMENT"', "")
    return re.sub(r' "\$\w+"', "", plain.replace('-- "$PRESET"', "PRESET")).strip()


def test_each_workflow_has_its_row() -> None:
    assert {row[1].strip("`") for row in rows("when")} == set(WORKFLOWS)
    assert {row[0] for row in rows("workflow")} == set(WORKFLOWS)


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_a_workflow_runs_the_commands_that_its_rows_name(workflow: str) -> None:
    named = {name for row in rows("when") if row[1] == f"`{workflow}`" for name in CODE.findall(row[2])}
    assert named == commands(workflow)


def granted(job: dict[str, Any]) -> set[str]:
    return {f"{name}: {level}" for name, level in job["permissions"].items()}


def title(job: dict[str, Any]) -> str:
    return EXPRESSION.sub("…", job["name"])


def test_each_job_has_the_permissions_that_its_row_names() -> None:
    named = {row[0]: set(CODE.findall(row[1])) for row in rows("job") if not row[0].startswith("ci")}
    jobs = {
        f"{name}: {title(job)}": granted(job)
        for name, workflow in WORKFLOWS.items()
        for job in workflow["jobs"].values()
        if name != "ci"
    }
    assert named == jobs


def test_the_jobs_of_ci_read_only() -> None:
    (row,) = [row for row in rows("job") if row[0] == "ci: all"]
    for job in WORKFLOWS["ci"]["jobs"].values():
        assert granted(job) == set(CODE.findall(row[1]))


def test_the_minutes_count_the_jobs_that_there_are() -> None:
    per_python = len(WORKFLOWS["ci"]["jobs"]["test"]["strategy"]["matrix"]["python"])
    (ci,) = [row for row in rows("workflow") if row[0] == "ci"]
    assert int(ci[1]) == per_python + len(WORKFLOWS["ci"]["jobs"]) - 1
