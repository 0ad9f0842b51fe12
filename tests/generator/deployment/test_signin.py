"""A job of GitHub Actions needs no access keys: its token is exchanged for the role that the command works with."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from embedded.aws.server import EmbeddedAws
from embedded.github.id_tokens import Job
from embedded.github.server import PlayedGitHub
from embedded.github.world import Repository
from generator.deployment import signin
from generator.inputs.settings import Settings
from tests import team
from tests.git import Repository as Checkout
from tests.git import git

ADMINISTRATOR = {"AWS_ACCESS_KEY_ID": "administrator", "AWS_SECRET_ACCESS_KEY": "any"}


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account, and the checkout of a team that deploys to it."""

    aws: EmbeddedAws
    root: Path


def run(account: Account, more: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the checkout, with no credentials but those in `more`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GITHUB_"))}
    environ = {**inherited, "AWS_ENDPOINT_URL": account.aws.url, "AWS_EC2_METADATA_DISABLED": "true", **more}
    return subprocess.run(
        [sys.executable, "-m", "generator", *arguments],
        cwd=account.root, env=environ, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def taken(account: Account, role: str) -> int:
    """Return how many requests a role has made."""
    return sum(decision.role == role for decision in account.aws.enforcement.decisions)


@pytest.fixture(scope="module")
def github() -> Iterator[PlayedGitHub]:
    with PlayedGitHub() as played:
        yield played


@pytest.fixture(scope="module")
def repository(github: PlayedGitHub) -> Repository:
    return github.world.add_repository("octo-org/runners")


@pytest.fixture(scope="module")
def account(
    embedded: EmbeddedAws, github: PlayedGitHub, repository: Repository, tmp_path_factory: pytest.TempPathFactory
) -> Account:
    """An account that trusts the repository."""
    root = team.put(tmp_path_factory.mktemp("team"))
    git(root, "init", "--quiet")
    Checkout(path=root).commit_all("From the template")
    account = Account(aws=embedded, root=root)
    trusted = ("--subject-prefix", github.world.subject_prefix(repository), "--repository-id", str(repository.id))
    made = run(account, ADMINISTRATOR, "bootstrap", *trusted, "--new-oidc-provider", "--yes")
    assert made.returncode == 0, made.stderr
    return account


def test_the_job_that_deploys_may_read_as_a_plan_does(
    account: Account, github: PlayedGitHub, repository: Repository
) -> None:
    before = taken(account, "spot-runner-plan")
    asked = run(account, github.job(Job(repository=repository, environment="production")), "status", "--check")
    assert "there is no /spot-runner/stack/api-url" in asked.stderr  # it was let in and looked
    assert taken(account, "spot-runner-plan") > before


def test_a_pull_request_takes_the_plan_role(account: Account, github: PlayedGitHub, repository: Repository) -> None:
    job = github.job(Job(repository=repository, event="pull_request", ref="refs/pull/7/merge"))
    planned = run(account, job, "plan", "--json")
    assert planned.returncode == 0, planned.stderr
    assert json.loads(planned.stdout)["changes"]
    assert taken(account, "spot-runner-plan")


def test_a_pull_request_cannot_take_the_deploy_role(
    account: Account, github: PlayedGitHub, repository: Repository
) -> None:
    job = github.job(Job(repository=repository, event="pull_request", ref="refs/pull/7/merge"))
    refused = run(account, job, "deploy")
    assert refused.returncode == 1
    assert "AssumeRoleWithWebIdentity" in refused.stderr
    assert "spot-runner doctor" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    assert not taken(account, "spot-runner-deploy")


def test_another_repository_takes_no_role(account: Account, github: PlayedGitHub) -> None:
    stranger = github.world.add_repository("octo-org/other")
    refused = run(account, github.job(Job(repository=stranger)), "plan")
    assert (refused.returncode, "AssumeRoleWithWebIdentity" in refused.stderr) == (1, True)


def test_a_job_whose_token_is_not_given_is_told_which_permission_it_lacks(
    account: Account, github: PlayedGitHub, repository: Repository
) -> None:
    job = github.job(Job(repository=repository)) | {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "revoked"}
    refused = run(account, job, "plan")
    assert refused.returncode == 1
    assert refused.stderr.strip() == (
        "GitHub gives no OIDC token (status 401): the job needs `permissions: id-token: write`"
    )


def test_access_keys_go_before_a_job_s_token(account: Account, github: PlayedGitHub, repository: Repository) -> None:
    before = taken(account, "spot-runner-plan")
    job = github.job(Job(repository=repository))
    assert run(account, {**job, **ADMINISTRATOR}, "plan").returncode == 0
    assert taken(account, "spot-runner-plan") == before


@pytest.mark.parametrize(
    ("region", "partition"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_a_role_lies_in_the_partition_of_its_region(region: str, partition: str) -> None:
    settings = Settings.model_validate(
        {"name": "ci", "region": region, "account": "123456789012", "github": {"owner": "octo-org"}}
    )
    assert signin.role_arn(settings, signin.PLAN) == f"arn:{partition}:iam::123456789012:role/ci-plan"


def test_the_audit_of_aws_names_the_run() -> None:
    environ = {"GITHUB_RUN_ID": "42", "GITHUB_RUN_ATTEMPT": "2"}
    assert signin.session_name(environ) == "spot-runner-42-2"
