"""`spot-runner bootstrap` on a real command line, from what a played GitHub says, in an account of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.github import GitHubServer

Run = Callable[..., tuple[int, str, str]]
Rows = Callable[..., dict[str, list[dict[str, Any]]]]
PERMISSIONS = {"actions": "read"}


@pytest.mark.usefixtures("here")
def test_what_was_read_is_shown_before_anything_is_made_and_made_only_once(run: Run, github: GitHubServer) -> None:
    code, out, err = run("bootstrap", "--yes")
    assert code == 0, out + err
    assert err.index(f"its id is {github.repository.id}, its default branch main") < err.index("deploying")
    code, out, err = run("bootstrap", "--yes")
    assert (code, out.splitlines()[-1]) == (0, "Nothing to do.")
    assert "The stack holds" not in err
    moved = github.played.world.add_repository("octo-org/moved", default_branch="trunk")
    github.give(permissions=PERMISSIONS, repositories=("octo-org/moved",))
    code, out, err = run("bootstrap", "--yes", "--repository", "octo-org/moved")
    assert code == 0, out + err
    assert f"RepositoryId: {github.repository.id} -> {moved.id}" in err
    assert "BranchRef: refs/heads/main -> refs/heads/trunk" in err


@pytest.mark.usefixtures("here")
def test_bootstrap_refuses_a_repository_of_another_owner_and_makes_nothing(run: Run, github: GitHubServer) -> None:
    github.played.world.add_repository("evil/runners", private=False)
    code, _, err = run("bootstrap", "--yes", "--repository", "evil/runners")
    assert code == 1
    assert "the repository is evil/runners, spot-runner.yaml says github.owner: octo-org" in err
    assert "deploying" not in err


@pytest.mark.usefixtures("here")
def test_bootstrap_refuses_a_template_of_the_repositorys_own(run: Run, github: GitHubServer) -> None:
    github.repository.claim_keys = ("repository_owner", "job_workflow_ref")
    code, _, err = run("bootstrap", "--yes")
    assert code == 1
    assert "are made of repository_owner, job_workflow_ref, expected GitHub's default" in err


@pytest.mark.parametrize(("server_url", "told"), [("https://github.com", False), ("https://octo.ghe.com", True)])
@pytest.mark.usefixtures("here")
def test_where_aws_knows_no_branches_that_is_told_before_anything_is_made(
    run: Run, root: Path, github: GitHubServer, server_url: str, *, told: bool
) -> None:
    settings = root / "spot-runner.yaml"
    settings.write_text(settings.read_text().replace("https://github.com", server_url))
    github.repository.default_branch = "trunk"
    run("render")
    code, _, err = run("bootstrap", "--yes")
    assert code == 0, err
    said = "by naming the environment production, unless the repository's settings limit that to trunk"
    assert (said in err.partition("deploying")[0]) is told
