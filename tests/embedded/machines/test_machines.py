"""Machines of the embedded EC2: what an instance knows of itself, and how it ends."""

import base64
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from embedded.aws.server import EmbeddedAws
from embedded.machines import Image, Machines
from embedded.machines.machine import COMMANDS

# A machine that says where its metadata service is, and waits.
IDLE = '#!/usr/bin/env bash\necho "$AWS_EC2_METADATA_SERVICE_ENDPOINT"\nsleep 600 &\nwait\n'
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
LIFETIME = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as running:
        iam = running.client("iam")
        iam.create_role(RoleName="machine", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.create_instance_profile(InstanceProfileName="profile")
        iam.add_role_to_instance_profile(InstanceProfileName="profile", RoleName="machine")
        yield running


def launch(aws: EmbeddedAws, tags: Sequence[str] = (), **data: Any) -> str:
    """Start a spot instance of a launch template with this data, from an image with these tags."""
    ec2 = aws.client("ec2")
    image = ec2.register_image(Name=f"image-{len(ec2.describe_images(Owners=['self'])['Images'])}")["ImageId"]
    for tag in tags:
        ec2.create_tags(Resources=[image], Tags=[{"Key": tag, "Value": ""}])
    given = {"InstanceType": "m7g.large", **data}
    template = ec2.create_launch_template(LaunchTemplateName=image, LaunchTemplateData=given)["LaunchTemplate"]
    started = ec2.run_instances(
        ImageId=image,
        LaunchTemplate={"LaunchTemplateId": template["LaunchTemplateId"]},
        InstanceMarketOptions={"MarketType": "spot"},
        MinCount=1,
        MaxCount=1,
    )
    return str(started["Instances"][0]["InstanceId"])


def state(aws: EmbeddedAws, instance: str) -> str:
    (reservation,) = aws.client("ec2").describe_instances(InstanceIds=[instance])["Reservations"]
    return str(reservation["Instances"][0]["State"]["Name"])


def ask(url: str, *, method: str = "GET", **headers: str) -> tuple[int, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, method=method, headers=named)  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, ""


def metadata_url(machines: Machines, instance: str) -> str:
    """Return what a machine was told, once it has said it."""
    machine = machines.of(instance)
    while not machine.console.endswith("\n"):
        assert not machine.ended.wait(0.02)
    return machine.console.strip()


def known(url: str, path: str) -> str:
    """Return what an instance is told of itself, by a token of its own."""
    _, token = ask(f"{url}/latest/api/token", method="PUT", **LIFETIME)
    status, text = ask(f"{url}/latest/{path}", X_aws_ec2_metadata_token=token)
    assert status in {200, 404}
    return text


@pytest.fixture(scope="module")
def machines(aws: EmbeddedAws) -> Iterator[Machines]:
    with Machines(aws, Image(script=IDLE)) as booted:
        yield booted


def test_metadata_take_a_token_first(aws: EmbeddedAws, machines: Machines) -> None:
    url = metadata_url(machines, launch(aws))
    assert ask(f"{url}/latest/meta-data/instance-id")[0] == 401
    assert ask(f"{url}/latest/meta-data/instance-id", X_aws_ec2_metadata_token="invented")[0] == 401
    assert ask(f"{url}/latest/api/token", method="PUT")[0] == 400
    other = metadata_url(machines, launch(aws))
    _, token = ask(f"{other}/latest/api/token", method="PUT", **LIFETIME)
    assert ask(f"{url}/latest/meta-data/instance-id", X_aws_ec2_metadata_token=token)[0] == 401


def test_an_instance_knows_itself_its_user_data_and_its_tags(aws: EmbeddedAws, machines: Machines) -> None:
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "our:team", "Value": "a"}]}]
    options = {"HttpTokens": "required", "InstanceMetadataTags": "enabled"}
    instance = launch(aws, UserData="eyJ2IjogMX0=", TagSpecifications=tags, MetadataOptions=options)
    url = metadata_url(machines, instance)
    assert known(url, "meta-data/instance-id") == instance
    assert known(url, "meta-data/services/partition") == "aws"
    assert known(url, "user-data") == '{"v": 1}'
    assert known(url, "meta-data/tags/instance/our:team") == "a"
    identity = json.loads(known(url, "dynamic/instance-identity/document"))
    assert (identity["accountId"], identity["region"], identity["instanceId"]) == (aws.account, aws.region, instance)


def test_what_nobody_gave_an_instance_is_not_found(aws: EmbeddedAws, machines: Machines) -> None:
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": "a"}]}]
    url = metadata_url(machines, launch(aws, TagSpecifications=tags))
    folder = "meta-data/iam/security-credentials/"
    assert [known(url, path) for path in ("user-data", "meta-data/tags/instance/team", folder)] == ["", "", ""]


def test_a_machine_is_not_told_what_its_image_withholds(aws: EmbeddedAws) -> None:
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": "a"}, {"Key": "site", "Value": "b"}]}]
    options = {"HttpTokens": "required", "InstanceMetadataTags": "enabled"}
    image = Image(script=IDLE, withheld=frozenset({"meta-data/tags/instance/team"}))
    with Machines(aws, image) as machines:
        url = metadata_url(machines, launch(aws, TagSpecifications=tags, MetadataOptions=options))
        told = [known(url, f"meta-data/tags/instance/{tag}") for tag in ("team", "site")]
    assert told == ["", "b"]


