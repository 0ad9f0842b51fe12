"""Which commit brought the recipe that a preset has now."""

from pathlib import Path

import pytest

from generator.git import last_recipe_commit, recipe_hash_before
from tests.git import Repository, git, work_tree_with_origin


@pytest.fixture
def work(tmp_path: Path) -> Repository:
    repository = work_tree_with_origin(tmp_path)
    repository.commit("first")
    return repository


def recipe(work: Repository, recipe_hash: str, labels: str = "[]", folder: str = ".") -> str:
    """Commit a template as `render` writes it: the hash stands in the output and in the custom resource."""
    (work.path / folder / "templates_out").mkdir(parents=True, exist_ok=True)
    lines = (
        f'  "RecipeHash": {{"Value": "{recipe_hash}"}}',
        f'    "Preset": "{labels}",',
        f'    "RecipeHash": "{recipe_hash}",',
    )
    return work.commit(f"{folder}/templates_out/preset-linux.json", "\n".join(lines))


def test_the_recipes_commit_is_the_last_that_changed_it_whatever_else_came_after(work: Repository) -> None:
    recipe(work, "a" * 16)
    changed = recipe(work, "b" * 16)
    recipe(work, "b" * 16, labels="[big]")
    work.commit("other")
    assert last_recipe_commit(work.path, "linux") == changed


def test_a_revert_is_the_last_change_of_the_recipe(work: Repository) -> None:
    recipe(work, "a" * 16)
    recipe(work, "b" * 16)
    git(work.path, "revert", "--no-edit", "HEAD")
    recipe(work, "a" * 16, labels="[big]")
    assert last_recipe_commit(work.path, "linux") == git(work.path, "rev-parse", "HEAD~1")


def test_a_recipe_changed_on_a_branch_is_found_behind_its_merge(work: Repository) -> None:
    recipe(work, "a" * 16)
    git(work.path, "checkout", "--quiet", "-b", "edit")
    changed = recipe(work, "b" * 16)
    git(work.path, "checkout", "--quiet", "main")
    work.commit("other")
    git(work.path, "merge", "--quiet", "--no-ff", "-m", "merge", "edit")
    assert last_recipe_commit(work.path, "linux") == changed


def test_another_presets_recipe_is_another(work: Repository) -> None:
    recipe(work, "a" * 16)
    assert last_recipe_commit(work.path, "linux-x64") == ""


def test_a_repository_inside_another_folder_is_understood(work: Repository) -> None:
    changed = recipe(work, "a" * 16, folder="team")
    work.commit("other")
    assert last_recipe_commit(work.path / "team", "linux") == changed


def test_a_shallow_clone_is_not_asked_for_the_recipes_commit(work: Repository, tmp_path: Path) -> None:
    recipe(work, "a" * 16)
    work.commit("other")
    work.push()
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{tmp_path}/origin.git", "shallow")
    assert last_recipe_commit(tmp_path / "shallow", "linux") == ""


def test_outside_of_git_there_is_no_recipes_commit(tmp_path: Path) -> None:
    assert last_recipe_commit(tmp_path, "linux") == ""


def test_the_recipe_before_is_the_one_whose_place_the_commit_took(work: Repository) -> None:
    recipe(work, "a" * 16)
    changed = recipe(work, "b" * 16)
    recipe(work, "b" * 16, labels="[big]")
    assert recipe_hash_before(work.path, "linux", changed) == "a" * 16


def test_a_commit_that_added_the_preset_took_no_recipes_place(work: Repository) -> None:
    added = recipe(work, "a" * 16)
    assert recipe_hash_before(work.path, "linux", added) == ""


def test_the_first_commit_of_a_repository_took_no_recipes_place(tmp_path: Path) -> None:
    work = work_tree_with_origin(tmp_path)
    first = recipe(work, "a" * 16)
    assert last_recipe_commit(work.path, "linux") == first
    assert recipe_hash_before(work.path, "linux", first) == ""


def test_a_commit_that_left_the_recipe_as_it_was_took_no_recipes_place(work: Repository) -> None:
    recipe(work, "a" * 16)
    labelled = recipe(work, "a" * 16, labels="[big]")
    assert recipe_hash_before(work.path, "linux", labelled) == ""
