"""Values for tests of the functions: each with one changed field, `a_build(status="FAILED")`."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from lambdas.core.preset import Preset
from lambdas.core.state import AmiState, Build, Config, Deploy, Facts, Snapshot

ACCOUNT = "123456789012"
REGION = "eu-west-1"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
OWN = f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}"
PIPELINE = f"{OWN}:image-pipeline/spot-runner-preset-linux-x64"
RECIPE = f"{OWN}:image-recipe/spot-runner-preset-linux-x64/1.0.0"
STACK = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/spot-runner-preset-linux-x64/1"


def build_arn(version: str = "1.0.0/1", preset: str = "linux-x64") -> str:
    return f"{OWN}:image/spot-runner-preset-{preset}/{version}"


def at(minutes: float) -> datetime:
    """Return the time so many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def a_preset(**changes: Any) -> Preset:
    return replace(Preset(name="linux-x64", architecture="x86_64", instance_types=("m7i.large",)), **changes)


def a_config(**changes: Any) -> Config:
    config = Config(
        preset=a_preset(),
        recipe_hash="aaaa",
        pipeline_arn=PIPELINE,
        launch_template_id="lt-0123456789abcdef0",
        launch_template_version="1",
        stack_id=STACK,
    )
    return replace(config, **changes)


def a_deploy(**changes: Any) -> Deploy:
    deploy = Deploy(
        sequence=1,
        recipe_hash="aaaa",
        recipe_arn=RECIPE,
        architecture="x86_64",
        platform="linux",
        commit="0" * 40,
        deployed_at=NOON,
        stack_id=STACK,
        request_id="request-1",
        decision="building the first AMI",
    )
    return replace(deploy, **changes)


def a_build(**changes: Any) -> Build:
    """Return an AVAILABLE build with a living AMI, begun a minute after noon."""
    build = Build(
        build_arn=build_arn(),
        status="AVAILABLE",
        recipe_arn=RECIPE,
        started_at=at(1),
        event_at=at(20),
        ami_id="ami-00000000000000001",
        ami_state="available",
        root_device_name="/dev/sda1",
    )
    return replace(build, **changes)


def an_own_ami(ami_id: str = "ami-0123456789abcdef0", **changes: Any) -> Build:
    """Return the fact of an own AMI that was deployed at noon, and made a year before."""
    arn = f"arn:aws:ec2:{REGION}::image/{ami_id}"
    made = {"started_at": NOON - timedelta(days=365), "event_at": NOON}
    return a_build(**{"build_arn": arn, "recipe_arn": arn, "ami_id": ami_id, **made, **changes})


def a_failed_build(**changes: Any) -> Build:
    nothing = {"ami_id": None, "ami_state": None, "root_device_name": None}
    return a_build(**{"status": "FAILED", **nothing, **changes})


def a_state(**changes: Any) -> AmiState:
    state = AmiState(
        preset_name="linux-x64", status="ready", updated_at=NOON, since=NOON, ami_id="ami-00000000000000001"
    )
    return replace(state, **changes)


def a_snapshot(*builds: Build, **changes: Any) -> Snapshot:
    """Return a deployed preset with these builds; LATEST is there, whatever it says."""
    facts = Facts(deploys=(a_deploy(),), builds=builds)
    return replace(Snapshot(latest=a_state(version=3), config=a_config(), facts=facts), **changes)


def an_image(**changes: Any) -> dict[str, Any]:
    """Return what GetImage says of an AVAILABLE build."""
    image = {
        "arn": build_arn(),
        "type": "AMI",
        "state": {"status": "AVAILABLE"},
        "imageRecipe": {"arn": RECIPE, "tags": {}},
        "sourcePipelineArn": PIPELINE,
        "dateCreated": "2026-11-23T12:01:00.500Z",
        "outputResources": {"amis": [{"region": REGION, "image": "ami-1", "name": "x", "accountId": ACCOUNT}]},
    }
    return {**image, **changes}


def a_state_change(**changes: Any) -> dict[str, Any]:
    """Return EventBridge's event of a build that became AVAILABLE."""
    event = {
        "version": "0",
        "id": "12345678-0000-0000-0000-000000000000",
        "detail-type": "EC2 Image Builder Image State Change",
        "source": "aws.imagebuilder",
        "account": ACCOUNT,
        "time": "2026-11-23T12:20:00Z",
        "region": REGION,
        "resources": [build_arn()],
        "detail": {"previous-state": {"status": "TESTING"}, "state": {"status": "AVAILABLE"}},
    }
    return {**event, **changes}


def a_disabling() -> dict[str, Any]:
    """Return the event of a pipeline that disabled itself at one o'clock."""
    return {
        "detail-type": "EC2 Image Builder Image Pipeline Automatically Disabled",
        "source": "aws.imagebuilder",
        "time": "2026-11-23T13:00:00Z",
        "resources": [PIPELINE],
        "detail": {"consecutive-failures": "5"},
    }


def preset_json(**changes: Any) -> str:
    """Return the custom resource's property `Preset`."""
    preset = {
        "name": "linux-x64",
        "architecture": "x86_64",
        "platform": "linux",
        "instanceTypes": ["m7i.large", "m6i.large"],
        "labels": ["big"],
        "timeout": 90,
        "diskSizeGb": 60,
        "spotStrategy": "spotOnly",
        "maxRunners": 7,
        "runnerGroup": "Builders",
        "onInterruption": "none",
        "scheduleIntervalMinutes": 10080,
        "sizes": {
            "m7i.large": {"vcpu": 2, "memoryMib": 8192},
            "m6i.large": {"vcpu": 2, "memoryMib": 8192},
        },
    }
    return json.dumps({**preset, **changes}, sort_keys=True, separators=(",", ":"))
