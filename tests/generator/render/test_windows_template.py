"""The documented preset of Windows as a whole template: rendered, linted, parsed, and deployed on the embedded AWS."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from embedded.aws.server import EmbeddedAws
from generator import lint, templates_out
from generator.inputs.project import load_project
from generator.render import render
from tests import powershell

DOCS = Path(__file__).parents[3] / "docs/presets.md"
SETTINGS = "region: eu-west-1\naccount: '123456789012'\ngithub:\n  owner: octo-org\n"
FILE, STACK = "preset-windows-x64.json", "spot-runner-preset-windows-x64"
Template = dict[str, Any]


def documented_preset() -> str:
    """Return the preset that the documentation shows."""
    (found,) = [text for text in re.findall(r"```yaml\n(.*?)```", DOCS.read_text(), re.DOTALL) if "windows-x64" in text]
    return str(found)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project whose one preset is the documented one."""
    made = tmp_path_factory.mktemp("project")
    (made / "spot-runner.yaml").write_text(SETTINGS)
    (made / "presets").mkdir()
    (made / "presets/windows-x64.yaml").write_text(documented_preset())
    templates_out.write(made, render(load_project(made)))
    return made


@pytest.fixture(scope="module")
def template(folder: Path) -> Template:
    found: Template = json.loads((folder / "templates_out" / FILE).read_text())
    return found


def properties(template: Template, kind: str) -> list[Template]:
    return [each["Properties"] for each in template["Resources"].values() if each["Type"] == kind]


def test_both_linters_and_our_own_rules_find_nothing(folder: Path) -> None:
    (linted,) = lint.linting({FILE: lint.committed(folder)[FILE]}, "eu-west-1")
    assert [str(finding) for finding in linted.findings] == []


def test_every_component_is_of_windows_and_within_image_builders_limits(template: Template) -> None:
    components = properties(template, "AWS::ImageBuilder::Component")
    assert len(components) == 8
    assert {each["Platform"] for each in components} == {"Windows"}
    assert all(len(each["Data"]) <= 16_000 for each in components)
    (recipe,) = properties(template, "AWS::ImageBuilder::ImageRecipe")
    assert len(recipe["Components"]) == 8


def test_every_script_in_the_template_is_powershell_the_boot_script_too(template: Template) -> None:
    found = []
    for component in properties(template, "AWS::ImageBuilder::Component"):
        for phase in yaml.safe_load(component["Data"])["phases"]:
            found += [step["inputs"]["commands"][0] for step in phase["steps"]]
    written = {target: text for script in found for target, text in powershell.files(script).items()}
    assert {r"'C:\spot-runner\boot.ps1'", '"$work\\run.ps1"'} <= written.keys()
    scripts = [*found, *(text for target, text in written.items() if ".ps1" in target)]
    assert [problem for script in scripts for problem in powershell.problems(script)] == []


def test_the_recipe_stands_on_amazons_image_and_grows_its_own_root_ins_4(template: Template) -> None:
    (recipe,) = properties(template, "AWS::ImageBuilder::ImageRecipe")
    assert recipe["ParentImage"] == "ssm:/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base"
    (mapping,) = recipe["BlockDeviceMappings"]
    disk = mapping["Ebs"]
    assert (mapping["DeviceName"], disk["VolumeSize"], disk["Encrypted"]) == ("/dev/sda1", 50, True)
    assert disk["KmsKeyId"]["Fn::Sub"].endswith(":alias/aws/ebs")


def test_functions_are_told_the_platform_and_the_disk_of_machines(template: Template) -> None:
    (sync,) = properties(template, "Custom::SpotRunnerPreset")
    told = json.loads(sync["Preset"])
    assert (told["platform"], told["architecture"], told["diskSizeGb"]) == ("windows", "x86_64", 80)


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as made:
        yield made


@pytest.fixture(scope="module")
def deployed(aws: EmbeddedAws, template: Template) -> EmbeddedAws:
    """Deploy the stack, without the functions to which its last resource speaks."""
    alone = {name: each for name, each in template["Resources"].items() if name != "Sync"}
    outputs = {name: each for name, each in template["Outputs"].items() if "Sync" not in json.dumps(each)}
    iam, ssm = aws.client("iam"), aws.client("ssm")
    subnets = [each["SubnetId"] for each in aws.client("ec2").describe_subnets()["Subnets"]]
    for kind in ("build", "runner"):
        iam.create_instance_profile(InstanceProfileName=kind)
    values = {"table-name": "table", "build-instance-profile": "build", "runner-instance-profile": "runner"}
    for parameter in template["Parameters"].values():
        if parameter["Type"].startswith("AWS::SSM"):
            key = parameter["Default"].rpartition("/")[2]
            value = ",".join(subnets[:2]) if key == "subnet-ids" else values.get(key, f"the-{key}")
            ssm.put_parameter(Name=parameter["Default"], Value=value, Type="String")
    cloudformation = aws.client("cloudformation")
    body = json.dumps(template | {"Resources": alone, "Outputs": outputs})
    change = {"StackName": STACK, "ChangeSetName": "first"}
    cloudformation.create_change_set(**change, ChangeSetType="CREATE", TemplateBody=body)
    aws.settle()
    cloudformation.execute_change_set(**change)
    aws.settle()
    return aws


def test_it_is_deployed_as_a_pipeline_of_windows(deployed: EmbeddedAws) -> None:
    (pipeline,) = deployed.client("imagebuilder").list_image_pipelines()["imagePipelineList"]
    assert (pipeline["name"], pipeline["platform"], pipeline["status"]) == (STACK, "Windows", "ENABLED")


def test_its_machines_are_told_what_those_of_linux_are_told(deployed: EmbeddedAws) -> None:
    found = deployed.client("ec2").describe_launch_template_versions(LaunchTemplateName=STACK, Versions=["$Latest"])
    data = found["LaunchTemplateVersions"][0]["LaunchTemplateData"]
    assert data["InstanceInitiatedShutdownBehavior"] == "terminate"
    told = json.loads(base64.b64decode(data["UserData"]))
    assert told == {"v": 1, "table": "table", "region": "eu-west-1", "deployment": "spot-runner"}
