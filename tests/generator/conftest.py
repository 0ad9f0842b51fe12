"""An embedded AWS per module, a deployment of its own per test, and stacks of a few SSM parameters."""

import itertools
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from embedded.aws.server import EmbeddedAws
from generator.cli import main
from generator.deployment.aws import Aws, connect
from generator.deployment.progress import Event
from generator.deployment.site import Site
from generator.deployment.stack import Wanted
from generator.deployment.stack_client import Pace
from generator.inputs.settings import Settings
from lambdas.core.names import DEPLOYMENT_TAG, Names
from tests import team

MakeStack = Callable[..., Wanted]
MakeResource = Callable[..., dict[str, Any]]
Operator = Callable[..., None]
Run = Callable[..., tuple[int, str, str]]

REGION = "eu-west-1"
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def embedded() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(region=REGION) as aws:
        yield aws


@pytest.fixture
def aws(embedded: EmbeddedAws) -> Iterator[Aws]:
    yield connect(REGION, make_client=embedded.client)
    embedded.faults.clear()


@pytest.fixture
def names() -> Names:
    return Names(deployment=f"team{next(numbers)}")


@pytest.fixture
def heard() -> list[Event]:
    return []


@pytest.fixture
def site(aws: Aws, names: Names, heard: list[Event]) -> Site:
    return Site(aws=aws, names=names, listener=heard.append, pace=Pace(first_seconds=0.01, most_seconds=0.05))


@pytest.fixture
def settings(site: Site) -> Settings:
    """The settings of this deployment."""
    github = {"owner": "octo-org"}
    return Settings.model_validate(
        {"name": site.names.deployment, "region": site.aws.region, "account": "123456789012", "github": github}
    )


@pytest.fixture
def a_parameter(names: Names) -> MakeResource:
    """Make a resource: an SSM parameter of this deployment; its name is fixed by its `key`."""

    def make(key: str, value: object = "1", **more: object) -> dict[str, Any]:
        properties = {"Type": "String", "Name": f"/{names.deployment}/test/{key}", "Value": value}
        return {"Type": "AWS::SSM::Parameter", "Properties": properties, **more}

    return make


@pytest.fixture
def a_stack(names: Names, a_parameter: MakeResource) -> MakeStack:
    """Make a wanted stack of this deployment; without resources it holds one parameter."""

    def make(
        part: str = "foundation",
        *,
        resources: dict[str, Any] | None = None,
        declared: dict[str, Any] | None = None,
        outputs: dict[str, Any] | None = None,
        preset: str | None = None,
        commit: str = "",
        protected: bool = False,
    ) -> Wanted:
        template = {
            "Parameters": declared or {},
            "Resources": resources or {"Only": a_parameter(preset or part)},
            "Outputs": outputs or {},
        }
        return Wanted(
            name=names.preset_stack(preset) if preset else names.stack(part),
            template=json.dumps({section: body for section, body in template.items() if body}),
            parameters={},
            tags={DEPLOYMENT_TAG: names.deployment},
            preset=preset,
            commit=commit,
            protected=protected,
        )

    return make


@pytest.fixture(scope="session")
def rendered() -> dict[str, str]:
    return team.templates()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a repository of the team's presets and settings, rendered."""
    return team.put(tmp_path / "repository")


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in the repository: its exit code, standard output and standard error."""
    monkeypatch.chdir(root)

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["spot-runner", *arguments])
        capsys.readouterr()  # what fixtures said
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return command


@pytest.fixture
def here(embedded: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> EmbeddedAws:
    monkeypatch.setenv("AWS_ENDPOINT_URL", embedded.url)
    return embedded


@pytest.fixture
def operator(embedded: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """Return a way to be a role with these statements alone, of the documented form (action, resource, rows)."""
    iam, sts = embedded.client("iam"), embedded.client("sts")

    def be(*statements: dict[str, object]) -> None:
        name = f"operator-{len(iam.list_roles()['Roles'])}"
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]}
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(document))
        session = sts.assume_role(RoleArn=arn, RoleSessionName="why")["Credentials"]
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", session["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", session["SecretAccessKey"])
        monkeypatch.setenv("AWS_SESSION_TOKEN", session["SessionToken"])

    return be
