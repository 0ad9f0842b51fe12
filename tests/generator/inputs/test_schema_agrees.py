import copy
import math
from collections.abc import Callable
from typing import Any, TypeAlias

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.inputs.project import parse_preset, parse_settings
from generator.inputs.schema import preset_schema, settings_schema
from generator.inputs.yaml_source import read

PRESET: dict[str, Any] = {
    "name": "linux-x64",
    "architecture": "x86_64",
    "platform": "linux",
    "instanceTypes": ["m7i.large", "c7i.xlarge"],
    "labels": ["docker", "build"],
    "timeout": 60,
    "diskSizeGb": 50,
    "spotStrategy": "spotPreferred",
    "maxRunners": 50,
    "runnerGroup": "Default",
    "image": {
        "base": "ubuntu-24.04",
        "schedule": "cron(0 3 ? * SUN *)",
        "additionalDockerImages": ["postgres:17", "ghcr.io/astral-sh/uv:0.9.0"],
        "components": [
            {"name": "node", "run": "apt-get install nodejs\n"},
            "arn:aws:imagebuilder:eu-west-1:aws:component/docker-ce-ubuntu/x.x.x",
        ],
        "runnerVersion": "latest",
        "testCommands": ["docker info"],
        "buildInstanceTypes": ["m7i.large"],
        "retain": 3,
    },
}
WINDOWS: dict[str, Any] = PRESET | {
    "name": "windows-x64",
    "platform": "windows",
    "image": {"base": "windows-2022", "components": [{"name": "node", "run": "throw 'x'"}], "testCommands": ["git"]},
}
SETTINGS: dict[str, Any] = {
    "name": "spot-runner",
    "region": "eu-west-1",
    "account": "123456789012",
    "github": {"serverUrl": "https://github.com", "owner": "octo-org", "apps": [{"id": 1}, {"id": 2}]},
    "repositories": {"allow": ["octo-org/*"], "deny": ["octo-org/secret"], "public": False},
    "network": {"create": False, "vpcId": "vpc-0123456789abcdef0", "subnetIds": ["subnet-01234567"]},
    "status": {"showAmiIds": True},
    "alarms": {"email": "platform@example.com"},
    "logRetentionDays": 30,
    "maxRunners": 200,
    "defaults": {"timeout": 90, "labels": ["docker"], "image": {"retain": 4, "components": []}},
    "environments": {
        "test": {"account": "210987654321", "region": "us-east-1", "network": {"create": True}},
        "prod": {"account": "321098765432", "github": {"owner": "octo-prod", "apps": [{"id": 3}]}},
    },
}
AsYaml = Callable[[object], str]
SOURCES = {"preset": PRESET, "windows": WINDOWS, "settings": SETTINGS}
VALIDATORS = {
    "preset": (of_presets := jsonschema.Draft202012Validator(preset_schema())),
    "windows": of_presets,
    "settings": jsonschema.Draft202012Validator(settings_schema()),
}
# JSON Schema cannot compare one field of two entries, nor two environments, nor add lengths up.
ONLY_THE_MODEL = (
    "the same name as another entry's",
    "give it an account or a region of its own",
    "name fewer, by patterns with *",
)


def complaints_of_the_model(which: str, text: str) -> list[str]:
    document = read(f"{which}.yaml", text.encode())
    _, problems = parse_settings(document) if which == "settings" else parse_preset(document, None)
    return [problem.message for problem in problems]


def agree(which: str, document: object, text: str) -> bool:
    """Check that schema and model say the same of a document; return what they say."""
    schema_accepts = VALIDATORS[which].is_valid(document)
    complaints = complaints_of_the_model(which, text)
    if schema_accepts:  # what is beyond a schema may come on top
        complaints = [each for each in complaints if not each.endswith(ONLY_THE_MODEL)]
    if schema_accepts == (not complaints):
        return schema_accepts
    whys = [error.message[:200] for error in VALIDATORS[which].iter_errors(document)]
    raise AssertionError(f"schema: {whys or 'accepts'}; model: {complaints or 'accepts'}; of {document}")


