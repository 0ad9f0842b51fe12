"""The stacks' templates as JSON, and their intrinsic functions resolved as for one account and Region."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from generator.inputs.settings import Settings
from generator.origin import origin
from generator.presets import Preset
from generator.stacks import bootstrap, control_plane, foundation
from generator.stacks import preset as preset_stack

Json: TypeAlias = Any
Template = dict[str, Any]
FUNCTIONS = ("ami_update", "launch", "preset_sync", "reconcile", "status", "webhook")
BUNDLES = {function: f"bundles/{function}-{'0' * 64}.zip" for function in FUNCTIONS}
PSEUDO = {"AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::AccountId": "123456789012"}
FOUNDATION = "arn:aws:dynamodb:eu-west-1:123456789012:table/spot-runner-foundation-Table-1A2B3C"
VALUES = {
    "TableArn": FOUNDATION,
    "TableName": "spot-runner-foundation-Table-1A2B3C",
    "WebhookSecretArn": (
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:spot-runner-foundation/WebhookSecret-1a2b3c-AbCdEf"
    ),
    "AppKeyArn": (
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:spot-runner-foundation/GitHubAppKey-1a2b3c-AbCdEf"
    ),
    "RunnerSecurityGroupId": "sg-0123456789abcdef0",
    "SubnetIds": ["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"],
    "BoundaryArn": "arn:aws:iam::123456789012:policy/spot-runner-boundary",
    "Boundary": "arn:aws:iam::123456789012:policy/spot-runner-boundary",
    "IssuerHost": "token.actions.githubusercontent.com",
    "SubjectPrefix": "repo:octo-org/runners",
    "RepositoryId": "4711",
    "BranchRef": "refs/heads/main",
    "EnvironmentName": "production",
}
ARNS = {
    "AWS::IAM::Role": "arn:aws:iam::123456789012:role/{name}",
    "AWS::S3::Bucket": "arn:aws:s3:::spot-runner-bootstrap-{name}",
    "AWS::SQS::Queue": "arn:aws:sqs:eu-west-1:123456789012:{name}",
    "AWS::Events::Rule": "arn:aws:events:eu-west-1:123456789012:rule/{name}",
    "AWS::Lambda::Function": "arn:aws:lambda:eu-west-1:123456789012:function:{name}",
}
OWN_NAMES = ("RoleName", "QueueName", "Name", "FunctionName")


@pytest.fixture(scope="session")
def settings() -> Settings:
    return some_settings()


@pytest.fixture(scope="session")
def a_settings() -> Callable[..., Settings]:
    return some_settings


@pytest.fixture(scope="session")
def a_preset() -> Callable[..., Preset]:
    return some_preset


@pytest.fixture(scope="session")
def templates() -> dict[str, Template]:
    """Return the template of every kind of stack by its part."""
    settings = some_settings()
    stacks = {
        "bootstrap": bootstrap.template(settings),
        "foundation": foundation.template(settings),
        "control-plane": control_plane.template(settings, BUNDLES),
    }
    return {part: plain(stack) for part, stack in stacks.items()} | {"preset": of_preset(some_preset())}


@pytest.fixture
def stack(templates: dict[str, Template]) -> Template:
    """Return the template of a preset whose AMI is baked here."""
    return templates["preset"]


@pytest.fixture(scope="session")
def preset_template() -> Callable[[Preset], Template]:
    return of_preset


@pytest.fixture(scope="session")
def resolved() -> Callable[[Template, object], Any]:
    """Return a function that resolves a value of a template, as CloudFormation would."""
    return resolve


@pytest.fixture(scope="session")
def of_type() -> Callable[[Template, str], dict[str, Template]]:
    """Return a function that finds a template's resources of a type, by logical id."""
    return lambda template, kind: {n: r for n, r in template["Resources"].items() if r["Type"] == kind}


def some_settings(**changes: object) -> Settings:
    given = {"region": "eu-west-1", "account": "123456789012", "github": {"owner": "octo-org"}}
    return Settings.model_validate(given | changes)


def some_preset(**changes: object) -> Preset:
    given = {"name": "linux-x64", "architecture": "x86_64", "instanceTypes": ["m7i.large"]}
    return Preset.model_validate(given | changes)


def of_preset(preset: Preset) -> Template:
    settings = some_settings()
    return plain(preset_stack.template(settings, preset, origin(preset, deployment=settings.name)))


def plain(stack: Json) -> Template:
    template: Template = json.loads(json.dumps(stack.to_dict()))
    return template


def resolve(template: Template, value: object) -> Json:
    if isinstance(value, list):
        return [resolve(template, each) for each in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and (name := next(iter(value))) in INTRINSIC:
        return INTRINSIC[name](template, value[name])
    return {key: resolve(template, inner) for key, inner in value.items()}


def substituted(template: Template, name: str) -> str:
    if name.startswith("!"):
        return f"${{{name[1:]}}}"
    if "." in name:
        return attribute_of(template, *name.split(".", 1))
    return VALUES.get(name) or PSEUDO.get(name) or name


INTRINSIC: dict[str, Callable[[Template, Json], Json]] = {
    "Ref": substituted,
    "Fn::Sub": lambda template, text: re.sub(r"\$\{([^}]+)\}", lambda found: substituted(template, found[1]), text),
    "Fn::GetAtt": lambda template, named: attribute_of(template, *named),
    "Fn::If": lambda template, branches: resolve(template, branches[1]),
    "Fn::Join": lambda template, parts: parts[0].join(resolve(template, parts[1])),
}


def attribute_of(template: Template, name: str, attribute: str) -> str:
    resource = template["Resources"][name]
    if attribute != "Arn" or resource["Type"] not in ARNS:
        return f"{name}.{attribute}"
    properties = resource["Properties"]
    own = next((properties[key] for key in OWN_NAMES if key in properties), name)
    path = properties.get("Path", "/").lstrip("/")
    return ARNS[resource["Type"]].format(name=path + own)


@pytest.fixture(scope="session")
def schema_of() -> Callable[[str], Template]:
    """Return a function that gives CloudFormation's own schema of a resource type, as cfn-lint packs it."""
    schemas = Path(str(distribution("cfn-lint").locate_file("cfnlint/data/schemas")))
    index = json.loads((schemas / "providers/eu-west-1.json").read_text())

    @cache
    def schema(kind: str) -> Template:
        found: Template = json.loads((schemas / f"resources/{index[kind]}.json").read_text())
        return found

    return schema


@pytest.fixture(scope="session")
def granted(templates: Mapping[str, Template]) -> list[tuple[str, Template]]:
    """Return every statement of identity policies, resolved, with the stack and the role or policy that holds it."""
    return [
        (f"{part}/{name}", statement)
        for part, template in templates.items()
        for name, resource in template["Resources"].items()
        for statement in own_statements(template, resource)
    ]


def own_statements(template: Template, resource: Template) -> Iterator[Template]:
    properties = resource.get("Properties", {})
    documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
    if resource["Type"] == "AWS::IAM::ManagedPolicy":
        documents.append(properties["PolicyDocument"])
    for document in documents:
        yield from resolve(template, document["Statement"])


@pytest.fixture(scope="session")
def statements_of(templates: Mapping[str, Template]) -> Callable[[str, str], list[Template]]:
    """Return a function that gives the resolved statements of one role or policy of a stack."""
    return lambda part, name: list(own_statements(templates[part], templates[part]["Resources"][name]))
