"""Builds that are asked for by hand or by a schedule of one's own: the command line, in the operate role."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from embedded.aws.server import EmbeddedAws
from generator.deployment.aws import connect
from generator.deployment.rebuild import client_token
from generator.inputs.settings import Settings
from generator.setup.bootstrap import bootstrap, prepare
from generator.setup.trust import NotRead

Run = Callable[..., tuple[int, str, str]]
TRUST = {"SubjectPrefix": "repo:octo-org/runners", "RepositoryId": "1", "CreatesOidcProvider": "true"}
A_RUN = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "octo-org/runners",
    "GITHUB_RUN_ID": "77",
    "GITHUB_RUN_ATTEMPT": "1",
}
PARENT = "arn:aws:imagebuilder:eu-west-1:aws:image/ubuntu-server-24-lts-x86/x.x.x"
STEP = "{name: say, action: ExecuteBash, inputs: {commands: [true]}}"
COMPONENT = f"name: base\nschemaVersion: 1.0\nphases: [{{name: build, steps: [{STEP}]}}]\n"


@pytest.fixture(scope="module")
def settings() -> Settings:
    return Settings.model_validate({"region": "eu-west-1", "account": "123456789012", "github": {"owner": "octo-org"}})


@pytest.fixture(scope="module")
def operate(embedded: EmbeddedAws, rendered: dict[str, str], settings: Settings) -> dict[str, str]:
    """Set the account up, and return the credentials of the operate role."""
    embedded.imagebuilder.phase_seconds = 3600
    embedded.client("iam").create_instance_profile(InstanceProfileName="builder")
    aws = connect(settings.region, make_client=embedded.client)
    assert bootstrap(prepare(settings, rendered["bootstrap.json"], TRUST, aws, NotRead(why="the test knows"))).ok
    role = "arn:aws:iam::123456789012:role/spot-runner-operate"
    given = embedded.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }


@pytest.fixture
def operator(here: EmbeddedAws, operate: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> EmbeddedAws:
    """Be the operate role, of which nothing may be denied."""
    for name, value in operate.items():
        monkeypatch.setenv(name, value)
    return here


@pytest.fixture
def pipeline(operator: EmbeddedAws) -> str:
    """Make the pipeline of linux-x64, without a build, and return its ARN."""
    api = operator.client("imagebuilder")
    arn = "arn:aws:imagebuilder:eu-west-1:123456789012:image-pipeline/spot-runner-preset-linux-x64"
    if arn in {one["arn"] for one in api.list_image_pipelines()["imagePipelineList"]}:
        for build in builds(operator, arn):
            if build["state"]["status"] != "CANCELLED":
                api.cancel_image_creation(imageBuildVersionArn=build["arn"])
        return arn
    component = api.create_component(name="base", semanticVersion="1.0.0", platform="Linux", data=COMPONENT)
    recipe = api.create_image_recipe(
        name="spot-runner-preset-linux-x64",
        semanticVersion="1.0.x",
        parentImage="ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
        components=[{"componentArn": component["componentBuildVersionArn"]}],
    )
    builder = api.create_infrastructure_configuration(name="builder", instanceProfileName="builder")
    made = api.create_image_pipeline(
        name="spot-runner-preset-linux-x64",
        imageRecipeArn=recipe["imageRecipeArn"],
        infrastructureConfigurationArn=builder["infrastructureConfigurationArn"],
    )
    return str(made["imagePipelineArn"])


def builds(aws: EmbeddedAws, pipeline: str) -> list[dict[str, Any]]:
    listed = aws.client("imagebuilder").list_image_pipeline_images(imagePipelineArn=pipeline)
    return list(listed["imageSummaryList"])


def under_way(aws: EmbeddedAws, pipeline: str) -> list[str]:
    return [build["arn"] for build in builds(aws, pipeline) if build["state"]["status"] != "CANCELLED"]


def test_a_build_is_started_by_the_operate_role_and_linked(
    run: Run, operator: EmbeddedAws, pipeline: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    code, out, err = run("rebuild", "linux-x64")
    (arn,) = under_way(operator, pipeline)
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == f"Preset linux-x64 is being built: {arn}"
    link = f"https://eu-west-1.console.aws.amazon.com/imagebuilder/home?region=eu-west-1#/pipelines/{pipeline}"
    assert link in out
    assert f"[`{arn}`](<{link}>)" in (tmp_path / "summary.md").read_text()
    assert not operator.enforcement.denials()
    assert "spot-runner-operate" in {decision.role for decision in operator.enforcement.decisions}


def test_where_a_build_is_under_way_none_is_started(run: Run, operator: EmbeddedAws, pipeline: str) -> None:
    run("rebuild", "linux-x64")
    (arn,) = under_way(operator, pipeline)
    code, out, err = run("rebuild", "linux-x64")
    assert (code, out) == (1, "")
    assert err.startswith(f"preset linux-x64 is being built already: {arn} is PENDING: wait for it, or give --anyway")
    assert under_way(operator, pipeline) == [arn]


def test_another_build_is_started_if_that_is_said(run: Run, operator: EmbeddedAws, pipeline: str) -> None:
    run("rebuild", "linux-x64")
    (first,) = under_way(operator, pipeline)
    code, out, _ = run("rebuild", "linux-x64", "--anyway", "--json")
    started = json.loads(out)
    assert (code, started["beside"]) == (0, [first])
    assert sorted(under_way(operator, pipeline)) == sorted([first, started["buildArn"]])


def test_a_step_that_is_tried_again_starts_no_second_build(
    run: Run, operator: EmbeddedAws, pipeline: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**A_RUN, "GITHUB_RUN_ID": "1"}.items():
        monkeypatch.setenv(name, value)
    run("rebuild", "linux-x64")
    run("rebuild", "linux-x64", "--anyway")
    assert len(under_way(operator, pipeline)) == 1
    monkeypatch.setenv("GITHUB_RUN_ATTEMPT", "2")
    run("rebuild", "linux-x64", "--anyway")
    assert len(under_way(operator, pipeline)) == 2


def test_a_build_that_has_ended_is_in_nobodys_way(run: Run, operator: EmbeddedAws, pipeline: str) -> None:
    run("rebuild", "linux-x64")
    (arn,) = under_way(operator, pipeline)
    operator.client("imagebuilder").cancel_image_creation(imageBuildVersionArn=arn)
    assert run("rebuild", "linux-x64")[0] == 0


@pytest.mark.usefixtures("operator")
def test_a_preset_that_is_not_deployed_or_has_an_own_ami_says_so_in_one_line(run: Run) -> None:
    code, out, err = run("rebuild", "linux-arm64")
    assert (code, out) == (1, "")
    assert err.startswith(
        "preset linux-arm64 of spot-runner has no pipeline in account 123456789012, Region eu-west-1: a preset with an "
        "own AMI (image.ami) has none, and nothing to build; any other is not deployed:"
    )
    assert len(err.splitlines()) == 1


@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize(
    ("preset", "hint"),
    [("linux-x46", "did you mean linux-x64?"), ("windows", "there are: linux-arm64, linux-x64")],
)
def test_an_unknown_preset_is_wrong_usage(run: Run, preset: str, hint: str) -> None:
    code, _, err = run("rebuild", preset)
    assert code == 2
    assert err == f"preset '{preset}' has no file in presets/, {hint}\n"


@pytest.mark.usefixtures("operator", "pipeline")
def test_another_preset_that_is_not_valid_is_in_nobodys_way(run: Run, root: Path) -> None:
    (root / "presets" / "linux-arm64.yaml").write_text("not: [valid")
    assert run("rebuild", "linux-x64")[0] == 0


@pytest.mark.parametrize("changed", [*({name: "9"} for name in A_RUN)], ids=A_RUN)
def test_every_attempt_of_every_run_has_its_own_token(settings: Settings, changed: dict[str, str]) -> None:
    token = client_token(A_RUN, settings, "linux-x64")
    assert token == client_token(A_RUN, settings, "linux-x64")
    assert token != client_token({**A_RUN, **changed}, settings, "linux-x64")
    assert token != client_token(A_RUN, settings, "linux-arm64")
    assert len(token) <= 64


def test_outside_of_a_run_every_token_is_another(settings: Settings) -> None:
    assert client_token({}, settings, "linux-x64") != client_token({}, settings, "linux-x64")
