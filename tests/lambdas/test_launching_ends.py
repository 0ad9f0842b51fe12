"""Machines go when their job is done, cancelled or taken away by EC2; jobs that lost theirs are run once more."""

import json

import pytest

from embedded.github.failures import Failure
from embedded.github.workflow_jobs import Job, Run
from tests.github_app import LABELS
from tests.lambdas.interruptions import before, refusal
from tests.lambdas.played_jobs import heard, picked_up, queued, runner_for, started, told
from tests.lambdas.test_launching_shortages import jobs
from tests.lambdas.yard import Yard, a_message


def ended(yard: Yard, job: Job, conclusion: str = "success") -> None:
    """Let a running job end, launch hear of it, and a minute pass."""
    yard.organization.played.actions.finish(job, conclusion)
    assert heard(yard, job) == []
    ends = yard.delayed("terminate")
    assert [seconds for seconds, _ in ends] == [60]
    assert yard.take(*(yard.text(message) for _, message in ends)) == []


def warned(yard: Yard, instance: str) -> list[str]:
    """Let EC2 warn of the end of a spot machine."""
    yard.fleets.interrupt(instance)
    event = next(one for one in reversed(yard.account.events) if one["detail-type"].startswith("EC2 Spot Instance"))
    return yard.take(json.dumps(event))


def instances(yard: Yard) -> list[str]:
    return [machine["InstanceId"] for machine in yard.machines()]


def test_a_machine_is_known_to_run_its_job_and_goes_with_it(yard: Yard) -> None:
    job = queued(yard)
    machine = started(yard, job)
    (row,) = yard.rows("RUNNER")
    assert (row["runningJob"], row["kind"]) == (job.id, "RUNNER#live")
    ended(yard, job)
    (row,) = yard.rows("RUNNER")
    assert (row.get("kind"), row["endReason"]) == (None, f"it ran job {job.id}")
    assert (instances(yard), yard.runners(), yard.room()["total"]) == ([], {}, 0)
    assert yard.job(job.id)["runnerName"] == machine


def test_a_stolen_machine_goes_with_the_job_that_it_ran_job_6(yard: Yard) -> None:
    first, second = queued(yard), queued(yard)
    ids = {row["launchedFor"]: row["instanceId"] for row in yard.rows("RUNNER")}
    assert started(yard, first, ids[second.id]) == ids[second.id]
    ended(yard, first)
    assert instances(yard) == [ids[first.id]]
    assert started(yard, second, ids[first.id]) == ids[first.id]
    ended(yard, second)
    assert (instances(yard), yard.room()["total"]) == ([], 0)


@pytest.mark.parametrize("name", ["i-00000000000000bad", "somebodys-runner"])
def test_machines_of_others_are_never_touched_ins_2(yard: Yard, name: str) -> None:
    own = yard.account.world.ec2.run_instances(ImageId=yard.account.item()["amiId"], MinCount=1, MaxCount=1)
    other = own["Instances"][0]["InstanceId"]
    for runner in (name, other):
        over = {"runner_id": 5, "runner_name": runner, "completed_at": "2026-11-23T12:20:00Z"}
        assert yard.take(a_message(yard, "in_progress", **over), a_message(yard, "completed", **over)) == []
    assert instances(yard) == [other]


def test_a_job_that_is_cancelled_before_it_is_picked_up_leaves_no_machine_and_no_runner(yard: Yard) -> None:
    job, other = queued(yard), queued(yard)
    yard.organization.played.actions.cancel(job)
    assert heard(yard, job) == []
    (left,) = [row for row in yard.rows("RUNNER") if row.get("kind")]
    assert left["launchedFor"] == other.id
    assert instances(yard) == [left["instanceId"]] == list(yard.runners())
    assert yard.room()["total"] == 1


def test_if_the_machine_of_a_cancelled_job_runs_another_an_idle_one_of_its_labels_goes_job_6(yard: Yard) -> None:
    other, job = queued(yard), queued(yard)
    ids = {row["launchedFor"]: row["instanceId"] for row in yard.rows("RUNNER")}
    started(yard, other, ids[job.id])
    yard.organization.played.actions.cancel(job)
    assert heard(yard, job) == []
    assert instances(yard) == [ids[job.id]]


def test_a_machine_that_is_busy_before_anybody_told_is_left_alone_ins_2(yard: Yard) -> None:
    job, other = queued(yard), queued(yard)
    ids = {row["launchedFor"]: row["instanceId"] for row in yard.rows("RUNNER")}
    actions = yard.organization.played.actions
    actions.cancel(job)
    for machine in ids.values():
        runner = actions.roster.named(machine)
        assert runner
        actions.connect(runner, machine)
    assert other.runner
    assert heard(yard, job) == []
    assert instances(yard) == [other.runner.name]


