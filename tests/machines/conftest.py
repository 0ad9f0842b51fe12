"""An embedded AWS with what a preset's machines need of it, as rendered, and machines that run the boot script."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from troposphere import GetAtt, Output, Parameter, Ref, Template

from embedded.aws.server import EmbeddedAws
from embedded.machines import Machines
from embedded.machines.machine import Machine
from generator.local.machines import BUILT_TAG, image
from generator.stacks import boundary, launch_template, machine_logs, profiles, tags

DEPLOYMENT, PRESET = "spot-runner", "linux-x64"
TABLE = "spot-runner-foundation-Table-1A2B3C"
LOG_GROUP = "/spot-runner/runners/linux-x64"
RENDERED, SILENT = "1", "2"  # versions of the launch template
GIVEN = ("BoundaryArn", "RunnerSecurityGroupId", "TableArn", "TableName")
# It leaves no trace of what it was given but the hash.
RUN = """#!/usr/bin/env bash
printf %s "${ACTIONS_RUNNER_INPUT_JITCONFIG:-}" | sha256sum | cut -c 1-64 > "$MACHINE/ran"
compgen -e > "$MACHINE/environment"
echo "$USER" > "$MACHINE/user"
echo "Listening for Jobs"
"""
# One job takes a moment here, and one minute a quarter of a second.
QUICK = {
    "SPOT_RUNNER_POLL_SECONDS": "0.1",
    "SPOT_RUNNER_METADATA_RETRIES": "0",
}


class Site:
    """One deployment, as far as its machines see it."""

    table, log_group, rendered = TABLE, LOG_GROUP, RENDERED

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws = aws
        self.ec2, self.dynamodb, self.logs = (aws.client(name) for name in ("ec2", "dynamodb", "logs"))
        self._image, self._own_image = (self.ec2.register_image(Name=name)["ImageId"] for name in ("image", "own"))
        self.ec2.create_tags(Resources=[self._image], Tags=[{"Key": BUILT_TAG, "Value": "a build"}])
        keys = [("PK", "HASH"), ("SK", "RANGE")]
        self.dynamodb.create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        limits = self._deploy("bootstrap", _boundary(), {})
        group = self.ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
        table = self.dynamodb.describe_table(TableName=TABLE)["Table"]["TableArn"]
        values = {"BoundaryArn": limits["Boundary"], "RunnerSecurityGroupId": group, "TableArn": table}
        self._template = self._deploy("preset", _preset(), {**values, "TableName": TABLE})["Template"]
        (made,) = self.ec2.describe_launch_template_versions(LaunchTemplateId=self._template)["LaunchTemplateVersions"]
        silent = {**made["LaunchTemplateData"], "MetadataOptions": {"InstanceMetadataTags": "disabled"}}
        self.ec2.create_launch_template_version(LaunchTemplateId=self._template, LaunchTemplateData=silent)

    def launch(self, version: str = SILENT, **more: Any) -> str:
        """Start an instance of the preset's launch template and return its id.

        As rendered it writes to CloudWatch Logs, which takes seconds; `SILENT` is the same without the tags that tell
        a machine where to.
        """
        template = {"LaunchTemplateId": self._template, "Version": version}
        started = self.ec2.run_instances(
            ImageId=self._image, InstanceType="m7i.large", LaunchTemplate=template, MinCount=1, MaxCount=1, **more
        )
        return str(started["Instances"][0]["InstanceId"])

    def launch_own(self, script: str, version: str = SILENT) -> str:
        """Start an instance of an AMI that was not baked here, with a script as user data, and return its id."""
        template = {"LaunchTemplateId": self._template, "Version": version}
        started = self.ec2.run_instances(
            ImageId=self._own_image,
            InstanceType="m7i.large",
            LaunchTemplate=template,
            UserData=script,
            MinCount=1,
            MaxCount=1,
        )
        return str(started["Instances"][0]["InstanceId"])

    def arn(self, instance: str) -> str:
        """Return the ARN of an instance."""
        return f"arn:aws:ec2:eu-west-1:123456789012:instance/{instance}"

    def launch_plain(self) -> str:
        """Start an instance of no launch template, as a person may."""
        started = self.ec2.run_instances(ImageId=self._image, InstanceType="m7i.large", MinCount=1, MaxCount=1)
        return str(started["Instances"][0]["InstanceId"])

    def configure(self, instance: str, config: str, timeout_minutes: int | None = 60) -> None:
        """Put a machine's configuration where it looks for it."""
        row = {"config": {"S": config}}
        if timeout_minutes is not None:
            row["timeoutMinutes"] = {"N": str(timeout_minutes)}
        self.dynamodb.put_item(TableName=TABLE, Item={**self._key(instance), **row})

    def has_row(self, instance: str) -> bool:
        """Tell whether a machine's configuration is still there."""
        return "Item" in self.dynamodb.get_item(TableName=TABLE, Key=self._key(instance))

    def state(self, instance: str) -> str:
        """Return the state of an instance."""
        (reservation,) = self.ec2.describe_instances(InstanceIds=[instance])["Reservations"]
        return str(reservation["Instances"][0]["State"]["Name"])

    def logged(self, instance: str) -> list[str]:
        """Return what a machine wrote to CloudWatch Logs."""
        events = self.logs.get_log_events(logGroupName=LOG_GROUP, logStreamName=instance)["events"]
        return [event["message"] for event in events]

    def _key(self, instance: str) -> dict[str, Any]:
        return {"PK": {"S": f"JIT#{self.arn(instance)}"}, "SK": {"S": "JIT"}}

    def _deploy(self, name: str, template: Template, values: dict[str, str]) -> dict[str, str]:
        cloudformation, stack = self.aws.client("cloudformation"), f"{DEPLOYMENT}-{name}"
        cloudformation.create_change_set(
            StackName=stack,
            ChangeSetName="first",
            ChangeSetType="CREATE",
            TemplateBody=template.to_json(),
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
        )
        cloudformation.execute_change_set(StackName=stack, ChangeSetName="first")
        self.aws.settle()
        (made,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
        assert made["StackStatus"] == "CREATE_COMPLETE", made
        return {output["OutputKey"]: output["OutputValue"] for output in made["Outputs"]}


def _boundary() -> Template:
    template = Template()
    template.add_resource(boundary.managed_policy(DEPLOYMENT))
    template.add_output(Output("Boundary", Value=Ref(boundary.BOUNDARY)))
    return template


def _preset() -> Template:
    template, marks = Template(), tags.of_preset(DEPLOYMENT, PRESET)
    for name in GIVEN:
        template.add_parameter(Parameter(name, Type="String"))
    template.add_resource([*profiles.profiles(DEPLOYMENT)])
    template.add_resource(launch_template.launch_template(PRESET, marks, launch_template.user_data(DEPLOYMENT)))
    template.add_resource(machine_logs.log_group(DEPLOYMENT, PRESET, marks, retention_days=1))
    template.add_output(Output("Template", Value=Ref(launch_template.LAUNCH_TEMPLATE)))
    template.add_output(Output("Version", Value=GetAtt(launch_template.LAUNCH_TEMPLATE, "LatestVersionNumber")))
    return template


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with EmbeddedAws() as aws:
        yield Site(aws)


@pytest.fixture(scope="module")
def machines(site: Site) -> Callable[..., AbstractContextManager[Machines]]:
    """Return a context in which instances run the boot script; `run` is GitHub's run.sh, the rest is environment."""

    @contextmanager
    def booting(run: str = RUN, **variables: str) -> Iterator[Machines]:
        with Machines(site.aws, image(run, **{**QUICK, **variables})) as started:
            yield started

    return booting


@pytest.fixture(scope="session")
def until() -> Callable[..., None]:
    """Return a function that waits until something is true, while a machine lives."""

    def wait(condition: Callable[[], object], machine: Machine) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert not machine.ended.wait(0.05), machine.console
            assert time.monotonic() < deadline, machine.console

    return wait


@pytest.fixture
def sha256() -> Callable[[str], str]:
    return lambda text: hashlib.sha256(text.encode()).hexdigest()
