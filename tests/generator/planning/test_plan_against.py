"""The plan that asks nobody, in real repositories, through the command line."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.inputs.project import load_project
from generator.render import render
from generator.templates_out import write
from tests.git import Repository, git

Run = Callable[..., tuple[int, str, str]]
Edit = Callable[..., None]


@pytest.fixture
def repository(root: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Put this project in git, on branch main, where nobody has credentials and no address answers."""
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(variable)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    git(root, "init", "--quiet")
    made = Repository(path=root)
    made.commit_all("before")
    git(root, "checkout", "--quiet", "-b", "edit")
    return made


@pytest.fixture
def edit(repository: Repository) -> Edit:
    """Replace text in a file, render, and commit."""

    def change(file: str, old: str, new: str) -> None:
        path = repository.path / file
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))
        rendered(repository)

    return change


def rendered(repository: Repository) -> None:
    write(repository.path, render(load_project(repository.path)))
    repository.commit_all("edit")


def planned(run: Run, *more: str, against: str = "main") -> dict[str, Any]:
    code, out, err = run("plan", "--json", "--against", against, *more)
    assert (code, err) == (0, "")
    plan: dict[str, Any] = json.loads(out)
    return plan


def of(plan: dict[str, Any], preset: str) -> dict[str, Any]:
    return next(stack for stack in plan["stacks"] if stack["preset"] == preset)


def test_nothing_changes_where_nothing_was_edited(run: Run, repository: Repository) -> None:
    plan = planned(run)
    assert not plan["changes"]
    assert {stack["fate"] for stack in plan["stacks"]} == {"unchanged"}
    assert plan["against"] == git(repository.path, "rev-parse", "main")


def test_an_edit_is_said_field_by_field_and_leaves_the_ami_alone(run: Run, edit: Edit) -> None:
    edit("presets/linux-x64.yaml", "timeout: 60", "timeout: 90")
    found = of(planned(run), "linux-x64")
    assert found["fate"] == "update"
    assert found["words"] == ["timeout (minutes): 60 → 90", "AMI: unchanged, as the recipe stays"]
    assert (found["ami"]["builds"], [r["resource"] for r in found["resources"]]) == (False, ["Sync"])


def test_what_only_aws_knows_of_an_ami_is_said_to_be_unknown(run: Run, edit: Edit) -> None:
    edit("presets/linux-arm64.yaml", "image:\n", "image:\n  runnerVersion: 2.330.0\n")
    found = of(planned(run), "linux-arm64")
    assert found["ami"]["builds"] is None
    assert found["words"][-2:] == [
        "AMI: recipe changes: rebuilt, unless AWS has a build of this recipe",
        "build time: unknown, AWS was not asked",
    ]


def test_a_new_preset_is_created_and_one_without_file_is_gone(run: Run, repository: Repository) -> None:
    presets = repository.path / "presets"
    shutil.copy(presets / "linux-x64.yaml", presets / "fresh.yaml")
    (presets / "fresh.yaml").write_text((presets / "fresh.yaml").read_text().replace("name: linux-x64", "name: fresh"))
    (presets / "linux-x64.yaml").unlink()
    rendered(repository)
    plan = planned(run)
    assert of(plan, "fresh")["fate"] == "create"
    assert of(plan, "fresh")["words"][0] == "AMI: building the first AMI, unless AWS has a build of this recipe"
    gone = of(plan, "linux-x64")
    assert gone["fate"] == "gone"
    assert "AWS::ImageBuilder::ImageRecipe Recipe" in gone["stays"]
    assert gone["stays"][-1] == "the AMIs of preset linux-x64, and their snapshots"


def test_what_is_not_yet_run_on_aws_is_said_of_a_preset_of_windows_and_of_no_other(
    run: Run, repository: Repository
) -> None:
    said = "not yet run on AWS"
    assert not [notice for notice in planned(run)["notices"] if said in notice]
    windows = "name: windows-x64\narchitecture: x86_64\nplatform: windows\ninstanceTypes: [m7i.large]\n"
    (repository.path / "presets/windows-x64.yaml").write_text(windows)
    rendered(repository)
    plan = planned(run)
    (notice,) = [notice for notice in plan["notices"] if said in notice]
    assert notice.endswith(": windows-x64")
    assert of(plan, "windows-x64")["fate"] == "create"
    assert f"Note: {notice}" in run("plan", "--against", "main")[1].splitlines()


