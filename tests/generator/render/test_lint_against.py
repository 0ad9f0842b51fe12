"""`spot-runner lint --against`: a pull request waits for its own templates only."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from generator import lint
from tests.git import Repository, git

Run = Callable[..., Result]
GPU = Path("templates_out", "preset-gpu.json")


@pytest.fixture
def repository(root: Path, run: Run) -> Repository:
    """Put the rendered project in git, with a template on main that no linter accepts."""
    assert run("render", "-C", root).exit_code == 0
    git(root, "init", "--quiet", "--initial-branch", "main")
    spoiled(root / GPU)
    made = Repository(path=root)
    made.commit_all("before")
    git(root, "checkout", "--quiet", "-b", "edit")
    return made


def spoiled(path: Path) -> None:
    template = json.loads(path.read_text())
    template["Resources"]["Wrong"] = {"Type": "AWS::SQS::Queue", "Properties": {"Colour": "red"}}
    path.write_text(json.dumps(template))


def chosen(repository: Repository) -> list[str]:
    """Return the templates that are linted against main."""
    return list(lint.changed(repository.path, lint.committed(repository.path), "main"))


def test_only_what_differs_is_linted(repository: Repository, run: Run) -> None:
    nothing = run("lint", "-C", repository.path, "--against", "main")
    assert (nothing.exit_code, nothing.stdout) == (0, "0 templates, no findings\n")
    spoiled(repository.path / "templates_out" / "preset-linux-x64.json")
    done = run("lint", "--json", "-C", repository.path, "--against", "main")
    said = json.loads(done.stdout)
    assert (done.exit_code, said["templates"]) == (1, ["preset-linux-x64.json"])
    assert {one["file"] for one in said["findings"]} == {"preset-linux-x64.json"}


def test_a_template_that_is_new_is_linted(repository: Repository) -> None:
    (repository.path / GPU).rename(repository.path / "templates_out" / "preset-other.json")
    assert chosen(repository) == ["preset-other.json"]


def test_what_main_merged_meanwhile_is_not_this_branch_s(repository: Repository) -> None:
    git(repository.path, "checkout", "--quiet", "main")
    (repository.path / GPU).unlink()
    repository.commit_all("mended")
    git(repository.path, "checkout", "--quiet", "edit")
    assert chosen(repository) == []


@pytest.mark.parametrize("judge", ["spot-runner.yaml", "requirements/dev.txt", "generator/own_rules.py"])
def test_where_what_judges_them_differs_all_templates_are_linted(repository: Repository, judge: str) -> None:
    path = repository.path / judge
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{path.read_text() if path.exists() else ''}# another release\n")
    assert chosen(repository) == sorted(one.name for one in (repository.path / "templates_out").glob("*.json"))


def test_a_revision_that_is_not_there_is_a_line(repository: Repository, run: Run) -> None:
    error = run("lint", "-C", repository.path, "--against", "nowhere").exception
    assert str(error).startswith("--against: 'nowhere' is not a commit, branch or tag of this clone")
