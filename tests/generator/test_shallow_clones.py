from pathlib import Path

import pytest

from generator.errors import SpotRunnerError
from generator.git import last_commit, refuse_shallow
from tests.git import Repository, git, work_tree_with_origin


@pytest.fixture
def work(tmp_path: Path) -> Repository:
    repository = work_tree_with_origin(tmp_path)
    repository.commit("first")
    repository.push()
    return repository


def test_the_last_commit_is_the_one_that_touched_the_paths(work: Repository) -> None:
    touched = work.commit("preset")
    work.commit("other")
    assert last_commit(work.path, ("preset", "missing")) == touched


def test_outside_of_git_there_is_no_commit(tmp_path: Path) -> None:
    assert last_commit(tmp_path, ("preset",)) == ""


def test_a_shallow_clone_is_refused(work: Repository, tmp_path: Path) -> None:
    work.commit("second")
    work.push()
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{tmp_path}/origin.git", "shallow")
    with pytest.raises(SpotRunnerError, match=r"this clone is shallow.*fetch-depth: 0"):
        refuse_shallow(tmp_path / "shallow")


def test_a_whole_clone_and_no_clone_at_all_are_not_refused(work: Repository, tmp_path: Path) -> None:
    refuse_shallow(work.path)
    refuse_shallow(tmp_path)