def test_the_credentials_of_an_instance_are_its_roles_and_its_own(aws: EmbeddedAws, machines: Machines) -> None:
    instance = launch(aws, IamInstanceProfile={"Name": "profile"})
    url = metadata_url(machines, instance)
    assert known(url, "meta-data/iam/security-credentials/") == "machine"
    given = json.loads(known(url, "meta-data/iam/security-credentials/machine"))
    arn = f"arn:aws:ec2:{aws.region}:{aws.account}:instance/{instance}"
    itself = {"StringEquals": {"aws:ARN": "${ec2:SourceInstanceARN}"}}
    statement = {"Effect": "Allow", "Action": "ec2:TerminateInstances", "Resource": "*", "Condition": itself}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.client("iam").put_role_policy(RoleName="machine", PolicyName="own", PolicyDocument=document)
    ended = command(aws, given, "ec2", "terminate-instances", "--instance-ids", launch(aws))
    assert "UnauthorizedOperation" in ended.stderr
    assert f"instance/{instance}" not in ended.stderr
    ended = command(aws, given, "ec2", "terminate-instances", "--instance-ids", instance)
    assert ended.returncode == 0, f"{arn}: {ended.stderr}"
    assert machines.of(instance).ended.is_set()


def command(aws: EmbeddedAws, given: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the AWS CLI with an instance's credentials."""
    environment = {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["Token"],
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_DEFAULT_REGION": aws.region,
        "PATH": os.defpath,
    }
    aws_cli = Path(sys.executable).with_name("aws")
    return subprocess.run([aws_cli, *arguments], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("behavior", "then"),
    [({"InstanceInitiatedShutdownBehavior": "terminate"}, "terminated"), ({}, "stopped")],
    ids=["as its template says", "as without a word in it"],
)
def test_what_powers_off_is_gone_only_if_its_template_says_so_ins_1(
    aws: EmbeddedAws, machines: Machines, behavior: dict[str, str], then: str
) -> None:
    instance = launch(aws, **behavior)
    environment = {"PATH": os.defpath, "MACHINE_URL": metadata_url(machines, instance)}
    subprocess.run([COMMANDS / "poweroff"], env=environment, check=False)
    assert machines.of(instance).ended.is_set()
    assert state(aws, instance) == then
    assert instance not in machines.running


def test_a_terminated_instance_takes_all_its_processes_with_it(aws: EmbeddedAws, machines: Machines) -> None:
    instance = launch(aws)
    metadata_url(machines, instance)
    group = machines.of(instance).pid
    assert len(members(group)) > 1
    aws.client("ec2").terminate_instances(InstanceIds=[instance])
    assert members(group) == []
    assert machines.of(instance).ended.is_set()


def test_a_spot_interruption_ends_the_machine_two_minutes_later(aws: EmbeddedAws, machines: Machines) -> None:
    instance = launch(aws)
    aws.fleets.interrupt(instance)
    aws.advance(119)
    assert not machines.of(instance).ended.is_set()
    aws.advance(2)
    assert machines.of(instance).ended.is_set()


def test_stopping_leaves_no_process_and_no_file(aws: EmbeddedAws) -> None:
    with Machines(aws, Image(script=IDLE)) as machines:
        instance = launch(aws)
        metadata_url(machines, instance)
        machine = machines.of(instance)
        assert instance in machines.running
    assert members(machine.pid) == []
    assert not machine.folder.exists()


def members(group: int) -> list[str]:
    """Return the processes of a group that still run."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(status.parent.name)
    return found


SAYS_BAKED, SAYS_TOLD = (f'#!/usr/bin/env bash\necho "{said}"\nsleep 600 &\nwait\n' for said in ("baked", "told"))


@pytest.mark.parametrize(
    ("tagged", "user_data", "says"),
    [(True, SAYS_TOLD, "baked\n"), (False, SAYS_TOLD, "told\n"), (False, '{"v": 1}', ""), (False, "", "")],
    ids=["baked into it", "of its user data", "none, as its user data are no script", "none, as it has no user data"],
)
def test_an_image_that_has_not_the_tag_runs_the_script_that_an_instance_was_given(
    aws: EmbeddedAws, user_data: str, says: str, *, tagged: bool
) -> None:
    given = {"UserData": base64.b64encode(user_data.encode()).decode()} if user_data else {}
    with Machines(aws, Image(script=SAYS_BAKED, tag="built")) as machines:
        machine = machines.of(launch(aws, tags=["built"] if tagged else [], **given))
        while says and not machine.console:
            assert not machine.ended.wait(0.02)
        assert machine.console == says
        assert not machine.ended.is_set()


def test_shellcheck_finds_nothing_in_the_played_commands() -> None:
    shellcheck = Path(sys.executable).with_name("shellcheck")
    done = subprocess.run([shellcheck, *COMMANDS.iterdir()], capture_output=True, text=True, check=False)
    assert done.stdout + done.stderr == ""


@pytest.mark.parametrize(
    "words", [["systemctl", "start", "x"], ["systemd-run", "--scope", "x"], ["sudo", "--login", "x"]], ids=" ".join
)
def test_what_a_played_command_cannot_do_is_an_error(words: list[str], tmp_path: Path) -> None:
    environment = {"PATH": f"{COMMANDS}:{os.defpath}", "MACHINE": str(tmp_path), "MACHINE_KEEPS": "PATH"}
    done = subprocess.run(["env", *words], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "is not played" in done.stderr