def test_a_job_that_is_cancelled_while_its_machine_starts_leaves_none(yard: Yard) -> None:
    job = queued(yard)
    table = yard.account.world.table
    table.client.update_item(
        TableName=table.name,
        Key={"PK": {"S": "LAUNCH#launch-1"}, "SK": {"S": "LAUNCH"}},
        UpdateExpression="SET #status = :requested",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":requested": {"S": "requested"}},
    )
    yard.organization.played.actions.cancel(job)
    assert yard.take(told(yard, job)) == ["0"]
    assert yard.hidden == [71]


def test_a_job_that_had_no_machine_yet_is_cancelled_without_a_call(yard: Yard) -> None:
    yard.max_runners = 1
    yard.take(*jobs(yard, 2))
    yard.session.asked.clear()
    assert (
        yard.take(a_message(yard, "completed", id=2, conclusion="cancelled", completed_at="2026-11-23T12:20:00Z")) == []
    )
    assert (len(instances(yard)), yard.session.asked) == (1, [])


def test_a_job_that_ec2_interrupts_is_run_again_alone_and_on_demand_when_its_run_has_ended_ins_3(yard: Yard) -> None:
    run = yard.organization.run()
    job, sibling = queued(yard, run), queued(yard, run)
    machine = started(yard, job)
    started(yard, sibling)
    assert warned(yard, machine) == []
    assert "interruptedAt" in yard.job(job.id)
    ended(yard, job, "failure")
    assert yard.pass_on() == [], "its run goes on: nothing is done yet"
    assert run.attempt == 1
    ended(yard, sibling)
    assert yard.pass_on() == []
    assert run.attempt == 2
    (again,) = (one for one in run.jobs_of(2) if one.status == "queued")
    assert again.labels == job.labels
    assert heard(yard, again) == []
    (left,) = [row for row in yard.rows("RUNNER") if row.get("kind")]
    assert (left["market"], left["launchedFor"]) == ("on-demand", again.id)
    assert "rerunAt" in yard.job(job.id)
    assert list(yard.runners()) == [left["instanceId"]]


def test_a_job_that_is_run_again_comes_on_demand_whoever_starts_it_ins_3(yard: Yard) -> None:
    job = queued(yard)
    machine = started(yard, job)
    assert warned(yard, machine) == []
    ended(yard, job, "failure")
    assert yard.pass_on() == []
    (again,) = job.run.jobs_of(2)
    assert heard(yard, again) == []
    (lost,) = [row for row in yard.rows("RUNNER") if row.get("kind")]
    yard.account.world.ec2.terminate_instances(InstanceIds=[lost["instanceId"]])
    yard.reconcile(300)
    yard.reconcile()
    assert yard.pass_on() == []
    (left,) = [row for row in yard.rows("RUNNER") if row.get("kind")]
    assert (left["market"], left["launchedFor"]) == ("on-demand", again.id)
    assert left["instanceId"] != lost["instanceId"]


def test_an_interruption_that_is_told_twice_runs_the_job_again_once_ins_3(yard: Yard) -> None:
    job = queued(yard)
    machine = started(yard, job)
    warned(yard, machine)
    warned(yard, machine)
    ended(yard, job, "failure")
    assert heard(yard, job) == []
    assert yard.pass_on() == []
    assert (job.run.attempt, yard.delayed()) == (2, [])


@pytest.mark.parametrize("conclusion", ["success", "cancelled"])
def test_a_job_that_ended_by_itself_before_ec2_took_its_machine_is_not_run_again(yard: Yard, conclusion: str) -> None:
    job = queued(yard)
    warned(yard, started(yard, job))
    ended(yard, job, conclusion)
    assert (yard.delayed(), job.run.attempt) == ([], 1)


def test_a_job_that_failed_by_itself_is_not_run_again(yard: Yard) -> None:
    job = queued(yard)
    started(yard, job)
    ended(yard, job, "failure")
    assert (yard.delayed(), job.run.attempt) == ([], 1)


def test_a_preset_may_leave_interrupted_jobs_failed(yard: Yard) -> None:
    yard.change(onInterruption="none")
    job = queued(yard)
    warned(yard, started(yard, job))
    ended(yard, job, "failure")
    assert (yard.delayed(), job.run.attempt) == ([], 1)


def test_somebody_who_was_faster_is_not_outdone(yard: Yard) -> None:
    job = queued(yard)
    warned(yard, started(yard, job))
    ended(yard, job, "failure")
    yard.organization.played.actions.rerun(job)
    assert yard.pass_on() == []
    assert (job.run.attempt, yard.delayed()) == (2, [])


def test_a_machine_that_is_taken_away_before_it_has_a_job_is_replaced_at_once_ins_3(yard: Yard) -> None:
    job = queued(yard)
    (first,) = instances(yard)
    assert warned(yard, first) == []
    assert yard.runners() == {}
    assert yard.pass_on() == []
    (left,) = [row for row in yard.rows("RUNNER") if row.get("kind")]
    assert left["launchedFor"] == job.id
    assert list(yard.runners()) == [left["instanceId"]] != [first]
    assert yard.room()["total"] == 1


