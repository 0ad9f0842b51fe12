"""launch gets a machine for every queued job: which, where, with which runner, and by how many calls."""

import json
from typing import Any

import pytest

from tests.lambdas.account import client
from tests.lambdas.crashes import counted
from tests.lambdas.deliveries import a_payload, a_request
from tests.lambdas.webhook_desk import a_desk, answered
from tests.lambdas.yard import Yard, a_message

BIG = "spotrunner/linux-x64/cpu=4,ram=16"


def test_a_queued_job_gets_one_fresh_machine_with_a_runner_of_its_labels(yard: Yard) -> None:
    assert yard.take(a_message(yard)) == []
    (machine,) = yard.machines()
    assert yard.runners() == {machine["InstanceId"]: ("self-hosted", "spotrunner/linux-x64")}
    assert machine["InstanceLifecycle"] == "spot"
    job = yard.job()
    assert (job["status"], job["kind"], job["launchId"]) == ("queued", "JOB#open", "launch-1")
    assert job["launchedAt"] == job["configuredAt"] == "2026-11-23T12:08:00Z"


def test_a_job_for_windows_comes_from_its_delivery_to_a_machine_with_its_labels(yard: Yard) -> None:
    yard.change(platform="windows")
    labels = ["self-hosted", "windows", "x64", "spotrunner/linux-x64"]
    said = answered(a_desk(yard.account), a_request(a_payload(labels=labels)))
    assert (said, yard.pass_on()) == ((202, {"queued": 101}), [])
    (machine,) = yard.machines()
    assert yard.runners() == {machine["InstanceId"]: tuple(labels)}
    (mapping,) = machine["BlockDeviceMappings"]
    assert mapping["DeviceName"] == yard.account.item()["rootDeviceName"]


def test_the_table_knows_the_machine_and_has_its_configuration_for_it(yard: Yard) -> None:
    yard.take(a_message(yard))
    (machine,) = yard.machines()
    (runner,), (jit,) = yard.rows("RUNNER"), yard.rows("JIT")
    arn = f"arn:aws:ec2:eu-west-1:123456789012:instance/{machine['InstanceId']}"
    assert (runner["PK"], jit["PK"]) == (f"RUNNER#{arn}", f"JIT#{arn}")
    known = yard.organization.played.actions.roster.named(machine["InstanceId"])
    assert known
    assert {**runner, "PK": ""} == {
        "PK": "",
        "SK": "RUNNER",
        "kind": "RUNNER#live",
        "instanceId": machine["InstanceId"],
        "instanceType": "m7i.large",
        "market": "spot",
        "preset": "linux-x64",
        "labels": ["self-hosted", "spotrunner/linux-x64"],
        "launchedFor": 101,
        "repository": "octo-org/app",
        "launchId": "launch-1",
        "timeoutMinutes": 90,
        "launchedAt": "2026-11-23T12:08:00Z",
        "updatedAt": "2026-11-23T12:08:00Z",
        "runnerId": known.id,
        "configuredAt": "2026-11-23T12:08:00Z",
    }
    assert jit["timeoutMinutes"] == 90
    assert len(jit["config"]) > 1000
    assert yard.room() == {"total": 1, "preset:linux-x64": 1}


def test_the_machine_has_the_presets_ami_and_the_amis_own_root_device_of_its_size_ins_4(yard: Yard) -> None:
    yard.take(a_message(yard))
    (machine,) = yard.machines()
    state = yard.account.item()
    assert (machine["ImageId"], state["rootDeviceName"]) == (state["amiId"], "/dev/sda1")
    request = json.loads(yard.rows("LAUNCH")[0]["request"])
    overrides = request["LaunchTemplateConfigs"][0]["Overrides"]
    disk = {"VolumeSize": 60, "VolumeType": "gp3", "DeleteOnTermination": True}
    encrypted = {**disk, "Encrypted": True, "KmsKeyId": "alias/aws/ebs"}
    assert [one["BlockDeviceMappings"] for one in overrides] == [[{"DeviceName": "/dev/sda1", "Ebs": encrypted}]] * 4
    assert {(one["InstanceType"], one["SubnetId"]) for one in overrides} == {
        (kind, subnet) for kind in ("m7i.large", "m6i.large") for subnet in yard.subnets
    }


def test_machines_live_where_the_accounts_key_for_disks_is_one_that_ec2_may_not_use(yard: Yard) -> None:
    key = client("kms").create_key()["KeyMetadata"]["KeyId"]
    client("ec2").modify_ebs_default_kms_key_id(KmsKeyId=key)
    yard.take(a_message(yard))
    assert [one["State"]["Name"] for one in yard.machines()] == ["running"]


def test_machines_and_disks_are_marked_with_deployment_preset_and_launch_and_nothing_of_the_job_job_4(
    yard: Yard,
) -> None:
    yard.take(a_message(yard, name="x" * 300, workflow_name=None))
    marks = {
        "spot-runner:deployment": "spot-runner",
        "spot-runner:preset": "linux-x64",
        "spot-runner:launch": "launch-1",
    }
    (machine,) = yard.machines()
    found = {one["Key"]: one["Value"] for one in machine["Tags"] if one["Key"].startswith("spot-runner:")}
    assert found == marks
    request = json.loads(yard.rows("LAUNCH")[0]["request"])
    tagged = {one["ResourceType"]: one["Tags"] for one in request["TagSpecifications"]}
    assert {kind: {tag["Key"]: tag["Value"] for tag in tags} for kind, tags in tagged.items()} == dict.fromkeys(
        ("fleet", "instance", "volume"), marks
    )


