"""The environment in GitHub that deploys: on github.com AWS looks at branches too, elsewhere nobody else does."""

import pytest

from generator.doctor.findings import Level
from generator.doctor.github import environment
from generator.github.settings import Environment

GITHUB = "https://github.com"
OTHERS = ("https://octo.ghe.com", "https://git.example.com")
OPEN = (Environment(name="production", limits_branches=False),)
LIMITED = (Environment(name="Production", limits_branches=True),)


@pytest.mark.parametrize("server_url", [GITHUB, *OTHERS])
def test_an_environment_of_selected_branches_is_well(server_url: str) -> None:
    (row,) = environment(LIMITED, "production", "refs/heads/main", server_url)
    assert row.level is Level.OK


@pytest.mark.parametrize("found", [(), OPEN], ids=["absent", "any branch"])
def test_on_github_com_aws_refuses_other_branches_still(found: tuple[Environment, ...]) -> None:
    (row,) = environment(found, "production", "refs/heads/main", GITHUB)
    assert row.level is Level.WARNING
    assert row.said.endswith("; AWS refuses all but main still")


@pytest.mark.parametrize("server_url", OTHERS)
@pytest.mark.parametrize(
    ("found", "remedy"), [((), "make it"), (OPEN, "limit it to trunk")], ids=["absent", "any branch"]
)
def test_elsewhere_an_open_environment_gives_the_deploy_role_to_any_branch(
    found: tuple[Environment, ...], remedy: str, server_url: str
) -> None:
    (row,) = environment(found, "production", "refs/heads/trunk", server_url)
    assert row.level is Level.PROBLEM
    assert f"AWS knows no branch of {server_url}: whoever may push one gets the deploy role" in row.said
    assert "refuses" not in row.said
    assert row.remedy.startswith(remedy)
