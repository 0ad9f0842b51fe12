from pathlib import Path

import pytest

from generator.deployment.tips import PRUNE, Tip, check, find, is_ancestor
from generator.errors import SpotRunnerError
from tests.git import Repository, checked_out, git, work_tree_with_origin

PUSH = {"GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/heads/main"}


@pytest.fixture
def work(tmp_path: Path) -> Repository:
    repository = work_tree_with_origin(tmp_path)
    repository.commit("first")
    repository.push()
    return repository


@pytest.fixture
def origin(work: Repository) -> Path:
    return work.path.with_name("origin.git")


def tip_of(root: Path, **environ: str) -> Tip:
    return find(root, environ, PRUNE)


def test_a_clone_of_the_tip_is_at_the_tip(work: Repository) -> None:
    check(tip_of(work.path), PRUNE)


def test_a_branch_without_a_remote_is_its_own_tip(work: Repository) -> None:
    git(work.path, "checkout", "--quiet", "--no-track", "-b", "mine")
    check(tip_of(work.path), PRUNE)


def test_what_was_pushed_since_by_others_is_the_tip(work: Repository, origin: Path, tmp_path: Path) -> None:
    clone = checked_out(tmp_path, "clone", origin, git(work.path, "rev-parse", "HEAD"))
    newer = work.commit("newer")
    work.push()
    found = tip_of(clone)
    assert found.commit == newer
    with pytest.raises(SpotRunnerError, match=f"the tip of origin/main is {newer[:12]}, so it cannot be known which"):
        check(found, PRUNE)


def test_a_merge_that_the_clone_does_not_have_yet_is_found_to_be_later(
    work: Repository, origin: Path, tmp_path: Path
) -> None:
    clone = checked_out(tmp_path, "clone", origin, git(work.path, "rev-parse", "HEAD"))
    work.commit("newer")
    work.push()
    before = git(clone, "for-each-ref")
    assert is_ancestor(clone, tip_of(clone))
    assert git(clone, "for-each-ref") == before


def test_a_run_repeated_for_an_old_commit_is_superseded(work: Repository, origin: Path, tmp_path: Path) -> None:
    old = git(work.path, "rev-parse", "HEAD")
    newer = work.commit("newer")
    work.push()
    found = tip_of(checked_out(tmp_path, "again", origin, old))
    assert (found.head, found.commit) == (old, newer)
    assert is_ancestor(tmp_path / "again", found)


def test_a_commit_that_was_pushed_away_is_no_ancestor(work: Repository, origin: Path, tmp_path: Path) -> None:
    lost = work.commit("lost")
    work.push()
    clone = checked_out(tmp_path, "clone", origin, lost)
    git(work.path, "reset", "--quiet", "--hard", "HEAD~")
    work.commit("instead")
    work.push("--force")
    assert not is_ancestor(clone, tip_of(clone))


def test_an_unpushed_commit_is_no_ancestor(work: Repository) -> None:
    work.commit("not pushed")
    assert not is_ancestor(work.path, tip_of(work.path))


def test_a_detached_head_counts_for_the_branch_of_the_push(work: Repository, origin: Path, tmp_path: Path) -> None:
    old = git(work.path, "rev-parse", "HEAD")
    newer = work.commit("newer")
    work.push()
    check(tip_of(checked_out(tmp_path, "new", origin, newer, reference=""), **PUSH), PRUNE)
    assert tip_of(checked_out(tmp_path, "old", origin, old, reference=""), **PUSH).commit == newer


@pytest.mark.parametrize(
    "environ",
    [{}, {"GITHUB_REF": "refs/heads/main"}, {**PUSH, "GITHUB_REF": "refs/pull/7/merge"}],
    ids=["on a laptop", "where the variable is not GitHub's", "in a pull request"],
)
def test_any_other_detached_head_is_refused(work: Repository, environ: dict[str, str]) -> None:
    git(work.path, "checkout", "--quiet", "--detach")
    with pytest.raises(SpotRunnerError, match="HEAD is detached"):
        tip_of(work.path, **environ)


def test_in_actions_a_branch_that_follows_nothing_is_not_its_own_tip(
    work: Repository, origin: Path, tmp_path: Path
) -> None:
    clone = checked_out(tmp_path, "clone", origin, git(work.path, "rev-parse", "HEAD"))
    git(clone, "branch", "--unset-upstream")
    newer = work.commit("newer")
    work.push()
    assert tip_of(clone, **PUSH).commit == newer


def test_another_branch_that_ends_like_this_one_is_not_its_tip(work: Repository) -> None:
    tip = git(work.path, "rev-parse", "HEAD")
    work.commit("elsewhere")
    git(work.path, "push", "--quiet", "origin", "HEAD:refs/heads/a/refs/heads/main")
    assert tip_of(work.path).commit == tip


def test_a_remote_that_does_not_answer_is_refused(work: Repository, origin: Path) -> None:
    origin.rename(origin.with_name("moved"))
    with pytest.raises(SpotRunnerError, match=r"does not tell the tip.*persist-credentials"):
        tip_of(work.path)


def test_outside_of_git_there_is_no_tip(tmp_path: Path) -> None:
    with pytest.raises(SpotRunnerError, match="not a git repository"):
        tip_of(tmp_path)
