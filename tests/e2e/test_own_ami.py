"""A preset turns to an own AMI and back: the real stacks, a signed delivery, and a machine that runs its user data."""

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from rich.console import Console

from generator.errors import SpotRunnerError
from generator.inputs.project import load_project
from generator.local import jobs, looking, machines, workflows
from generator.local.looking import all_are
from generator.local.record import Record
from generator.local.stage import stage
from generator.local.team import Team
from tests import team as files

PRESET = "linux-x64"
OWN = "name: linux-x64\narchitecture: x86_64\ninstanceTypes: [m7i.large, m6i.large]\nimage: {ami: AMI}\n"
DISK = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8, "VolumeType": "gp3"}}


@dataclass(frozen=True, kw_only=True)
class Look:
    """What there was after a step: the preset's status, its stack's resources and decision, and how builds stand."""

    preset: dict[str, Any]
    resources: frozenset[str]
    decision: str
    builds: tuple[str, ...]


@dataclass(kw_only=True)
class Story:
    """What a team does with one preset, and what was seen of it."""

    team: Team
    seen: dict[str, Look] = field(default_factory=dict)
    amis: list[str] = field(default_factory=list)
    refusal: str = ""
    console: str = ""
    script: str = ""
    told: str = ""

    def client(self, service: str) -> Any:
        """Return an administrator's client."""
        return self.team.emulator.client(service)

    @property
    def stack(self) -> str:
        """Return the name of the preset's stack."""
        return self.team.names.preset_stack(PRESET)

    def own_ami(self, architecture: str = "x86_64") -> str:
        """Register an AMI, as a team does that bakes by itself."""
        told = {"Architecture": architecture, "RootDeviceName": "/dev/xvda", "BlockDeviceMappings": [DISK]}
        self.amis.append(self.client("ec2").register_image(Name=f"golden-{len(self.amis)}", **told)["ImageId"])
        return self.amis[-1]

    def deploy(self, preset: str) -> None:
        """Edit the preset, render, commit and deploy."""
        (self.team.repository.path / "presets" / f"{PRESET}.yaml").write_text(preset)
        self.team.run(("render",), {})
        self.team.repository.commit("Another image")
        workflows.deploy(self.team)
        self.team.emulator.control("POST", "/settle")

    def look(self, step: str) -> None:
        """Keep what there is after a step."""
        cloudformation, builder = self.client("cloudformation"), self.client("imagebuilder")
        (stack,) = cloudformation.describe_stacks(StackName=self.stack)["Stacks"]
        resources = cloudformation.list_stack_resources(StackName=self.stack)["StackResourceSummaries"]
        pages = builder.get_paginator("list_image_build_versions").paginate()
        (preset,) = self.team.status()["presets"]
        self.seen[step] = Look(
            preset=preset,
            resources=frozenset(one["LogicalResourceId"] for one in resources),
            decision=next(one["OutputValue"] for one in stack["Outputs"] if one["OutputKey"] == "Decision"),
            builds=tuple(one["state"]["status"] for page in pages for one in page["imageSummaryList"]),
        )

    def run_job(self) -> None:
        """Let a job run, and keep what its machine said, ran and was to run by its launch template."""
        jobs.first_job(self.team, PRESET)
        ec2 = self.client("ec2")
        (launched,) = ec2.describe_instances()["Reservations"]
        machine = self.team.machines.of(launched["Instances"][0]["InstanceId"])
        template = ec2.describe_launch_template_versions(LaunchTemplateName=self.stack, Versions=["$Latest"])
        (version,) = template["LaunchTemplateVersions"]
        self.told = base64.b64decode(version["LaunchTemplateData"]["UserData"]).decode()
        self.console, self.script = machine.console, (machine.folder / "boot").read_text()

    def leave(self) -> None:
        """Delete the preset's stack."""
        self.client("cloudformation").delete_stack(StackName=self.stack)
        self.team.emulator.control("POST", "/settle")


