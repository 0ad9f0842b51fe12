"""What reconcile asks of GitHub beside jobs: deliveries that failed once more, and ghosts away."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from embedded.github.failures import Failure
from embedded.github.hooks import Delivery
from embedded.github.workflow_jobs import Runner
from lambdas.adapters import hook_deliveries
from lambdas.reconciling import deliveries
from tests.github_app import ORGANIZATION
from tests.lambdas.played_jobs import a_job, heard, launched, picked_up, runner_for
from tests.lambdas.yard import Yard

FIVE, HOUR = 300, 3600
LIST = r"GET /app/hook/deliveries.*"


@pytest.fixture
def hooked(yard: Yard) -> Iterator[Yard]:
    """A yard whose App's deliveries all fail, and are logged: nobody listens."""
    app = yard.organization.app
    app.webhook_url, app.events = "http://127.0.0.1:9/webhook", ("workflow_job",)
    yard.reconcile(0)
    yard.session.asked.clear()
    lose(yard)
    yield yard
    yard.organization.played.hooks.settle()


def lose(yard: Yard, times: int = 10_000, **failure: Any) -> None:
    yard.organization.played.hooks.mishaps.add(Failure(match="workflow_job .*", effect="lost", times=times, **failure))


def log(yard: Yard) -> list[Delivery]:
    """Return the attempts that GitHub knows of, oldest first."""
    return yard.organization.played.hooks.deliveries(yard.organization.app.id)[::-1]


def becomes(yard: Yard, one: Delivery, **fields: Any) -> None:
    """Have an attempt ended in another way."""
    yard.organization.played.hooks._log[one.id] = replace(one, **fields)


def repeated(yard: Yard) -> list[str]:
    """Return the ids of the attempts that were asked for since this was last asked."""
    found = [name.split("/")[4] for name in yard.session.asked if name.startswith("POST /app/hook")]
    yard.session.asked.clear()
    return found


def test_a_delivery_that_failed_is_delivered_again_within_five_minutes_job_1(hooked: Yard) -> None:
    a_job(hooked)
    (failed,) = log(hooked)
    hooked.reconcile(FIVE)
    assert repeated(hooked) == [str(failed.id)]
    assert [one.guid for one in log(hooked)] == [failed.guid] * 2


def test_a_delivery_that_nobody_answered_is_a_failure_too(hooked: Yard) -> None:
    a_job(hooked)
    (failed,) = log(hooked)
    assert (failed.status, failed.status_code) == ("timed out", 0), "which GitHub's own filter finds nowhere"
    hooked.reconcile(FIVE)
    assert len(repeated(hooked)) == 1


def test_what_was_delivered_and_what_was_delivered_again_since_is_left_alone(hooked: Yard) -> None:
    for _ in range(2):
        a_job(hooked)
    first, second = log(hooked)
    becomes(hooked, first, status="OK", status_code=202)
    becomes(hooked, replace(second, id=second.id + 1000), status="OK", status_code=202, redelivery=True)
    hooked.reconcile(FIVE)
    assert repeated(hooked) == []


def test_an_attempt_that_fails_again_is_repeated_once_in_five_minutes_and_given_up_after_a_day(hooked: Yard) -> None:
    a_job(hooked)
    for _ in range(3):
        hooked.reconcile(FIVE)
        assert len(repeated(hooked)) == 1
        hooked.reconcile(60)
        assert repeated(hooked) == []
    attempts = [one.guid for one in log(hooked)]
    assert attempts == attempts[:1] * 4
    hooked.reconcile(24 * HOUR)
    assert [one.guid for one in log(hooked)].count(attempts[0]) == 4


@pytest.mark.parametrize("code", [400, 413])
def test_what_the_webhook_refuses_for_good_is_not_repeated(hooked: Yard, code: int) -> None:
    a_job(hooked)
    becomes(hooked, log(hooked)[0], status=f"Invalid HTTP Response: {code}", status_code=code)
    hooked.reconcile(FIVE)
    assert repeated(hooked) == []


def test_a_wrong_secret_is_mended_some_day_and_its_deliveries_are_repeated(hooked: Yard) -> None:
    a_job(hooked)
    becomes(hooked, log(hooked)[0], status="Invalid HTTP Response: 401", status_code=401)
    hooked.reconcile(FIVE)
    assert len(repeated(hooked)) == 1


def test_the_list_is_read_to_where_it_was_read_before_lim_2(hooked: Yard) -> None:
    for _ in range(60):
        a_job(hooked)
    for one in log(hooked):
        becomes(hooked, one, status="OK", status_code=202)
    hooked.reconcile(FIVE)
    assert len(hooked.session.asked) == 2, "two pages"
    hooked.session.asked.clear()
    hooked.reconcile(FIVE)
    assert len(hooked.session.asked) == 1


def test_very_many_failures_are_repeated_round_by_round_and_each_once(
    hooked: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook_deliveries, "PAGE", 5)
    monkeypatch.setattr(deliveries, "REPEATED_PER_ROUND", 5)
    for _ in range(12):
        a_job(hooked)
    failed = [str(one.id) for one in log(hooked)]
    rounds = []
    hooked.account.clock.advance(FIVE)
    for _ in range(4):
        hooked.reconcile()
        rounds.append(repeated(hooked))
    assert [len(one) for one in rounds] == [5, 5, 2, 0]
    assert sorted(one for each in rounds for one in each) == sorted(failed)


