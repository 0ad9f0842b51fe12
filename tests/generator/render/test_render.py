"""From a project to its templates."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from generator.deployment.stack import Wanted
from generator.errors import InvalidInputError
from generator.inputs.project import Project
from generator.inputs.settings import Settings
from generator.layout import text
from generator.presets import Preset
from generator.render import issuer_host, parameters, render

INLINE_BYTES = 51_200
FROM_S3_BYTES = 2**20  # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html


def some_settings(**changes: object) -> Settings:
    given = {"region": "eu-west-1", "account": "123456789012", "github": {"owner": "octo-org"}}
    return Settings.model_validate(given | changes)


def test_every_stack_has_its_file(project: Project) -> None:
    names = {"bootstrap.json", "foundation.json", "control-plane.json", "preset-gpu.json", "preset-linux-x64.json"}
    assert set(render(project)) == names


def test_the_same_project_renders_to_the_same_bytes(project: Project) -> None:
    assert render(project) == render(project)


def test_templates_are_sorted_and_laid_out_in_one_way(project: Project) -> None:
    assert {name for name, content in render(project).items() if text(json.loads(content)) != content} == set()


def test_another_environment_renders_to_the_same_templates(project: Project) -> None:
    elsewhere = {"region": "us-west-1", "account": "210987654321", "github": {"serverUrl": "https://octo.ghe.com"}}
    network = {"vpcId": "vpc-0123456789abcdef0", "subnetIds": ["subnet-0123456789abcdef0"]}
    settings = some_settings(environments={"other": {**elsewhere, "network": network}}).for_environment("other")
    assert settings.region == "us-west-1"
    assert render(replace(project, settings=settings)) == render(project)


def test_no_template_names_an_account_or_a_region(project: Project) -> None:
    named = [name for name, content in render(project).items() if "123456789012" in content or "eu-west-1" in content]
    assert named == []


def test_even_with_the_longest_name_cloudformation_takes_the_templates_and_no_bucket_for_the_first(
    project: Project,
) -> None:
    rendered = render(replace(project, settings=some_settings(name="a" * 20)))
    bootstrap = Wanted(name="bootstrap", template=rendered["bootstrap.json"], parameters={}, tags={})
    assert len(bootstrap.inline.encode()) <= INLINE_BYTES
    sizes = {name: len(text.encode()) for name, text in rendered.items()}
    assert max(sizes.values()) <= FROM_S3_BYTES


def test_a_preset_too_large_for_its_parameter_is_named_with_its_file(project: Project) -> None:
    labels = [f"label-{number:04}-{'x' * 40}" for number in range(100)]
    given = {"architecture": "x86_64", "instanceTypes": ["m7i.large"], "labels": labels}
    presets = tuple(Preset.model_validate({"name": name, **given}) for name in ("big", "huge"))
    with pytest.raises(InvalidInputError) as refused:
        render(replace(project, presets=presets))
    assert [problem.file for problem in refused.value.problems] == ["presets/big.yaml", "presets/huge.yaml"]
    assert "at most 4096" in str(refused.value)


ISSUERS = {
    "https://github.com": "token.actions.githubusercontent.com",
    "https://octo.ghe.com": "token.actions.octo.ghe.com",
    "https://git.example.com": "git.example.com/_services/token",
    "https://git.example.com:8443": "git.example.com:8443/_services/token",
}


@pytest.mark.parametrize("server", ISSUERS)
def test_every_github_has_its_own_issuer(server: str) -> None:
    assert issuer_host(server) == ISSUERS[server]
    settings = some_settings(github={"owner": "octo-org", "serverUrl": server})
    known = str(server == "https://github.com").lower()
    assert parameters(settings, "bootstrap") == {"IssuerHost": ISSUERS[server], "ChecksProviderClaims": known}


def test_a_network_of_our_own_is_the_default() -> None:
    assert parameters(some_settings(), "foundation") == {"VpcId": "", "SubnetIds": "", "Zones": "3"}


def test_an_existing_network_becomes_parameters() -> None:
    network = {"vpcId": "vpc-0123456789abcdef0", "subnetIds": ["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"]}
    assert parameters(some_settings(network=network), "foundation") == {
        "VpcId": "vpc-0123456789abcdef0",
        "SubnetIds": "subnet-0123456789abcdef0,subnet-0fedcba9876543210",
        "Zones": "3",
    }


def test_a_region_of_two_zones_gets_two_subnets() -> None:
    assert parameters(some_settings(region="us-west-1"), "foundation")["Zones"] == "2"


def test_who_hears_of_alarms_and_whose_jobs_are_run_by_which_apps_are_parameters() -> None:
    settings = some_settings(
        alarms={"email": "platform@example.com"}, github={"owner": "octo-test", "apps": [{"id": 4}, {"id": 5}]}
    )
    assert parameters(settings, "control-plane") == {
        "AlarmEmail": "platform@example.com",
        "GitHubApiUrl": "https://api.github.com",
        "GitHubApps": "4,5",
        "GitHubOwner": "octo-test",
    }
    assert parameters(some_settings(), "control-plane") == {
        "AlarmEmail": "",
        "GitHubApiUrl": "https://api.github.com",
        "GitHubApps": "",
        "GitHubOwner": "octo-org",
    }


@pytest.mark.parametrize("part", ["bootstrap", "foundation", "control-plane", "preset"])
def test_every_parameter_that_is_given_is_one_of_the_stack(part: str, project: Project) -> None:
    file = "preset-gpu.json" if part == "preset" else f"{part}.json"
    declared = json.loads(render(project)[file])["Parameters"]
    assert parameters(project.settings, part).keys() <= declared.keys()


def test_what_is_not_given_has_a_default_but_for_what_github_alone_knows(project: Project) -> None:
    given = {
        name for part in ("bootstrap", "foundation", "control-plane") for name in parameters(project.settings, part)
    }
    open_ended = {
        name
        for content in render(project).values()
        for name, parameter in json.loads(content)["Parameters"].items()
        if name not in given and "Default" not in parameter
    }
    assert open_ended == {"SubjectPrefix", "RepositoryId"}


def test_rendering_loads_neither_boto3_nor_the_linters() -> None:
    code = "import sys, generator.render; print(*(sys.modules.keys() & {'boto3', 'botocore', 'cfnlint', 'moto'}))"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert loaded.stdout.strip() == ""
