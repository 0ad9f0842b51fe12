"""The workflow that deploys, against GitHub's default branch."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.doctor.deploy_workflow import FILE, check
from generator.doctor.findings import Level
from tests.github import GitHubServer

Rows = Callable[..., dict[str, list[dict[str, Any]]]]
OWN = Path(__file__).parents[3] / FILE


@pytest.fixture
def workflow(root: Path) -> Path:
    """Put this project's own workflow where the doctor looks."""
    (root / FILE).parent.mkdir(parents=True)
    return Path(shutil.copy(OWN, root / FILE))


@pytest.mark.usefixtures("no_aws", "workflow")
def test_a_default_branch_that_deploy_does_not_start_from_is_a_problem(github: GitHubServer, rows: Rows) -> None:
    (row,) = rows()[FILE]
    assert (row["level"], row["said"]) == ("ok", "deploys what is merged to main")
    github.repository.default_branch = "trunk"
    (row,) = rows()[FILE]
    assert row["level"] == "problem"
    assert row["said"].startswith("it deploys main, but GitHub's default branch is trunk")
    assert "gh api --method POST repos/octo-org/runners/branches/trunk/rename -f new_name=main" in row["remedy"]
    assert f"change `branches:` in {FILE} to [trunk]" in row["remedy"]


def levels(root: Path, default_branch: str) -> list[Level]:
    return [row.level for row in check(root, "octo-org/runners", default_branch)]


def test_the_remedy_mends_it(root: Path, workflow: Path) -> None:
    workflow.write_text(workflow.read_text().replace("branches: [main]", "branches: [trunk]"))
    assert levels(root, "trunk") == [Level.OK]


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ("{push: {branches: ['release/**', main]}}", [Level.OK]),
        ("{push: {branches: main}}", [Level.OK]),
        ("{push: {branches: ['**', '!main']}}", [Level.PROBLEM]),
        ("{push: {branches: [release/*, m*n]}}", [Level.OK]),
        ("{push: {branches: [main/**]}}", [Level.PROBLEM]),
        ("{push: {branches: []}}", [Level.PROBLEM]),
        ("{push: null}", []),
        ("push", []),
        ("{workflow_dispatch: null}", []),
        ("[", [Level.WARNING]),
    ],
)
def test_branches_are_read_as_github_does(root: Path, workflow: Path, on: str, said: list[Level]) -> None:
    workflow.write_text(f"name: deploy\non: {on}\n")
    assert levels(root, "main") == said


def test_without_the_workflow_nothing_is_said(root: Path) -> None:
    assert levels(root, "main") == []
