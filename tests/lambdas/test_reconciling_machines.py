"""reconcile ends the machines that nobody needs, and only those; and sets the counters right."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from moto.ec2.models import ec2_backends
from moto.ec2.models.instances import StateReason

from embedded.github.failures import Failure
from lambdas.core import times
from lambdas.core.instances import UNCONFIGURED_FOR
from tests.github_app import LABELS
from tests.lambdas.account import client
from tests.lambdas.crashes import counted
from tests.lambdas.interruptions import before
from tests.lambdas.makers import ACCOUNT, REGION
from tests.lambdas.played_jobs import a_job, done_elsewhere, heard, launched, picked_up, runner_for, told
from tests.lambdas.test_reconciling_jobs import DiedError, died_before, sent
from tests.lambdas.yard import Yard

FIVE = 300


def instance(yard: Yard) -> str:
    (machine,) = yard.machines()
    return str(machine["InstanceId"])


def forget_machine(yard: Yard) -> str:
    """Take the row of the one machine away, as if it had never been written, and return its instance's id."""
    (row,) = yard.rows("RUNNER")
    keys = {"PK": {"S": row["PK"]}, "SK": {"S": "RUNNER"}}
    yard.account.world.table.client.delete_item(TableName="spot-runner", Key=keys)
    return str(row["instanceId"])


def tagged(yard: Yard, **tags: str) -> str:
    """Start an instance with these tags, as somebody else would, and return its id."""
    image = yard.account.item()["amiId"]
    made = client("ec2").run_instances(
        ImageId=image,
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[
            {
                "ResourceType": "instance",
                "Tags": [{"Key": f"spot-runner:{name}", "Value": value} for name, value in tags.items()],
            }
        ],
    )
    return str(made["Instances"][0]["InstanceId"])


# Machines that no job waits for


def test_a_machine_whose_job_ran_elsewhere_ends_within_two_rounds_with_its_runner_ins_3(yard: Yard) -> None:
    (job,) = launched(yard)
    done_elsewhere(yard, job)
    yard.reconcile()
    assert (yard.machines(), yard.runners(), yard.room()["total"]) == ([], {}, 0)
    (row,) = yard.rows("RUNNER")
    assert (row["endReason"], "kind" in row) == ("no job waits for it", False)
    assert yard.rows("JIT") == []


def test_a_machine_is_not_ended_while_a_job_of_its_labels_waits_whichever_it_was_started_for_job_6(yard: Yard) -> None:
    first, second = launched(yard, 2)
    yard.organization.played.actions.cancel(first)
    heard(yard, first, "completed")
    yard.reconcile(120)
    assert len(yard.machines()) == 1
    assert yard.job(second.id)["status"] == "queued"
    yard.reconcile(120)
    assert len(yard.machines()) == 1


def test_a_job_of_other_labels_keeps_no_machine(yard: Yard) -> None:
    (mine,) = launched(yard)
    (other,) = launched(yard, labels=(*LABELS, "x64"))
    yard.organization.played.actions.cancel(mine)
    heard(yard, mine, "completed")
    yard.reconcile()
    assert [one["InstanceId"] for one in yard.machines()] == [runner_for(yard, other).name]


def test_a_busy_machine_is_left_alone_though_the_table_takes_it_for_idle_ins_2(yard: Yard) -> None:
    thief = a_job(yard, ("self-hosted",))
    (job,) = launched(yard)
    assert picked_up(yard, runner_for(yard, job)) is thief
    yard.organization.played.actions.cancel(job)
    heard(yard, job, "completed")
    yard.reconcile()
    yard.session.asked.clear()
    yard.reconcile()
    assert len(yard.machines()) == 1
    assert yard.rows("RUNNER")[0]["runningJob"] == 0
    assert not [name for name in yard.session.asked if name.startswith("DELETE")], "it is asked about once"


def test_a_machine_whose_runner_never_came_is_replaced(yard: Yard) -> None:
    (job,) = launched(yard)
    yard.reconcile(900)
    assert (yard.machines(), yard.runners()) == ([], {})
    yard.reconcile()
    assert yard.pass_on() == []
    assert (len(yard.machines()), yard.job(job.id)["launchId"]) == (1, "launch-2")


