"""`spot-runner doctor` on a real command line, with an embedded AWS that was set up and a played GitHub."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest

from embedded.aws.server import EmbeddedAws
from embedded.github.id_tokens import Job
from tests.github import GitHubServer

Run = Callable[..., tuple[int, str, str]]
Rows = Callable[..., dict[str, list[dict[str, Any]]]]
ISSUER = "token.actions.githubusercontent.com"


def levels(found: dict[str, list[dict[str, Any]]], level: str) -> dict[str, str]:
    return {about: row["said"] for about, rows in found.items() for row in rows if row["level"] == level}


def test_an_account_that_was_just_set_up_has_no_problem(set_up: GitHubServer, rows: Rows, run: Run) -> None:
    set_up.repository.environments["production"] = True
    set_up.played.world.add_workflow(set_up.repository, "deploy.yml")
    found = rows()
    assert levels(found, "problem") == {}
    assert set(levels(found, "warning")) == {
        "stack spot-runner-control-plane",
        "stack spot-runner-foundation",
        "quota of spot vCPUs",
        "quota of concurrent executions",
    }
    assert run("doctor")[0] == 0


@pytest.mark.usefixtures("no_aws", "github")
def test_github_is_looked_at_without_aws_which_is_one_row(rows: Rows) -> None:
    found = rows()
    assert found["OIDC subjects"][0]["level"] == "ok"
    assert list(levels(found, "problem")) == ["credentials"]
    assert found["credentials"][0]["said"].startswith("no AWS credentials")
    assert not any(about.startswith(("stack", "role", "quota")) for about in found)


@pytest.mark.usefixtures("aws")
def test_aws_is_looked_at_without_github_which_is_one_row(rows: Rows) -> None:
    found = rows()
    assert "has no remote `origin`: pass --repository" in levels(found, "warning")["GitHub"]
    assert found["credentials"][0]["level"] == "ok"
    assert not {"repository", "Actions", "workflows"} & found.keys()


@pytest.mark.usefixtures("no_aws")
def test_a_token_that_github_refuses_is_a_problem(rows: Rows, github: GitHubServer) -> None:
    github.played.world.tokens.clear()
    assert "the token is not valid or has expired" in levels(rows(), "problem")["repository"]


def test_a_renamed_repository_is_told_from_what_is_deployed(set_up: GitHubServer, rows: Rows) -> None:
    set_up.repository.immutable_subject = False
    said = levels(rows(), "problem")["trust in GitHub"]
    assert "GitHub says repo:octo-org/runners: AWS refuses the repository's workflows" in said


def test_a_role_that_was_opened_by_hand_is_found(set_up: GitHubServer, rows: Rows, aws: EmbeddedAws) -> None:
    iam = aws.client("iam")
    document = iam.get_role(RoleName="spot-runner-plan")["Role"]["AssumeRolePolicyDocument"]
    del document["Statement"][0]["Condition"]["StringEquals"][f"{ISSUER}:repository_id"]
    iam.update_assume_role_policy(RoleName="spot-runner-plan", PolicyDocument=json.dumps(document))
    problems = levels(rows(), "problem")
    document["Statement"][0]["Condition"]["StringEquals"][f"{ISSUER}:repository_id"] = str(set_up.repository.id)
    iam.update_assume_role_policy(RoleName="spot-runner-plan", PolicyDocument=json.dumps(document))
    assert problems == {
        "role spot-runner-plan": "its trust policy was edited: StringEquals repository_id is not asked for, "
        f"expected {set_up.repository.id}"
    }


@pytest.mark.usefixtures("set_up")
def test_a_provider_without_the_audience_is_found_with_the_command_that_adds_it(rows: Rows, aws: EmbeddedAws) -> None:
    iam = aws.client("iam")
    arn = f"arn:aws:iam::{aws.account}:oidc-provider/{ISSUER}"
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    iam.create_open_id_connect_provider(Url=f"https://{ISSUER}", ClientIDList=["other"])
    (row,) = rows()["OIDC provider"]
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    iam.create_open_id_connect_provider(Url=f"https://{ISSUER}", ClientIDList=["sts.amazonaws.com"])
    assert row["level"] == "problem"
    assert f"{arn} --client-id sts.amazonaws.com" in row["remedy"]


@pytest.mark.usefixtures("set_up")
def test_a_role_without_the_boundary_is_found(rows: Rows, aws: EmbeddedAws) -> None:
    iam = aws.client("iam")
    iam.create_role(RoleName="bare", Path="/spot-runner/", AssumeRolePolicyDocument="{}")
    (row,) = rows()["permissions boundary"]
    iam.delete_role(RoleName="bare")
    assert (row["level"], row["said"]) == ("problem", "role bare does not carry it: someone took it away")


@pytest.mark.usefixtures("set_up")
def test_settings_that_moved_on_since_bootstrap_are_found(rows: Rows, root: Path) -> None:
    settings = root / "spot-runner.yaml"
    settings.write_text(settings.read_text().replace("https://github.com", "https://octo.ghe.com"))
    problems = levels(rows(), "problem")
    assert problems["stack spot-runner-bootstrap"].startswith("it is of another release, or of other settings")
    assert problems["OIDC provider"] == "the account has none of https://token.actions.octo.ghe.com"
    assert not any(about.startswith("role") for about in problems)


@pytest.mark.usefixtures("set_up")
def test_what_a_role_may_not_see_is_a_warning_that_names_the_right(
    rows: Rows, aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = aws.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{aws.account}:role/spot-runner-plan", RoleSessionName="doctor"
    )["Credentials"]
    for variable, key in (
        ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
        ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
        ("AWS_SESSION_TOKEN", "SessionToken"),
    ):
        monkeypatch.setenv(variable, session[key])
    found = rows()
    assert levels(found, "problem") == {}
    said = levels(found, "warning")
    for about, right in (
        ("OIDC provider", "iam:ListOpenIDConnectProviders"),
        ("service-linked roles", "iam:GetRole"),
        ("role spot-runner-deploy", "iam:GetRole"),
        ("permissions boundary", "iam:GetPolicy"),
        ("artifact bucket", "s3:ListBucket"),
        ("quota of spot vCPUs", "servicequotas:GetServiceQuota"),
    ):
        assert said[about] == f"not looked at: these credentials lack {right}"
    assert found["stack spot-runner-bootstrap"][0]["level"] == "ok"


@pytest.mark.usefixtures("aws")
def test_another_account_is_a_problem_and_nothing_else_is_asked_of_it(rows: Rows, root: Path) -> None:
    settings = root / "spot-runner.yaml"
    settings.write_text(settings.read_text().replace("123456789012", "210987654321"))
    found = rows()
    assert "spot-runner.yaml says 210987654321" in levels(found, "problem")["credentials"]
    assert "OIDC provider" not in found


@pytest.mark.usefixtures("no_aws")
def test_presets_that_are_not_valid_and_templates_that_are_stale_are_problems(rows: Rows, root: Path) -> None:
    (root / "templates_out" / "foundation.json").write_text("{}")
    assert levels(rows(), "problem")["templates_out"].startswith("templates_out/foundation.json is not what")
    (root / "presets" / "gpu.yaml").write_text("name: gpu\n")
    assert levels(rows(), "problem")["presets"].startswith("presets/gpu.yaml:")


def a_token(github: GitHubServer, subject: str, **others: object) -> str:
    """Make a token as GitHub would, signed by nobody."""
    owner = github.played.world.user_id("octo-org")
    prefix = f"repo:octo-org@{owner}/runners@{github.repository.id}"
    claims = {
        "iss": f"https://{ISSUER}", "aud": "sts.amazonaws.com", "sub": f"{prefix}:{subject}",
        "repository_id": str(github.repository.id), "exp": 4_000_000_000, **others,
    }  # fmt: skip
    return jwt.encode(claims, "k" * 32, algorithm="HS256")


def test_a_pull_requests_token_is_explained_by_the_roles_as_deployed(
    set_up: GitHubServer, run: Run, tmp_path: Path
) -> None:
    token = a_token(set_up, "pull_request", ref="refs/pull/1/merge")
    (tmp_path / "token").write_text(token)
    code, out, err = run("doctor", "--oidc-token", str(tmp_path / "token"))
    assert code == 0
    assert "ok       token for spot-runner-plan: would be accepted" in out
    assert "pull requests never get this role: give the job the plan role" in out
    assert token not in out + err


@pytest.mark.usefixtures("no_aws")
def test_without_aws_a_token_is_explained_by_what_github_says(github: GitHubServer, rows: Rows, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(a_token(github, "environment:production", ref="refs/heads/x", environment="x"))
    found = rows("--oidc-token", str(tmp_path / "token"))
    said = [row["said"] for row in found["token for spot-runner-deploy"]]
    assert said == [
        "would be refused: environment is 'x', expected 'production'",
        "would be refused: ref is 'refs/heads/x', expected 'refs/heads/main'",
    ]


@pytest.mark.usefixtures("no_aws")
def test_another_environment_is_looked_at_by_its_own_name(
    github: GitHubServer, rows: Rows, root: Path, tmp_path: Path
) -> None:
    settings = root / "spot-runner.yaml"
    settings.write_text(settings.read_text() + "environments:\n  test: {account: '210987654321'}\n")
    github.repository.environments = {"production": False, "test": True}
    (tmp_path / "token").write_text(a_token(github, "environment:test", ref="refs/heads/main", environment="test"))
    found = rows("--environment", "test", "--oidc-token", str(tmp_path / "token"))
    assert found["environment test"][0]["said"] == "takes selected branches only"
    assert "environment production" not in found
    assert found["token for spot-runner-deploy"][0]["said"] == "would be accepted"


@pytest.mark.usefixtures("no_aws")
def test_with_neither_side_there_is_nothing_to_hold_a_token_against(
    rows: Rows, tmp_path: Path, github_server: GitHubServer
) -> None:
    (tmp_path / "token").write_text(a_token(github_server, "pull_request"))
    (row,) = rows("--oidc-token", str(tmp_path / "token"))["token"]
    assert "neither AWS nor GitHub tells what roles should trust" in row["said"]


def test_a_job_s_own_token_is_asked_for_and_explained(
    set_up: GitHubServer, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in set_up.played.job(Job(repository=set_up.repository)).items():
        monkeypatch.setenv(name, value)
    found = rows()
    assert found["token for spot-runner-operate"][0]["said"] == "would be accepted"
    assert found["token for spot-runner-deploy"][0]["level"] == "warning"


@pytest.mark.usefixtures("no_aws")
def test_a_job_without_the_right_to_a_token_is_told_which_permission_it_takes(
    rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    (row,) = rows()["token"]
    assert row["remedy"] == "give it `permissions: id-token: write`"


@pytest.mark.usefixtures("no_aws")
def test_a_token_file_that_is_not_there_is_one_line(run: Run) -> None:
    code, _, err = run("doctor", "--oidc-token", "nowhere")
    assert (code, err) == (1, "nowhere: No such file or directory\n")
