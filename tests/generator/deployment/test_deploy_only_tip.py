"""Which commit is deployed: the command line in clones as actions/checkout leaves them; AWS is never reached."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.git import Repository, checked_out, git

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def work(root: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Push this project to a bare origin, as the work of two merges; AWS does not answer."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    origin = tmp_path_factory.mktemp("remote") / "origin.git"
    git(origin.parent, "init", "--quiet", "--bare", "origin.git")
    git(root, "init", "--quiet")
    git(root, "remote", "add", "origin", str(origin))
    repository = Repository(path=root)
    repository.commit_all("first")
    repository.push()
    return repository


@pytest.fixture
def superseded(work: Repository, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> str:
    """Stand in the clone of a run for the first merge, after the second one; return the second."""
    first = git(work.path, "rev-parse", "HEAD")
    newer = work.commit("second")
    work.push()
    origin = Path(git(work.path, "remote", "get-url", "origin"))
    monkeypatch.chdir(checked_out(tmp_path_factory.mktemp("runner"), "clone", origin, first))
    return newer


@pytest.mark.parametrize("more", [(), ("--prune",)], ids=["alone", "with --prune"])
def test_a_superseded_commit_is_left_alone_and_the_later_one_is_named(
    run: Run, superseded: str, more: tuple[str, ...]
) -> None:
    code, out, err = run("deploy", "--only-tip", *more)
    assert (code, err) == (0, "")
    assert out.startswith(f"Nothing was deployed: this commit is superseded by {superseded}, the tip of its branch")


def test_a_script_finds_the_later_commit(run: Run, superseded: str) -> None:
    _, out, _ = run("deploy", "--only-tip", "--json")
    report = json.loads(out)
    assert (report["ok"], report["changed"], report["superseded"]) == (True, False, superseded)


def test_in_actions_it_is_a_warning_and_in_the_summary(
    run: Run, superseded: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    _, out, err = run("deploy", "--only-tip", "--json")
    assert json.loads(out)
    assert err.startswith(f"::warning::Nothing was deployed: this commit is superseded by {superseded}")
    assert f"superseded by `{superseded}`" in (tmp_path / "summary.md").read_text()


def test_without_the_option_a_superseded_commit_may_not_prune(run: Run, superseded: str) -> None:
    code, _, err = run("deploy", "--prune")
    assert code == 1
    assert err.startswith("--prune refused: HEAD is ")
    assert superseded[:12] in err


@pytest.mark.usefixtures("work")
def test_the_tip_is_deployed(run: Run) -> None:
    code, _, err = run("deploy", "--only-tip", "--prune")
    assert code == 1
    assert err.startswith("AWS cannot be reached")


def test_a_commit_that_was_pushed_away_is_refused(
    run: Run, work: Repository, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = work.commit("lost")
    work.push()
    origin = Path(git(work.path, "remote", "get-url", "origin"))
    clone = checked_out(tmp_path_factory.mktemp("runner"), "clone", origin, lost)
    git(work.path, "reset", "--quiet", "--hard", "HEAD~")
    work.commit("instead")
    work.push("--force")
    monkeypatch.chdir(clone)
    code, _, err = run("deploy", "--only-tip")
    assert code == 1
    assert err.startswith(f"--only-tip refused: HEAD is {lost[:12]}, the tip of origin/main is ")


def test_a_shallow_clone_is_refused_whatever_was_asked(
    run: Run, work: Repository, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.commit("second")
    work.push()
    folder = tmp_path_factory.mktemp("shallow")
    address = git(work.path, "remote", "get-url", "origin")
    git(folder, "clone", "--quiet", "--depth=1", f"file://{address}", "clone")
    monkeypatch.chdir(folder / "clone")
    code, _, err = run("deploy")
    assert code == 1
    assert err.startswith("deploy refused: this clone is shallow")