def changed(document: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    result = copy.deepcopy(document)
    *outer, last = path.split(".")
    target = result
    for part in outer:
        target = target[part]
    if value is ...:
        del target[last]
    else:
        target[last] = value
    return result


@pytest.mark.parametrize("which", ["preset", "settings"])
def test_the_schema_is_a_valid_schema_of_its_draft(which: str) -> None:
    jsonschema.Draft202012Validator.check_schema(VALIDATORS[which].schema)


Row: TypeAlias = tuple[str, str, object]


def rows(values: dict[str, list[Any]]) -> list[Row]:
    """Return (kind of document, path, value) for every value of a table by kind and path; `...` leaves the path out."""
    return [(*place.split(" "), value) for place, each in values.items() for value in each]


def ids(table: list[Row]) -> list[str]:
    return [f"{which} {path} {'left out' if value is ... else ascii(value)[:40]}" for which, path, value in table]


ARN = "arn:aws:imagebuilder:eu-west-1:123456789012:component"
GOOD = rows(
    {
        "preset name": ["a", "1e3"],
        "preset timeout": [60.0, 7200],
        "preset platform": [...],
        "preset image": [..., {}],
        "preset labels": [[], ["a=b", "team/web", "v1.2"]],
        "preset runnerGroup": ["Équipe rouge"],
        "preset image.base": ["ubuntu-22.04", "ami-0123456789abcdef0", "ssm:/imagebuilder/golden/ubuntu-24.04"],
        "preset image.runnerVersion": ["2.330.0"],
        "preset image.components": [[f"{ARN}/tools/1.0.0/1"]],
        "preset image.additionalDockerImages": [["localhost:5000/a", "a/b/c@sha256:" + "0" * 64]],
        "preset image.schedule": ["cron(0 3 1,15 * ? *)"],
        "preset image.buildInstanceTypes": [...],
        "windows image": [..., {}, {"additionalDockerImages": []}],
        "windows image.base": [..., "ami-0123456789abcdef0", "ssm:/imagebuilder/golden/windows"],
        "windows diskSizeGb": [..., 30],
        "settings name": [..., "preset", "my-presets"],
        "settings region": ["us-gov-west-1", "eusc-de-east-1"],
        "settings github.serverUrl": ["https://github.example.com:8443"],
        "settings github.apps": [[]],
        "settings network": [..., {}, {"create": True}],
        "settings network.create": [...],
        "settings alarms": [{}],
        "settings alarms.email": [None],
        "settings repositories.allow": [["*"]],
        "settings logRetentionDays": [3653, 30.0],
        "settings environments": [{}],
        "settings environments.test": [{"region": "us-west-2"}],
        "settings environments.network": [{"region": "us-west-2"}],
        "settings defaults": [{}],
    }
)
BAD = rows(
    {
        "preset name": [..., "linux\n", "../etc", "-a", "a" * 41, 1],
        "preset architecture": [..., "arm64", "x64"],
        "preset platform": ["windows", "macos", []],
        "preset instanceTypes": [..., [], "m7i.large", ["m7g.large"], ["m7i.larg"], ["m7i.large", "m7i.large"]],
        "preset instance_types": [["m7i.large"]],
        "preset labels": [
            ["a,b"],
            ["a b"],
            ["Docker"],
            ["a", "a"],
            ["self-hosted"],
            ["spotrunner"],
            ["spotrunner/x"],
            ["linux\n"],
            ["a" * 257],
            None,
        ],
        "preset timeout": [0, 7201, 1.5, "60", True],
        "preset diskSizeGb": [7],
        "preset spotStrategy": ["spotpreferred"],
        "preset runnerGroup": ["", " a"],
        "preset image": [None, []],
        "windows platform": [..., "linux"],
        "windows architecture": ["arm64", ...],
        "windows diskSizeGb": [29, 8.0, 7],
        "windows image.base": ["ubuntu-24.04", "ubuntu-22.04", "windows-2019"],
        "windows image.additionalDockerImages": [["postgres:17"]],
        "preset image.base": ["windows-2022", "ubuntu-24x04", "ssm:golden", "ssm:/golden/ubuntu"],
        "preset image.schedule": ["cron(0 3 1 * ? *)", "rate(7 days)"],
        "preset image.ami": ["ami-0123456789abcdef0"],
        "preset image.components": [
            [{"name": "a"}],
            [{"name": "a", "run": ""}],
            [{"name": "a", "run": " \n"}],
            [{"name": "a", "run": "\0x"}],
            [{"name": "a", "run": "x", "as": "root"}],
            ["arn:aws:imagebuilder:eu-west-1:aws:image/x/1.0.0"],
            [f"{ARN}/a/1.0.0"] * 2,
            [5],
        ],
        "preset image.buildInstanceTypes": [[], ["m7g.large"]],
        "preset image.additionalDockerImages": [["Postgres"], ["a:b:c"]],
        "preset image.runnerVersion": ["v2.330.0", 2],
        "preset image.retain": [0],
        "settings name": ["aws", "ssm-x", "a-preset", "a-preset-b", "a-", "a" * 21],
        "settings account": [123456789012, "12345678901", "١٢٣٤٥٦٧٨٩٠١٢"],
        "settings region": [...],
        "settings github": [...],
        "settings github.owner": [...],
        "settings github.serverUrl": ["http://github.com", "https://github.com/"],
        "settings github.apps": [[{"id": 1}, {"id": 1.0}], [{}]],
        "settings network": [
            {"create": False},
            {"create": True, "subnetIds": ["subnet-01234567"]},
            {"create": True, "vpcId": "vpc-01234567"},
            {"subnetIds": ["subnet-01234567"]},
            {"vpcId": "vpc-01234567"},
        ],
        "settings network.create": [True],
        "settings network.vpcId": [..., None],
        "settings network.subnetIds": [[], ["subnet-01234567"] * 2],
        "settings alarms.email": ["x"],
        "settings logRetentionDays": [10, True],
        "settings defaults.name": ["x"],
        "settings defaults.instanceTypes": [["m7i.large"]],
        "settings defaults.image.buildInstanceTypes": [["m7i.large"]],
        "settings defaults.timeout": [0],
        "settings environments.Test": [{}],
        "settings environments.test.region": [None],
        "settings environments.test.network": [None],
        "settings environments.test.maxRunners": [5],
        "settings environments.test": [None],
    }
)


@pytest.mark.parametrize(("which", "path", "value"), GOOD, ids=ids(GOOD))
def test_schema_and_model_both_accept(as_yaml: AsYaml, which: str, path: str, value: object) -> None:
    document = changed(SOURCES[which], path, value)
    assert agree(which, document, as_yaml(document))


@pytest.mark.parametrize(("which", "path", "value"), BAD, ids=ids(BAD))
def test_schema_and_model_both_refuse(as_yaml: AsYaml, which: str, path: str, value: object) -> None:
    document = changed(SOURCES[which], path, value)
    assert not agree(which, document, as_yaml(document))


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 20000),
    st.floats(-10, 10000, allow_nan=False).filter(math.isfinite),
    st.text(max_size=12),
    st.sampled_from(["linux", "windows", "windows-2022", "arm64", "x86_64", "m7g.large", "m7i.large"]),
    st.sampled_from(["*", "a/b", "", "latest", "vpc-01234567"]),
    st.from_regex("[a-z0-9][a-z0-9-]{0,8}", fullmatch=True),
)
VALUES = st.one_of(
    SCALARS, st.lists(SCALARS, max_size=3), st.dictionaries(st.sampled_from(["name", "run", "id", "create"]), SCALARS)
)