def test_a_machine_that_still_boots_is_waited_for(yard: Yard) -> None:
    launched(yard)
    for _ in range(4):
        yard.reconcile(120)
    assert len(yard.machines()) == 1
    assert sent(yard) == []


def test_a_machine_whose_runner_github_forgot_ends_and_its_job_gets_another(yard: Yard) -> None:
    (job,) = launched(yard)
    yard.organization.played.actions.roster.remove(runner_for(yard, job))
    yard.reconcile(FIVE)
    assert yard.machines() == []
    yard.reconcile()
    assert yard.pass_on() == []
    assert len(yard.machines()) == 1


# Machines that ended, or should have


def test_a_machine_that_ended_without_a_word_is_counted_no_more_and_its_job_gets_another_ins_3(yard: Yard) -> None:
    (job,) = launched(yard)
    client("ec2").terminate_instances(InstanceIds=[instance(yard)])
    yard.reconcile(FIVE)
    assert yard.room()["total"] == 0
    said = "Client.UserInitiatedShutdown: User initiated shutdown"
    assert yard.rows("RUNNER")[0]["endReason"] == f"its instance ended without a word: {said}"
    yard.reconcile()
    assert yard.pass_on() == []
    assert len(yard.machines()) == 1
    assert yard.job(job.id)["launchId"] == "launch-2"


def test_a_machine_that_ec2_does_not_show_yet_is_no_machine_that_ended_ins_2(yard: Yard) -> None:
    yard.reconcile(0)
    yard.account.clock.advance(FIVE - 60)
    launched(yard)
    client("ec2").terminate_instances(InstanceIds=[instance(yard)])
    yard.reconcile(60)
    assert "kind" in yard.rows("RUNNER")[0]


def test_a_machine_that_is_missing_in_one_list_of_ec2_s_is_no_machine_that_ended_ins_2(yard: Yard) -> None:
    launched(yard, 2)
    omitted, gone = (machine["InstanceId"] for machine in yard.machines())
    client("ec2").delete_tags(Resources=[omitted], Tags=[{"Key": "spot-runner:deployment"}])  # it is listed by it
    client("ec2").terminate_instances(InstanceIds=[gone])
    yard.reconcile(FIVE)
    assert {row["instanceId"] for row in yard.rows("RUNNER") if "endReason" in row} == {gone}


def test_a_machine_that_ec2_could_not_start_tells_why_and_is_a_fault(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    launched(yard)
    failed = ec2_backends[ACCOUNT][REGION].get_instance(instance(yard))
    failed.terminate()
    failed.state_reason = StateReason("Client.VolumeLimitExceeded: Too many volumes", "Client.VolumeLimitExceeded")
    capsys.readouterr()
    yard.reconcile(FIVE)
    said = "Client.VolumeLimitExceeded: Too many volumes"
    assert yard.rows("RUNNER")[0]["endReason"] == f"its instance ended without a word: {said}"
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["Preset"], one["why"]) for one in told if "FleetFaults" in one] == [("linux-x64", said)]


def test_a_machine_that_ended_long_ago_whose_tags_are_gone_is_only_noted(yard: Yard) -> None:
    launched(yard)
    client("ec2").terminate_instances(InstanceIds=[instance(yard)])
    with counted() as calls:
        yard.reconcile(FIVE)
    assert "ec2.TerminateInstances" not in calls.made
    assert "kind" not in yard.rows("RUNNER")[0]


def test_the_job_of_a_machine_that_was_lost_while_it_ran_is_followed_to_its_end_ins_3(yard: Yard) -> None:
    (job,) = launched(yard)
    runner = runner_for(yard, job)
    picked_up(yard, runner)
    heard(yard, job, "in_progress")
    client("ec2").terminate_instances(InstanceIds=[instance(yard)])
    yard.organization.played.actions.lose(runner)
    yard.reconcile(FIVE)
    yard.reconcile()
    assert yard.pass_on() == []
    assert (yard.job(job.id)["status"], yard.job(job.id)["conclusion"]) == ("completed", "failure")