def test_a_warning_of_somebody_elses_machine_is_no_matter(yard: Yard) -> None:
    image, on_spot = yard.account.item()["amiId"], {"MarketType": "spot"}
    made = yard.account.world.ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceMarketOptions=on_spot)
    assert warned(yard, made["Instances"][0]["InstanceId"]) == []
    assert yard.rows("RUNNER") == []


def test_a_runner_that_only_took_a_machines_name_ends_nothing_ins_2(yard: Yard) -> None:
    job = queued(yard)
    machine = started(yard, job)
    (row,) = yard.rows("RUNNER")
    over = {"runner_id": row["runnerId"] + 1, "runner_name": machine, "completed_at": "2026-11-23T12:20:00Z"}
    assert yard.take(a_message(yard, "in_progress", id=999, **over), a_message(yard, "completed", id=999, **over)) == []
    (same,) = yard.rows("RUNNER")
    assert (same["kind"], same["runningJob"]) == ("RUNNER#live", job.id)
    assert (instances(yard), yard.room()["total"], yard.delayed("terminate")) == ([machine], 1, [])


def test_what_is_told_of_anothers_machine_is_not_in_the_way_of_its_batch_job_1(yard: Yard) -> None:
    job, actions = queued(yard), yard.organization.played.actions
    over = {"runner_id": 5, "runner_name": "i-00000000000000bad", "completed_at": "2026-11-23T12:20:00Z"}
    picked_up(yard, runner_for(yard, job))
    assert yard.take(a_message(yard, "in_progress", id=999, **over), told(yard, job)) == []
    assert yard.rows("RUNNER")[0]["runningJob"] == job.id
    actions.finish(job, "success")
    assert yard.take(a_message(yard, "completed", id=999, **over), told(yard, job)) == []
    assert (yard.rows("RUNNER")[0]["endReason"], yard.room()["total"]) == (f"it ran job {job.id}", 0)


def test_what_one_job_leaves_behind_is_no_matter_of_the_others_of_its_batch_job_1(yard: Yard) -> None:
    job = queued(yard)
    yard.organization.played.actions.cancel(job)
    paced = Failure(
        match="GET /orgs/.*/actions/runners", status=403, message="rate limit", headers={"Retry-After": "60"}
    )
    yard.organization.played.failures.add(paced)
    others = [a_message(yard, id=number) for number in range(1, 4)]
    assert yard.take(told(yard, job), *others) == ["0"]
    assert len([row for row in yard.rows("RUNNER") if row["launchedFor"] in (1, 2, 3)]) == 3
    assert heard(yard, job) == []
    assert len(instances(yard)) == 3


def test_a_warning_that_meets_another_writer_comes_again_ins_3(yard: Yard) -> None:
    job = queued(yard)
    machine = started(yard, job)
    with before("dynamodb.UpdateItem", refusal("TransactionConflictException")):
        assert warned(yard, machine) == ["0"]
    assert "interruptedAt" not in yard.job(job.id)


def both_interrupted(yard: Yard) -> Run:
    """Let EC2 interrupt the two jobs of a run, and the run end."""
    run = yard.organization.run()
    first, second = (yard.organization.played.actions.queue_job(run, LABELS, name) for name in ("a", "b"))
    assert yard.take(told(yard, first), told(yard, second)) == []
    for job in (first, second):
        warned(yard, started(yard, job))
    for job in (first, second):
        ended(yard, job, "failure")
    return run


@pytest.mark.parametrize("at_once", [False, True], ids=["one after the other", "by two invocations at once"])
def test_of_two_interrupted_jobs_of_one_run_each_runs_once_more_ins_3(yard: Yard, *, at_once: bool) -> None:
    run = both_interrupted(yard)
    first, second = [yard.text(message) for _, message in yard.delayed("rerun")]
    yard.account.clock.advance(60)
    others = [second] if at_once else []

    def meanwhile(name: str) -> None:
        if name.endswith("/rerun") and others:
            assert yard.take(others.pop()) == []

    yard.session.before.append(meanwhile)
    assert yard.take(first) == []
    assert others == []
    assert at_once or yard.take(second) == []
    (again,) = (one for one in run.jobs_of(2) if one.status == "queued")
    assert (again.name, run.attempt) == ("a", 2)
    assert heard(yard, again) == []
    started(yard, again)
    ended(yard, again)
    for _ in range(3):
        assert yard.pass_on() == []
    (last,) = (one for one in run.jobs_of(3) if one.status == "queued")
    assert last.name == "b"
    assert heard(yard, last) == []
    assert [row["market"] for row in yard.rows("RUNNER") if row.get("kind")] == ["on-demand"]
    assert yard.delayed() == []
