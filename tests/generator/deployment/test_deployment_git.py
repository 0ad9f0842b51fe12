import subprocess
from pathlib import Path

import pytest

from generator.deployment import git
from generator.errors import SpotRunnerError


def run(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, file: str, text: str = "x") -> str:
    (folder / file).write_text(text)
    run(folder, "add", ".")
    run(folder, "commit", "-m", file)
    return run(folder, "rev-parse", "HEAD")


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    folder = tmp_path / "origin"
    folder.mkdir()
    run(folder, "init")
    commit(folder, "first")
    return folder


@pytest.fixture
def clone(origin: Path, tmp_path: Path) -> Path:
    run(tmp_path, "clone", "--quiet", str(origin), "clone")
    return tmp_path / "clone"


def test_the_last_commit_is_the_one_that_touched_the_paths(origin: Path) -> None:
    touched = commit(origin, "preset")
    commit(origin, "other")
    assert git.last_commit(origin, ("preset", "missing")) == touched


def test_outside_of_git_there_is_no_commit(tmp_path: Path) -> None:
    assert git.last_commit(tmp_path, ("preset",)) == ""


def test_the_tip_of_a_branch_may_prune(clone: Path) -> None:
    git.check_tip(clone)


def test_a_branch_without_a_remote_is_its_own_tip(origin: Path) -> None:
    git.check_tip(origin)


def test_a_clone_that_is_behind_its_remote_may_not_prune(origin: Path, clone: Path) -> None:
    commit(origin, "newer")
    with pytest.raises(SpotRunnerError, match="the tip of origin/main is"):
        git.check_tip(clone)


def test_a_shallow_clone_may_not_prune(origin: Path, tmp_path: Path) -> None:
    commit(origin, "second")
    run(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{origin}", "shallow")
    with pytest.raises(SpotRunnerError, match="this clone is shallow"):
        git.check_tip(tmp_path / "shallow")


def test_a_detached_head_may_not_prune(clone: Path) -> None:
    run(clone, "checkout", "--quiet", "--detach")
    with pytest.raises(SpotRunnerError, match="HEAD is detached"):
        git.check_tip(clone)


def test_a_remote_that_does_not_answer_may_not_prune(origin: Path, clone: Path) -> None:
    origin.rename(origin.with_name("moved"))
    with pytest.raises(SpotRunnerError, match="does not tell the tip"):
        git.check_tip(clone)


def test_outside_of_git_nothing_may_be_pruned(tmp_path: Path) -> None:
    with pytest.raises(SpotRunnerError, match="not a git repository"):
        git.check_tip(tmp_path)
