"""reconcile finds the jobs that would wait for ever: stolen machines, missed events, launches that died."""

import logging
from dataclasses import replace

import pytest

from embedded.github.failures import Failure
from lambdas.adapters import open_rows
from lambdas.adapters.errors import ConflictError
from tests.github_app import LABELS, SHOP
from tests.lambdas.interruptions import before
from tests.lambdas.played_jobs import a_job, heard, launched, picked_up, runner_for, told
from tests.lambdas.test_launching_shortages import without_ami
from tests.lambdas.yard import Yard, a_message

ASKED = f"GET /repos/{SHOP}/actions/jobs/"
FOREIGN = ("self-hosted",)


def sent(yard: Yard) -> list[tuple[str, list[int]]]:
    """Take what reconcile put into the queue: each message's action, and its jobs."""
    said = [one for _, one in yard.delayed() if one["action"] != "ami-arrived"]  # the first round says so
    return [(one["action"], [job["jobId"] for job in one.get("jobs", [one])]) for one in said]


def asked(yard: Yard) -> list[str]:
    found = [name for name in yard.session.asked if name.startswith(ASKED)]
    yard.session.asked.clear()
    return found


def taken_by(yard: Yard, labels: tuple[str, ...] = LABELS) -> tuple[int, int]:
    """Launch one machine, and have an older job take it; return the job that waits, and the one that runs."""
    thief = a_job(yard, labels)
    (waits,) = launched(yard)
    assert picked_up(yard, runner_for(yard, waits)) is thief
    return waits.id, thief.id


def test_a_job_whose_machine_runs_another_gets_one_more_job_6(yard: Yard) -> None:
    waits, thief = taken_by(yard)
    job = yard.organization.played.actions.jobs[thief]
    assert heard(yard, job, "in_progress") == []
    yard.reconcile()
    assert sent(yard) == [], "events may be late"
    yard.reconcile(120)
    assert yard.pass_on() == []
    assert len(yard.machines()) == 2
    assert yard.job(waits)["launchId"] == "launch-2"
    assert yard.room()["total"] == 2


def test_a_machine_that_a_foreign_job_took_is_found_and_another_starts_job_6(yard: Yard) -> None:
    waits, _ = taken_by(yard, FOREIGN)
    yard.reconcile(300)
    assert yard.rows("RUNNER")[0]["runningJob"] == 0
    yard.reconcile()
    assert yard.pass_on() == []
    assert len(yard.machines()) == 2
    assert yard.job(waits)["launchId"] == "launch-2"


def test_a_job_is_not_released_while_its_own_machine_is_idle_or_once_it_was_picked_up_job_6(yard: Yard) -> None:
    (job,) = launched(yard)
    table, (row,) = yard.account.world.table, yard.rows("RUNNER")
    (known,), arn = open_rows.open_jobs(table), row["PK"].removeprefix("RUNNER#")
    with pytest.raises(ConflictError):
        open_rows.release(table, known, arn)
    open_rows.busy(table, arn, yard.account.world.now)
    with pytest.raises(ConflictError):
        open_rows.release(table, replace(known, launch_id="launch-9"), arn)
    open_rows.release(table, known, arn)
    assert "launchId" not in yard.job(job.id)
    picked_up(yard, runner_for(yard, job))
    heard(yard, job, "in_progress")
    with pytest.raises(ConflictError):
        open_rows.release(table, known, arn)


def test_jobs_are_counted_and_not_paired_so_that_swapped_machines_start_no_other_job_6(yard: Yard) -> None:
    jobs = launched(yard, 2)
    runner = runner_for(yard, jobs[1])
    assert picked_up(yard, runner) is jobs[0]
    assert heard(yard, jobs[0], "in_progress") == []
    yard.reconcile(180)
    assert sent(yard) == []
    assert len(yard.machines()) == 2


def test_a_stranded_job_that_github_knows_to_run_starts_nothing_and_its_event_is_made_up_for(yard: Yard) -> None:
    (job,) = launched(yard)
    picked_up(yard, runner_for(yard, job))
    yard.reconcile(600)
    assert sent(yard) == [("in_progress", [job.id])]