def test_a_machine_past_its_presets_timeout_ends_and_not_before_ins_1(yard: Yard) -> None:
    (job,) = launched(yard)
    runner = runner_for(yard, job)
    picked_up(yard, runner)
    yard.account.clock.advance(600)
    heard(yard, job, "in_progress")
    yard.reconcile((90 + 30) * 60 - 60)
    assert len(yard.machines()) == 1
    yard.reconcile(FIVE)
    assert (yard.machines(), yard.room()["total"]) == ([], 0)
    assert yard.rows("RUNNER")[0]["endReason"] == "its time was over"


def test_a_machine_without_a_configuration_ends_when_it_should_have_powered_off(yard: Yard) -> None:
    died_before(yard, "dynamodb.TransactWriteItems", 4, told(yard, a_job(yard)))
    yard.organization.played.failures.add(Failure(match=".*", status=502, times=999))
    with pytest.raises(Exception, match="could not reconcile"):
        yard.reconcile(UNCONFIGURED_FOR.total_seconds())
    assert (yard.machines(), yard.room()["total"]) == ([], 0)


def test_a_machine_whose_end_was_broken_off_is_ended_again(yard: Yard) -> None:
    (job,) = launched(yard)
    done_elsewhere(yard, job)

    def die() -> None:
        raise DiedError

    with before("ec2.TerminateInstances", die), pytest.raises(DiedError):
        yard.reconcile()
    assert len(yard.machines()) == 1
    yard.reconcile(FIVE)
    assert yard.machines() == []


# Instances without a row


def test_an_orphan_ends_at_its_second_strike_after_its_grace_ins_2(yard: Yard) -> None:
    launched(yard)
    forget_machine(yard)
    yard.reconcile(FIVE)
    assert len(yard.machines()) == 1
    yard.reconcile(FIVE)
    assert yard.machines() == []


def test_no_orphan_ends_within_its_grace_ins_2(yard: Yard) -> None:
    launched(yard)
    forget_machine(yard)
    yard.reconcile(FIVE)
    yard.reconcile(FIVE - 1)
    assert len(yard.machines()) == 1


def test_one_strike_long_after_the_grace_ends_nothing_ins_2(yard: Yard) -> None:
    launched(yard)
    yard.reconcile(FIVE)
    forget_machine(yard)
    yard.reconcile(3600)
    assert len(yard.machines()) == 1


def test_machines_in_mid_launch_are_adopted_ins_2(yard: Yard) -> None:
    job = a_job(yard)
    died_before(yard, "dynamodb.TransactWriteItems", 3, told(yard, job))
    assert (len(yard.machines()), yard.rows("RUNNER")) == (1, [])
    yard.reconcile(FIVE)
    assert yard.pass_on() == []
    assert len(yard.machines()) == 1
    assert [row["launchedFor"] for row in yard.rows("RUNNER")] == [job.id]


def test_a_launch_whose_jobs_all_ended_before_it_was_settled_leaves_no_machine_and_no_count(yard: Yard) -> None:
    job = a_job(yard)
    died_before(yard, "dynamodb.TransactWriteItems", 3, told(yard, job))
    yard.organization.played.actions.cancel(job)
    heard(yard, job, "completed")
    for _ in range(4):
        yard.reconcile(FIVE)
        yard.pass_on()
    assert (yard.machines(), yard.room()["total"]) == ([], 0)


def test_a_machine_whose_launch_somebody_carries_out_right_now_is_no_orphan_ins_2(yard: Yard) -> None:
    job = a_job(yard)
    died_before(yard, "dynamodb.TransactWriteItems", 3, told(yard, job))
    yard.organization.played.actions.cancel(job)
    heard(yard, job, "completed")
    yard.reconcile(FIVE)
    lease(yard, yard.account.world.now + timedelta(minutes=10))
    yard.reconcile(2 * FIVE - 1)
    assert len(yard.machines()) == 1
    yard.reconcile(FIVE)
    assert yard.machines() == []


