"""A job of GitHub Actions needs no access keys: its token is exchanged for the role that the command works with."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
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

Run = Callable[..., tuple[int, str, str]]
ADMINISTRATOR = {"AWS_ACCESS_KEY_ID": "administrator", "AWS_SECRET_ACCESS_KEY": "any"}


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account, and the checkout of a team that deploys to it."""

    aws: EmbeddedAws
    root: Path


def around(aws: EmbeddedAws, credentials: Mapping[str, str]) -> dict[str, str]:
    """Return what is set for a command that has no credentials but these."""
    return {"AWS_ENDPOINT_URL": aws.url, "AWS_EC2_METADATA_DISABLED": "true", **credentials}


def is_foreign(variable: str) -> bool:
    """Tell whether a variable of this test run could sign a command in."""
    return variable.startswith(("AWS_", "GITHUB_"))


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
    trusted = ("--subject-prefix", github.world.subject_prefix(repository), "--repository-id", str(repository.id))
    inherited = {name: value for name, value in os.environ.items() if not is_foreign(name)}
    made = subprocess.run(
        [sys.executable, "-m", "generator", "bootstrap", *trusted, "--new-oidc-provider", "--yes"],
        cwd=root, env=inherited | around(embedded, ADMINISTRATOR), capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return Account(aws=embedded, root=root)


@pytest.fixture
def work(account: Account, run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in the checkout, with no credentials but those of a job: exit code, output and errors."""
    for name in [name for name in os.environ if is_foreign(name)]:
        monkeypatch.delenv(name)

    def command(job: Mapping[str, str], *arguments: str) -> tuple[int, str, str]:
        for name, value in around(account.aws, job).items():
            monkeypatch.setenv(name, value)
        return run(*arguments, "-C", str(account.root))

    return command


def test_the_job_that_deploys_may_read_as_a_plan_does(
    account: Account, work: Run, github: PlayedGitHub, repository: Repository
) -> None:
    before = taken(account, "spot-runner-plan")
    _, _, errors = work(github.job(Job(repository=repository, environment="production")), "status", "--check")
    assert "there is no /spot-runner/stack/api-url" in errors  # it was let in and looked
    assert taken(account, "spot-runner-plan") > before


def test_a_pull_request_takes_the_plan_role(
    account: Account, work: Run, github: PlayedGitHub, repository: Repository
) -> None:
    job = github.job(Job(repository=repository, event="pull_request", ref="refs/pull/7/merge"))
    code, planned, errors = work(job, "plan", "--json")
    assert code == 0, errors
    assert json.loads(planned)["changes"]
    assert taken(account, "spot-runner-plan")


def test_a_pull_request_cannot_take_the_deploy_role(
    account: Account, work: Run, github: PlayedGitHub, repository: Repository
) -> None:
    job = github.job(Job(repository=repository, event="pull_request", ref="refs/pull/7/merge"))
    code, _, errors = work(job, "deploy")
    assert code == 1
    assert "AssumeRoleWithWebIdentity" in errors
    assert "spot-runner doctor" in errors
    assert len(errors.strip().splitlines()) == 1
    assert not taken(account, "spot-runner-deploy")


def test_another_repository_takes_no_role(work: Run, github: PlayedGitHub) -> None:
    stranger = github.world.add_repository("octo-org/other")
    code, _, errors = work(github.job(Job(repository=stranger)), "plan")
    assert (code, "AssumeRoleWithWebIdentity" in errors) == (1, True)


def test_a_job_whose_token_is_not_given_is_told_which_permission_it_lacks(
    work: Run, github: PlayedGitHub, repository: Repository
) -> None:
    job = github.job(Job(repository=repository)) | {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "revoked"}
    code, _, errors = work(job, "plan")
    assert code == 1
    assert errors.strip() == ("GitHub gives no OIDC token (status 401): the job needs `permissions: id-token: write`")


def test_access_keys_go_before_a_job_s_token(
    account: Account, work: Run, github: PlayedGitHub, repository: Repository
) -> None:
    before = taken(account, "spot-runner-plan")
    job = github.job(Job(repository=repository))
    code, _, errors = work({**job, **ADMINISTRATOR}, "plan")
    assert code == 0, errors
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