def test_a_parameter_of_the_settings_is_compared_too(run: Run, edit: Edit) -> None:
    edit("spot-runner.yaml", "status:", "alarms: {email: platform@example.com}\nstatus:")
    stack = next(s for s in planned(run)["stacks"] if s["stack"] == "spot-runner-control-plane")
    assert stack["parameters"] == ["AlarmEmail"]


def test_what_the_branch_does_not_have_yet_is_not_taken_back(run: Run, repository: Repository, edit: Edit) -> None:
    edit("presets/linux-x64.yaml", "timeout: 60", "timeout: 90")
    git(repository.path, "checkout", "--quiet", "main")
    edit("presets/linux-arm64.yaml", "architecture: arm64", "architecture: arm64\ntimeout: 30")
    git(repository.path, "checkout", "--quiet", "edit")
    assert of(planned(run), "linux-arm64")["fate"] == "unchanged"


@pytest.mark.parametrize(
    ("old", "new", "notice"),
    [
        ("name: spot-runner", "name: other", "name changes from spot-runner to other: everything is created"),
        ("region: eu-west-1", "region: eu-north-1", "region of the deployment change: everything is created anew"),
    ],
    ids=["another name", "another Region"],
)
def test_a_deployment_elsewhere_is_created(run: Run, edit: Edit, old: str, new: str, notice: str) -> None:
    edit("spot-runner.yaml", old, new)
    plan = planned(run)
    assert {stack["fate"] for stack in plan["stacks"]} == {"create"}
    assert notice in plan["notices"][1]


def test_a_new_environment_is_created(run: Run, edit: Edit) -> None:
    edit("spot-runner.yaml", "network:", "environments:\n  test: {account: '210987654321'}\nnetwork:")
    plan = planned(run, "--environment", "test")
    assert ({stack["fate"] for stack in plan["stacks"]}, plan["environment"]) == ({"create"}, "test")
    assert plan["account"] == "210987654321"


def test_settings_that_were_not_valid_are_taken_to_be_as_now(run: Run, repository: Repository) -> None:
    settings = repository.path / "spot-runner.yaml"
    good = settings.read_text()
    settings.write_text("name: [")
    git(repository.path, "checkout", "--quiet", "-B", "main")
    repository.commit_all("broken")
    git(repository.path, "checkout", "--quiet", "-B", "edit")
    settings.write_text(good)
    repository.commit_all("mended")
    plan = planned(run)
    assert not plan["changes"]
    assert "is not valid here" in plan["notices"][1]


def test_text_and_markdown_say_what_was_compared(run: Run, repository: Repository) -> None:
    commit = git(repository.path, "rev-parse", "--short=12", "main")
    for form in ([], ["--markdown"]):
        code, out, _ = run("plan", "--against", "main", *form)
        assert code == 0
        assert f"Note: compared with the templates of commit {commit}; AWS was not asked" in out


@pytest.mark.parametrize("revision", ["nowhere", "--all", "main:presets"])
@pytest.mark.usefixtures("repository")
def test_what_is_no_revision_is_wrong_usage(run: Run, revision: str) -> None:
    code, out, err = run("plan", f"--against={revision}")
    assert (code, out) == (2, "")
    assert err.startswith(f"--against: '{revision}' is not a commit, branch or tag of this clone: fetch it, or")


def test_a_clone_too_shallow_for_a_merge_base_says_so(
    run: Run, repository: Repository, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for branch in ("edit", "main"):
        git(repository.path, "checkout", "--quiet", branch)
        repository.commit(f"on-{branch}.txt")
    folder = tmp_path_factory.mktemp("shallow")
    git(folder, "clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{repository.path}", "clone")
    monkeypatch.chdir(folder / "clone")
    code, _, err = run("plan", "--against", "origin/edit")
    assert code == 1
    assert "have no common commit in this clone: fetch the whole history" in err


def test_outside_of_git_there_is_nothing_to_compare_with(run: Run) -> None:
    code, _, err = run("plan", "--against", "main")
    assert code == 1
    assert "this is not a git repository" in err


def test_json_and_markdown_at_once_are_wrong_usage(run: Run) -> None:
    code, _, err = run("plan", "--json", "--markdown")
    assert (code, err) == (2, "--json and --markdown: choose one\n")
