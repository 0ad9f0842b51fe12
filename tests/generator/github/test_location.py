"""Where the repository and the token come from, with a real git checkout and a real program named gh."""

import os
import subprocess
from pathlib import Path

import pytest

from generator.errors import UsageError
from generator.github.location import NobodyTellsError, located

SERVER = "https://github.com"
TOKEN = {"GITHUB_TOKEN": "from-environment"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Make a repository whose origin is octo-org/runners on github.com."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    remote = ["git", "-C", str(tmp_path), "remote", "add", "origin", "git@github.com:octo-org/runners.git"]
    subprocess.run(remote, check=True)
    return tmp_path


@pytest.fixture
def gh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a program `gh` on PATH that says for which host it was asked."""
    program = tmp_path / "bin" / "gh"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\n[ "$1 $2 $3" = "auth token --hostname" ] && echo "of-gh-for-$4"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return program


def test_the_checkouts_origin_names_the_repository(checkout: Path) -> None:
    assert located(TOKEN, checkout, SERVER)["GITHUB_REPOSITORY"] == "octo-org/runners"


def test_the_environment_goes_before_the_checkout_and_the_option_before_both(checkout: Path) -> None:
    environ = {**TOKEN, "GITHUB_REPOSITORY": "octo-org/jobs"}
    assert located(environ, checkout, SERVER)["GITHUB_REPOSITORY"] == "octo-org/jobs"
    assert located(environ, checkout, SERVER, "octo-org/named")["GITHUB_REPOSITORY"] == "octo-org/named"


@pytest.mark.usefixtures("gh")
def test_the_token_of_gh_is_that_of_the_deployments_own_github(checkout: Path) -> None:
    found = located({"GITHUB_REPOSITORY": "o/r"}, checkout, "https://octo.ghe.com")
    assert found["GITHUB_TOKEN"] == "of-gh-for-octo.ghe.com"


@pytest.mark.usefixtures("gh")
@pytest.mark.parametrize("variable", ["GITHUB_TOKEN", "GH_TOKEN"])
def test_a_token_in_the_environment_goes_before_that_of_gh(checkout: Path, variable: str) -> None:
    assert located({variable: "mine"}, checkout, SERVER)["GITHUB_TOKEN"] == "mine"


def test_gh_that_is_not_signed_in_gives_no_token(checkout: Path, gh: Path) -> None:
    gh.write_text("#!/bin/sh\necho 'no oauth token found for github.com' >&2\nexit 1\n")
    with pytest.raises(NobodyTellsError, match="set GITHUB_TOKEN, or sign in with `gh auth login`"):
        located({}, checkout, SERVER)


def test_a_folder_without_a_remote_names_no_repository(tmp_path: Path) -> None:
    with pytest.raises(NobodyTellsError, match="has no remote `origin`: pass --repository"):
        located(TOKEN, tmp_path, SERVER)


def test_an_origin_on_another_host_is_named(checkout: Path) -> None:
    with pytest.raises(NobodyTellsError, match=r"`origin` is on github.com and github.serverUrl is https://octo.ghe"):
        located(TOKEN, checkout, "https://octo.ghe.com")


def test_a_repository_of_another_form_is_wrong_usage(checkout: Path) -> None:
    with pytest.raises(UsageError, match="--repository is 'runners', expected OWNER/NAME"):
        located(TOKEN, checkout, SERVER, "runners")