def lease(yard: Yard, until: datetime) -> None:
    """Have somebody carry the one launch out until a time."""
    yard.account.world.table.client.update_item(
        TableName="spot-runner",
        Key={"PK": {"S": "LAUNCH#launch-1"}, "SK": {"S": "LAUNCH"}},
        UpdateExpression="SET leaseUntil = :until",
        ExpressionAttributeValues={":until": {"S": times.text(until)}},
    )


@pytest.mark.parametrize(
    "tags",
    [
        {"deployment": "another", "launch": "launch-9"},
        {"deployment": "spot-runner", "preset": "linux-x64"},
        {"launch": "launch-9"},
    ],
    ids=["another deployment's machine", "an instance that builds an image", "anybody's instance"],
)
def test_what_is_no_machine_of_this_deployment_is_never_touched_ins_2(yard: Yard, tags: dict[str, str]) -> None:
    theirs = tagged(yard, **tags)
    for _ in range(4):
        yard.reconcile(3600)
    assert [one["InstanceId"] for one in yard.machines()] == [theirs]


def test_all_pages_of_instances_are_read_ins_2(yard: Yard) -> None:
    ours = [tagged(yard, deployment="spot-runner", launch="launch-9") for _ in range(7)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lambdas.adapters.instances.PAGE", 5)
        for _ in range(3):
            yard.reconcile(FIVE)
    assert len(ours) == 7
    assert yard.machines() == []


def test_instances_are_described_every_five_minutes_and_not_for_every_job_lim_2(yard: Yard) -> None:
    launched(yard, 5)
    described = []
    for _ in range(10):
        with counted() as calls:
            yard.reconcile()
        described.append(calls.made.count("ec2.DescribeInstances"))
    assert sum(described) == 2


# Counters


def test_counters_that_are_wrong_twice_are_set_right(yard: Yard) -> None:
    launched(yard, 2)
    yard.account.world.table.client.update_item(
        TableName="spot-runner",
        Key={"PK": {"S": "CAPACITY"}, "SK": {"S": "DEPLOYMENT"}},
        UpdateExpression="SET #total = :n, #gone = :n",
        ExpressionAttributeNames={"#total": "total", "#gone": "preset:gone"},
        ExpressionAttributeValues={":n": {"N": "9"}},
    )
    yard.reconcile(FIVE)
    assert yard.room()["total"] == 9
    yard.reconcile(FIVE)
    assert (yard.room()["total"], yard.room()["preset:linux-x64"], yard.room()["preset:gone"]) == (2, 2, 0)


def test_a_counter_that_moves_meanwhile_is_left_alone(yard: Yard) -> None:
    for job in launched(yard, 2):
        picked_up(yard, runner_for(yard, job))
        heard(yard, job, "in_progress")
    wrong: dict[str, Any] = {
        "TableName": "spot-runner",
        "Key": {"PK": {"S": "CAPACITY"}, "SK": {"S": "DEPLOYMENT"}},
        "UpdateExpression": "ADD #total :n",
        "ExpressionAttributeNames": {"#total": "total"},
        "ExpressionAttributeValues": {":n": {"N": "3"}},
    }
    yard.account.world.table.client.update_item(**wrong)
    yard.reconcile(FIVE)
    yard.account.world.table.client.update_item(**wrong)
    yard.reconcile(FIVE)
    assert yard.room()["total"] == 8
    yard.reconcile(FIVE)
    assert yard.room()["total"] == 2


def test_what_a_launch_under_way_has_reserved_counts(yard: Yard) -> None:
    died_before(yard, "ec2.CreateFleet", 1, told(yard, a_job(yard)))
    for _ in range(2):
        yard.reconcile(FIVE)
        yard.forget_messages()
    assert yard.room()["total"] == 1


def test_the_time_that_a_round_ended_is_kept(yard: Yard) -> None:
    yard.reconcile(FIVE)
    looked = times.moment(yard.account.item("RECONCILE", "ROUND")["lookedAt"])
    assert looked == yard.account.world.now
    yard.reconcile(FIVE - 60)
    assert times.moment(yard.account.item("RECONCILE", "ROUND")["lookedAt"]) == looked
    yard.reconcile(60)
    assert times.moment(yard.account.item("RECONCILE", "ROUND")["lookedAt"]) - looked == timedelta(seconds=FIVE)
