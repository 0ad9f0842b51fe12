"""`spot-runner lint --against`: a pull request waits for its own templates only."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

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


def linted(run: Run, root: Path, *more: str) -> tuple[int, list[str], set[str]]:
    """Return the exit code, the templates that were looked at, and the files in which something was found."""
    done = run("lint", "--json", "-C", root, *more)
    said = json.loads(done.stdout)
    return done.exit_code, said["templates"], {one["file"] for one in said["findings"]}


def test_only_the_templates_that_differ_are_linted(repository: Repository, run: Run) -> None:
    assert linted(run, repository.path, "--against", "main") == (0, [], set())
    spoiled(repository.path / "templates_out" / "preset-linux-x64.json")
    expected = (1, ["preset-linux-x64.json"], {"preset-linux-x64.json"})
    assert linted(run, repository.path, "--against", "main") == expected


def test_a_template_that_is_new_is_linted(repository: Repository, run: Run) -> None:
    (repository.path / GPU).rename(repository.path / "templates_out" / "preset-other.json")
    assert linted(run, repository.path, "--against", "main") == (1, ["preset-other.json"], {"preset-other.json"})


def test_what_main_merged_meanwhile_is_not_this_branch_s(repository: Repository, run: Run) -> None:
    git(repository.path, "checkout", "--quiet", "main")
    (repository.path / GPU).unlink()
    repository.commit_all("mended")
    git(repository.path, "checkout", "--quiet", "edit")
    assert linted(run, repository.path, "--against", "main") == (0, [], set())


@pytest.mark.parametrize("judge", ["spot-runner.yaml", "requirements/dev.txt"])
def test_where_what_judges_them_differs_all_templates_are_linted(repository: Repository, run: Run, judge: str) -> None:
    path = repository.path / judge
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{path.read_text() if path.exists() else ''}# another release\n")
    code, templates, found = linted(run, repository.path, "--against", "main")
    assert (code, found) == (1, {"preset-gpu.json"})
    assert templates == sorted(path.name for path in (repository.path / "templates_out").glob("*.json"))


def test_a_revision_that_is_not_there_is_a_line(repository: Repository, run: Run) -> None:
    error = run("lint", "-C", repository.path, "--against", "nowhere").exception
    assert str(error).startswith("--against: 'nowhere' is not a commit, branch or tag of this clone")