def test_a_round_that_dies_amid_its_repetitions_forgets_none(hooked: Yard) -> None:
    for _ in range(3):
        a_job(hooked)
    failed = {str(one.id) for one in log(hooked)}
    down = Failure(match=r"POST /app/hook/deliveries/\d+/attempts", status=502, skip=1, times=1)
    hooked.organization.played.failures.add(down)
    with pytest.raises(Exception, match="could not reconcile deliveries"):
        hooked.reconcile(FIVE)
    hooked.reconcile()
    assert failed <= set(repeated(hooked))


def test_a_delivery_that_github_will_not_repeat_keeps_no_other_waiting(hooked: Yard) -> None:
    for _ in range(2):
        a_job(hooked)
    gone = Failure(match=r"POST /app/hook/deliveries/\d+/attempts", status=404, times=1)
    hooked.organization.played.failures.add(gone)
    hooked.reconcile(FIVE)
    assert len(repeated(hooked)) == 2
    assert len(log(hooked)) == 3


# Ghosts


def ghost(yard: Yard) -> Runner:
    """Have a machine end in the table and in EC2, while its runner stays in GitHub."""
    (job,) = launched(yard)
    runner = runner_for(yard, job)
    picked_up(yard, runner)
    yard.organization.played.actions.lose(runner)
    row = next(one for one in yard.rows("RUNNER") if one["instanceId"] == runner.name)
    yard.account.world.ec2.terminate_instances(InstanceIds=[row["instanceId"]])
    runner.job = None
    yard.reconcile(0)
    yard.reconcile(FIVE)
    return runner


def test_an_offline_runner_whose_machine_has_ended_is_removed_within_an_hour_ins_3(yard: Yard) -> None:
    runner = ghost(yard)
    assert runner.name in yard.runners()
    yard.reconcile(HOUR)
    assert runner.name not in yard.runners()


def others(yard: Yard) -> list[str]:
    """Register runners that are none of this deployment's ended machines, all of them offline."""
    made = [yard.organization.registered(name) for name in ("i-0123456789abcdef0", "builder-7", "i-0abc")]
    return [one.name for one in made]


def test_runners_of_others_and_of_machines_that_live_are_never_removed_ins_3(yard: Yard) -> None:
    theirs = others(yard)
    (job,) = launched(yard)
    mine = runner_for(yard, job).name
    yard.reconcile(0)
    assert sorted(yard.runners()) == sorted([*theirs, mine])


def test_a_ghost_on_a_later_page_is_found(yard: Yard) -> None:
    for number in range(150):
        yard.organization.registered(f"builder-{number}")
    runner = ghost(yard)
    yard.reconcile(HOUR)
    assert runner.name not in yard.runners()


def test_ghosts_are_sought_hourly_lim_2(yard: Yard) -> None:
    yard.reconcile(0)
    yard.session.asked.clear()
    for _ in range(11):
        yard.reconcile(FIVE)
    seeks = f"GET /orgs/{ORGANIZATION}/actions/runners?"
    assert not [name for name in yard.session.asked if name.startswith(seeks)]
    yard.reconcile(FIVE)
    assert len([name for name in yard.session.asked if name.startswith(seeks)]) == 1


def test_without_a_key_only_what_asks_github_waits(yard: Yard) -> None:
    launched(yard)
    yard.another_container()
    client = yard.registry.apps.secret.client
    client.put_secret_value(SecretId=yard.registry.apps.secret.arn, SecretString="no key")
    yard.account.world.ec2.terminate_instances(InstanceIds=[yard.machines()[0]["InstanceId"]])
    yard.session.asked.clear()
    yard.reconcile(FIVE + 1)
    assert (yard.room()["total"], yard.session.asked) == (0, [])


GONE = "999"  # an App that GitHub does not know any more


def test_an_app_that_is_gone_hinders_no_other_in_what_a_round_asks_of_github_job_1(hooked: Yard) -> None:
    hooked.budgets = replace(hooked.budgets, apps=(GONE, *hooked.budgets.apps))
    jobs = [a_job(hooked), a_job(hooked)]
    assert heard(hooked, jobs[0]) == []
    hooked.organization.played.hooks.settle()
    failed = len(log(hooked))
    hooked.account.world.ec2.terminate_instances(InstanceIds=[hooked.machines()[0]["InstanceId"]])
    hooked.reconcile(FIVE + 1)
    assert len(repeated(hooked)) == failed
    hooked.reconcile()
    assert hooked.pass_on() == []
    assert len(hooked.machines()) == 1, "the job that lost its machine got another"


def test_a_row_that_nobody_can_read_stops_no_other_duty(hooked: Yard) -> None:
    a_job(hooked)
    broken = {"PK": {"S": "JOB#7"}, "SK": {"S": "JOB"}, "kind": {"S": "JOB#open"}, "updatedAt": {"S": "then"}}
    hooked.account.world.table.client.put_item(TableName="spot-runner", Item=broken)
    with pytest.raises(Exception, match="could not reconcile jobs and machines"):
        hooked.reconcile(FIVE)
    assert len(repeated(hooked)) == 1
    assert hooked.account.item("RECONCILE", "ROUND")["repairedAt"]


def test_a_round_without_time_leaves_all_to_the_next(yard: Yard) -> None:
    launched(yard)
    yard.account.world.ec2.terminate_instances(InstanceIds=[yard.machines()[0]["InstanceId"]])
    yard.session.asked.clear()
    yard.reconcile(FIVE, lambda: 44.0)
    assert (yard.session.asked, yard.room()["total"]) == ([], 1)
    yard.reconcile()
    assert yard.room()["total"] == 0