def test_a_job_that_ended_unheard_is_recorded_and_its_machine_goes_job_2(yard: Yard) -> None:
    (job,) = launched(yard)
    picked_up(yard, runner_for(yard, job))
    heard(yard, job, "in_progress")
    yard.organization.played.actions.finish(job, "success")
    yard.reconcile(3600)
    assert yard.pass_on() == []
    assert (yard.job(job.id)["status"], yard.job(job.id)["conclusion"]) == ("completed", "success")
    assert yard.room()["total"] == 0
    assert yard.pass_on() == []
    assert yard.machines() == []


def test_a_job_that_github_does_not_know_any_more_ends(yard: Yard) -> None:
    yard.take(a_message(yard, id=7).replace("octo-org/app", SHOP))
    yard.reconcile(600)
    assert yard.pass_on() == []
    assert yard.job(7)["status"] == "completed"
    yard.reconcile()
    assert (yard.machines(), yard.room()["total"]) == ([], 0)


def test_at_most_20_jobs_are_asked_about_in_a_round_and_each_in_its_turn_lim_2(yard: Yard) -> None:
    jobs = [a_job(yard, seconds=1) for _ in range(25)]
    yard.take(*(told(yard, job) for job in jobs))
    yard.delayed()
    yard.reconcile(600)
    first = asked(yard)
    yard.reconcile()
    second = asked(yard)
    assert (len(first), len(second)) == (20, 5)
    assert len({*first, *second}) == 25
    yard.reconcile()
    assert asked(yard) == [], "nothing is asked twice within ten minutes"


def test_asking_leaves_the_last_quarter_of_githubs_limit_alone_lim_2(yard: Yard) -> None:
    yard.organization.installation.requests_per_hour = 6  # three of which launch uses
    launched(yard, 3)
    yard.session.asked.clear()
    yard.reconcile(600)
    assert len(asked(yard)) == 2


def test_a_limit_of_githubs_is_waited_out_by_everything_that_asks_it_lim_2(yard: Yard) -> None:
    launched(yard, 3)
    over = Failure(match=ASKED + r"\d+", status=429, headers={"Retry-After": "90"}, times=1)
    yard.organization.played.failures.add(over)
    yard.session.asked.clear()
    yard.reconcile(600)
    assert len(yard.session.asked) == 1
    yard.reconcile(60)
    assert len(yard.session.asked) == 1
    yard.reconcile(60)
    assert len(asked(yard)) > 1


def test_a_job_whose_message_was_lost_is_put_into_another_but_not_again_and_again(yard: Yard) -> None:
    yard.fleets.capacity.left["spot", "*", "*"] = yard.fleets.capacity.left["on-demand", "*", "*"] = 0
    job = a_job(yard)
    yard.take(told(yard, job, minutes=8))
    yard.delayed()
    yard.reconcile(600)
    assert sent(yard) == [], "a message may still carry it"
    yard.reconcile(600)
    assert sent(yard) == [("start", [job.id])]
    yard.reconcile(600)
    assert sent(yard) == []
    yard.reconcile(600)
    assert sent(yard) == [("start", [job.id])]


def test_jobs_that_githubs_limit_holds_back_are_in_no_second_message(yard: Yard) -> None:
    yard.fleets.capacity.left["spot", "*", "*"] = yard.fleets.capacity.left["on-demand", "*", "*"] = 0
    yard.take(told(yard, a_job(yard)))
    yard.delayed()
    app = str(yard.organization.app.id)
    in_an_hour = (int(yard.account.clock.now().timestamp()) + 3600) * 1000
    yard.account.world.table.client.update_item(
        TableName="spot-runner",
        Key={"PK": {"S": f"BUDGET#{app}"}, "SK": {"S": "BUDGET"}},
        UpdateExpression="SET lastMs = :last",
        ExpressionAttributeValues={":last": {"N": str(in_an_hour)}},
    )
    yard.reconcile(1200)
    assert sent(yard) == []


def pause(yard: Yard) -> None:
    yard.account.world.table.client.update_item(
        TableName="spot-runner",
        Key={"PK": {"S": "CAPACITY"}, "SK": {"S": "DEPLOYMENT"}},
        UpdateExpression="SET pausedAt = :now",
        ExpressionAttributeValues={":now": {"S": "2026-11-23T12:00:00Z"}},
    )