@contextmanager
def a_team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """Yield a team with one preset, of which nothing is deployed yet."""
    root = files.put(tmp_path_factory.mktemp("team"))
    for name in ("presets/linux-arm64.yaml", "templates_out/preset-linux-arm64.json"):
        (root / name).unlink()
    with stage(load_project(root), Record(Console(file=io.StringIO(), width=200)), machines.played()) as team:
        yield team


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with a_team(tmp_path_factory) as team:
        played = Story(team=team)
        workflows.deploy(team)
        played.look("a recipe")
        recipe = (team.repository.path / "presets" / f"{PRESET}.yaml").read_text()
        played.deploy(OWN.replace("AMI", played.own_ami()))
        played.look("an own AMI")
        played.run_job()
        with pytest.raises(SpotRunnerError) as refused:
            played.deploy(OWN.replace("AMI", played.own_ami("arm64")))
        played.refusal = str(refused.value)
        played.look("refused")
        played.deploy(recipe)
        played.look("the recipe again")
        looking.an_hour_later(team)
        team.watch(all_are("ready"), "ready")
        played.look("baked")
        played.deploy(OWN.replace("AMI", played.own_ami()))
        played.look("another own AMI")
        played.leave()
        yield played


def test_an_own_ami_serves_at_once_and_the_pipeline_goes_with_its_running_build(story: Story) -> None:
    before, after = story.seen["a recipe"], story.seen["an own AMI"]
    assert (before.preset["status"], len(before.builds)) == ("building", 1)
    assert after.decision == f"served at once: own AMI {story.amis[0]}"
    assert (after.preset["status"], after.preset["amiId"]) == ("ready", story.amis[0])
    assert after.resources == {"LaunchTemplate", "MachineLogs", "Sync"}
    assert after.builds == ("CANCELLED",)
    assert {"Pipeline", "Recipe", "BuildLogs"} <= before.resources


def test_its_machine_runs_the_user_data_of_the_launch_template_takes_one_job_and_is_gone(story: Story) -> None:
    assert story.script == story.told
    assert story.told.startswith("#!/usr/bin/env bash\ntable='spot-runner-foundation-")
    assert "has its configuration, and 60 minutes and 5 more" in story.console
    assert story.console.splitlines()[-1].endswith("powers off, after exit code 0")


def test_a_runner_of_an_own_ami_needs_no_other_right_and_no_role_lacks_one(story: Story) -> None:
    audit = story.team.emulator.control("GET", "/audit")
    used = {one["action"] for one in audit["decisions"] if "-RunnerInstanceRole-" in one["role"]}
    assert used == {"dynamodb:DeleteItem", "logs:CreateLogStream", "logs:PutLogEvents"}
    assert audit["denials"] == []


def test_an_ami_of_another_architecture_rolls_the_deployment_back_and_the_one_before_serves_on(story: Story) -> None:
    assert "is for arm64 and linux, expected x86_64 and linux, as the preset says" in story.refusal
    assert story.seen["refused"].preset == story.seen["an own AMI"].preset
    assert story.seen["refused"].resources == story.seen["an own AMI"].resources


def test_a_recipe_is_built_before_it_serves_and_until_then_nothing_does(story: Story) -> None:
    building, baked = story.seen["the recipe again"], story.seen["baked"]
    assert building.decision == "building the first AMI; jobs wait for it, as an own AMI cannot step in"
    assert (building.preset["status"], building.preset["amiId"]) == ("building", None)
    assert building.resources == story.seen["a recipe"].resources
    assert (baked.preset["status"], sorted(baked.builds)) == ("ready", ["AVAILABLE", "CANCELLED"])


def test_a_preset_with_an_own_ami_leaves_nothing_behind(story: Story) -> None:
    assert story.seen["another own AMI"].preset["amiId"] == story.amis[-1]
    assert story.team.status()["presets"] == []
    path = story.team.names.config_path.rstrip("/")
    assert story.client("ssm").get_parameters_by_path(Path=path)["Parameters"] == []