def test_runners_are_named_after_their_machines_and_no_two_alike_job_4(yard: Yard) -> None:
    yard.take(*(a_message(yard, id=number) for number in range(1, 6)))
    assert set(yard.runners()) == {one["InstanceId"] for one in yard.machines()}
    assert len(yard.runners()) == 5


def test_each_runner_has_exactly_the_labels_of_its_job_job_3(yard: Yard) -> None:
    wanted = [["SpotRunner/linux-x64", "Self-Hosted"], ["spotrunner/linux-x64"], ["big", "X64", "spotrunner/linux-x64"]]
    yard.take(*(a_message(yard, id=number, labels=labels) for number, labels in enumerate(wanted, start=1)))
    assert sorted(map(list, yard.runners().values())) == sorted(wanted)
    assert len(yard.rows("LAUNCH")) == 1


def test_jobs_of_one_wish_are_one_fleet_and_others_have_their_own(yard: Yard) -> None:
    yard.change(instanceTypes=["m7i.large", "m7i.xlarge"], sizes=SIZES)
    bodies = [a_message(yard, id=1), a_message(yard, id=2), a_message(yard, id=3, labels=[BIG])]
    with counted() as calls:
        assert yard.take(*bodies) == []
    assert calls.made.count("ec2.CreateFleet") == 2
    assert sorted(one["InstanceType"] for one in yard.machines()) == ["m7i.large", "m7i.large", "m7i.xlarge"]


SIZES = {"m7i.large": {"vcpu": 2, "memoryMib": 8192}, "m7i.xlarge": {"vcpu": 4, "memoryMib": 16384}}


@pytest.mark.parametrize("label", [BIG, "SpotRunner/linux-x64/RAM=16/cpu=4"])
def test_options_choose_among_the_presets_types_and_stay_as_they_were_written_job_7(yard: Yard, label: str) -> None:
    yard.change(instanceTypes=["m7i.large", "m7i.xlarge"], sizes=SIZES)
    yard.take(a_message(yard, labels=[label]))
    assert [*yard.runners().values()] == [(label,)]
    request = json.loads(yard.rows("LAUNCH")[0]["request"])
    assert {one["InstanceType"] for one in request["LaunchTemplateConfigs"][0]["Overrides"]} == {"m7i.xlarge"}


def test_a_lone_job_takes_eight_calls_and_one_of_github(yard: Yard) -> None:
    yard.take(a_message(yard, id=1))
    yard.account.clock.advance(60)
    yard.session.asked.clear()
    with counted() as calls:
        yard.take(a_message(yard, id=2))
    assert len([call for call in calls.made if not call.startswith("github.")]) <= 8, calls.made
    assert yard.session.asked == ["POST /orgs/octo-org/actions/runners/generate-jitconfig"]


def test_a_batch_of_ten_takes_no_more_calls_than_one_job_and_describes_no_instances_lim_2(yard: Yard) -> None:
    yard.take(a_message(yard, id=1))
    yard.change(maxRunners=50)
    yard.session.asked.clear()
    with counted() as calls:
        yard.take(*(a_message(yard, id=number) for number in range(2, 12)))
    assert len([call for call in calls.made if not call.startswith("github.")]) <= 8, calls.made
    assert not [call for call in calls.made if "Describe" in call]
    assert len(yard.session.asked) == 10


def test_no_configuration_goes_by_ssm_lim_1(yard: Yard) -> None:
    with counted() as calls:
        yard.take(a_message(yard))
    assert [call for call in calls.made if call.startswith("ssm.")] == ["ssm.GetParameter"]


def test_only_queued_jobs_get_machines(yard: Yard) -> None:
    waiting = a_message(yard, "waiting", id=1)
    cancelled = a_message(yard, "completed", id=2, conclusion="cancelled", completed_at="2026-11-23T12:05:00Z")
    assert yard.take(waiting, cancelled) == []
    assert yard.machines() == []


@pytest.mark.parametrize("first", ["completed", "in_progress"])
def test_a_job_that_came_further_before_it_was_launched_gets_no_machine(yard: Yard, first: str) -> None:
    other = {"runner_id": 7, "runner_name": "another", "completed_at": "2026-11-23T12:05:00Z"}
    assert yard.take(a_message(yard, first, **other)) == []
    assert yard.take(a_message(yard)) == []
    assert yard.machines() == []
    assert yard.room() == {}


TWICE: dict[str, Any] = {"in one batch": [[1, 1]], "in two": [[1], [1]], "among others": [[1, 2], [2, 3, 1]]}


@pytest.mark.parametrize("how", TWICE)
def test_a_job_that_is_delivered_twice_gets_one_machine_job_2(yard: Yard, how: str) -> None:
    for batch in TWICE[how]:
        yard.account.clock.advance(1)
        assert yard.take(*(a_message(yard, id=number) for number in batch)) == []
    jobs = {number for batch in TWICE[how] for number in batch}
    assert len(yard.machines()) == len(yard.runners()) == len(jobs)
    assert yard.room()["total"] == len(jobs)


def test_what_might_be_cut_off_is_left_to_the_next_invocation_and_what_came_before_it_is_done_job_1(yard: Yard) -> None:
    yard.change(instanceTypes=["m7i.large", "m7i.xlarge"], sizes=SIZES)
    left = iter([50.0, 30.0])
    yard.left_seconds = lambda: next(left)
    assert yard.take(a_message(yard, id=1), a_message(yard, id=2, labels=[BIG])) == ["1"]
    assert [row["launchedFor"] for row in yard.rows("RUNNER")] == [1]
    yard.left_seconds = lambda: 50.0
    assert yard.take(a_message(yard, id=2, labels=[BIG])) == []
    assert len(yard.machines()) == 2