def test_while_the_deployment_is_paused_nothing_is_started_and_ends_are_still_noticed(yard: Yard) -> None:
    waits, thief = taken_by(yard)
    job = yard.organization.played.actions.jobs[thief]
    heard(yard, job, "in_progress")
    pause(yard)
    yard.reconcile(1200)
    assert sent(yard) == []
    assert yard.job(waits)["launchId"] == "launch-1"
    yard.organization.played.actions.finish(job, "success")
    yard.reconcile(3600)
    assert ("completed", [thief]) in sent(yard)


@pytest.mark.parametrize("call", ["ec2.CreateFleet", "dynamodb.TransactWriteItems"])
def test_a_launch_that_died_and_whose_message_was_lost_is_gone_on_with_ins_2(yard: Yard, call: str) -> None:
    job = a_job(yard)
    number = {"ec2.CreateFleet": 1, "dynamodb.TransactWriteItems": 3}[call]
    died_before(yard, call, number, told(yard, job))
    yard.reconcile()
    assert sent(yard) == []
    yard.reconcile(180)
    assert yard.pass_on() == []
    assert len(yard.machines()) == len(yard.runners()) == 1
    assert [row["launchId"] for row in yard.rows("LAUNCH")] == ["launch-1"]
    assert yard.room()["total"] == 1


class DiedError(BaseException):
    """The function's process ends."""


def died_before(yard: Yard, call: str, number: int, body: str) -> None:
    """Let launch die right before a call, and its message be lost."""
    left = [number]

    def die() -> None:
        left[0] -= 1
        if left[0] == 0:
            raise DiedError

    with before(call, die, times=number), pytest.raises(DiedError):
        yard.take(body)
    yard.forget_messages()


def test_machines_that_launch_left_without_a_configuration_get_one(yard: Yard) -> None:
    job = a_job(yard)
    died_before(yard, "dynamodb.TransactWriteItems", 4, told(yard, job))
    assert "runnerId" not in yard.rows("RUNNER")[0]
    yard.reconcile(180)
    assert yard.pass_on() == []
    assert yard.rows("RUNNER")[0]["runnerId"] == runner_for(yard, job).id


def test_a_launch_is_gone_on_with_once_in_three_minutes_however_long_nobody_does(yard: Yard) -> None:
    job = a_job(yard)
    died_before(yard, "dynamodb.TransactWriteItems", 4, told(yard, job))
    said = []
    for seconds in (180, 60, 60, 60):
        yard.reconcile(seconds)
        said.append(sent(yard))
    assert said == [[("start", [job.id])], [], [], [("start", [job.id])]]


def test_parked_jobs_whose_preset_has_an_ami_are_started_though_nobody_said_so_job_2(yard: Yard) -> None:
    without_ami(yard)
    yard.take(told(yard, a_job(yard)))
    yard.account.start(yard.account.item("PRESET#linux-x64", "CONFIG")["pipelineArn"])
    yard.account.build_to_the_end()
    yard.account.deliver(yard.account.events[-1])
    yard.delayed()
    yard.reconcile(300)
    told_of = yard.delayed()
    assert [one["action"] for _, one in told_of] == ["ami-arrived"]
    assert yard.take(*(yard.text(one) for _, one in told_of)) == []
    assert yard.pass_on() == []
    assert len(yard.machines()) == 1


def test_one_job_that_may_not_be_asked_about_keeps_no_other_waiting(
    yard: Yard, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = launched(yard, 2)
    actions = yard.organization.played.actions
    for job in (first, second):
        actions.cancel(job)
    yard.organization.played.failures.add(Failure(match=f"{ASKED}{first.id}", status=403, message="No.", times=9))
    with caplog.at_level(logging.ERROR):
        yard.reconcile(600)
    assert [action for action, _ in sent(yard)] == ["completed"]
    assert [vars(record)["job_id"] for record in caplog.records] == [first.id]


def test_github_that_does_not_answer_fails_the_duty_alone(yard: Yard) -> None:
    launched(yard)
    yard.organization.played.failures.add(Failure(match="GET .*", status=502, times=99))
    with pytest.raises(Exception, match=r"could not reconcile .*machines"):
        yard.reconcile(600)
    assert yard.account.item("RECONCILE", "ROUND")["repairedAt"]