def places(value: object, found: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the places of all values in a document, but not its own."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, each in inner for place in ((*found, key), *places(each, (*found, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Return a good document of one kind with one to three things replaced, left out, added, doubled or bent."""
    which = draw(st.sampled_from(list(SOURCES)))
    document = copy.deepcopy(SOURCES[which])
    for _ in range(draw(st.integers(1, 3))):
        *outer, last = draw(st.sampled_from(places(document) or [("name",)]))
        target: Any = document
        for part in outer:
            target = target[part]
        change = draw(st.sampled_from(["replace", "leave out", "add", "double", "bend"]))
        if change == "replace":
            target[last] = draw(VALUES)
        elif change == "add" and isinstance(target, dict):
            target[draw(st.sampled_from(["create", "labels", "name", "timeOut", "x"]))] = draw(VALUES)
        elif change == "double" and isinstance(target, list):
            target.append(copy.deepcopy(target[last]))
        elif change == "bend" and isinstance(target.get(last) if isinstance(target, dict) else target[last], str):
            text = target[last]
            at = draw(st.integers(0, len(text)))
            target[last] = text[:at] + draw(st.sampled_from("aZ0-_./:,* \n\t")) + text[at + draw(st.integers(0, 1)) :]
        elif last in target or isinstance(target, list):
            del target[last]
    return which, document


@settings(max_examples=600, deadline=None, derandomize=True)
@given(mutated())
def test_schema_and_model_agree_on_any_mutation_of_a_good_document(
    as_yaml: AsYaml, case: tuple[str, dict[str, Any]]
) -> None:
    which, document = case
    agree(which, document, as_yaml(document))


def test_two_components_of_one_name_are_beyond_a_schema(as_yaml: AsYaml) -> None:
    two = [{"name": "a", "run": "x"}, {"name": "a", "run": "y"}]
    document = changed(PRESET, "image.components", two)
    assert VALIDATORS["preset"].is_valid(document)
    assert complaints_of_the_model("preset", as_yaml(document)) == [
        "image.components[1].name is 'a', the same name as another entry's"
    ]


def test_two_environments_in_one_place_are_beyond_a_schema(as_yaml: AsYaml) -> None:
    document = changed(SETTINGS, "environments.test", {})
    assert VALIDATORS["settings"].is_valid(document)
    assert complaints_of_the_model("settings", as_yaml(document)) == [
        (
            "environments.test is an empty mapping, which leaves it in account 123456789012 and eu-west-1, where "
            "production is, and so with the same stacks: give it an account or a region of its own"
        )
    ]
