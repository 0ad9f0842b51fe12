"""What launch does when GitHub gives a configuration late, or not at all: no idle machine, no ghost, no lost job."""

import itertools
import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from embedded.github.failures import Failure
from lambdas.adapters import budget
from lambdas.core import pacing
from tests.github_app import ORGANIZATION, SHOP, key_pair
from tests.lambdas.account import client
from tests.lambdas.played_session import API
from tests.lambdas.test_launching_shortages import jobs
from tests.lambdas.yard import Yard, a_message

GENERATE = f"POST /orgs/{ORGANIZATION}/actions/runners/generate-jitconfig"
TOKEN = r"POST /app/installations/\d+/access_tokens"


def fail(yard: Yard, **failure: Any) -> None:
    yard.organization.played.failures.add(Failure(**{"match": GENERATE, **failure}))


def lose_answers(yard: Yard, *numbers: int) -> None:
    """Lose the answers to requests for a configuration, counted from 1: they took effect."""
    count = itertools.count(1)

    def lose(name: str) -> None:
        if name == GENERATE and next(count) in numbers:
            raise ConnectionClosedError(endpoint_url=API)

    yard.session.after.append(lose)


def each_machine_has_a_runner(yard: Yard) -> bool:
    """Tell whether machines, GitHub's runners and the configurations that lie ready are the same ones."""
    ids = {machine["InstanceId"] for machine in yard.machines()}
    ready = {str(row["PK"]).rpartition("/")[2] for row in yard.rows("JIT")}
    return ids == set(yard.runners()) == ready


def test_a_runner_left_by_somebody_who_died_is_removed_and_made_anew_ins_3(yard: Yard) -> None:
    lose_answers(yard, 1)
    assert yard.take(*jobs(yard, 2)) == ["0", "1"]
    assert yard.hidden == [10, 10]
    assert len(yard.runners()) == 1, "the one whose answer was lost"
    yard.account.clock.advance(60)
    assert yard.take(*jobs(yard, 2)) == []
    assert len(yard.machines()) == 2
    assert each_machine_has_a_runner(yard)
    assert {row["runnerId"] for row in yard.rows("RUNNER")} == set(yard.organization.played.actions.roster.runners)


def test_while_github_is_down_machines_wait_a_while_and_then_end_and_their_jobs_are_started_anew(yard: Yard) -> None:
    fail(yard, status=502, times=100)
    assert yard.take(*jobs(yard, 2)) == ["0", "1"]
    assert len(yard.machines()) == 2
    yard.account.clock.advance(9 * 60)
    assert yard.take(*jobs(yard, 2)) == []
    assert (yard.machines(), yard.room()["total"]) == ([], 0)
    assert "launchId" not in yard.job(1)
    yard.organization.played.failures.__init__()  # type: ignore[misc] # GitHub is up again
    assert yard.pass_on() == []
    assert len(yard.machines()) == 2
    assert each_machine_has_a_runner(yard)


@pytest.mark.parametrize("status", [403, 404, 422])
def test_if_github_refuses_the_machine_ends_and_the_job_returns(yard: Yard, status: int) -> None:
    fail(yard, status=status, message="Not here.", times=2)
    assert yard.take(*jobs(yard, 2)) == []
    assert (yard.machines(), yard.runners(), yard.rows("JIT"), yard.room()["total"]) == ([], {}, [], 0)
    assert {row["endReason"] for row in yard.rows("RUNNER")} == {"GitHub gave no configuration"}
    yard.organization.played.failures.__init__()  # type: ignore[misc] # whatever it was is mended
    assert yard.pass_on() == []
    assert len(yard.machines()) == 2
    assert each_machine_has_a_runner(yard)


def test_an_outage_stops_the_others_of_its_launch_from_asking_and_further_machines_from_starting(yard: Yard) -> None:
    fail(yard, status=502, times=10)
    yard.take(*jobs(yard, 5))
    assert yard.session.asked.count(GENERATE) == 1
    yard.take(a_message(yard, id=6))
    assert len(yard.machines()) == 5


def test_one_job_that_github_refuses_takes_no_other_with_it(yard: Yard) -> None:
    fail(yard, status=422, message="Labels are too long.", times=1)
    assert yard.take(*jobs(yard, 3)) == []
    assert len(yard.machines()) == 2
    assert each_machine_has_a_runner(yard)
    ((_, waiting),) = yard.delayed()
    assert [one["jobId"] for one in waiting["jobs"]] == [1]


@pytest.mark.parametrize("headers", [{"Retry-After": "40"}, {}], ids=["with a time", "without one"])
def test_a_limit_is_waited_out_while_the_machine_boots(yard: Yard, headers: dict[str, str]) -> None:
    fail(yard, status=429, message="You have exceeded a secondary rate limit.", headers=headers)
    assert yard.take(*jobs(yard, 2)) == []
    ((seconds, _),) = waiting = yard.delayed()
    assert seconds == (40 if headers else 60)
    assert len(yard.machines()) == 2
    yard.account.clock.advance(seconds)
    assert yard.take(*(yard.text(one) for _, one in waiting)) == []
    assert len(yard.machines()) == 2
    assert each_machine_has_a_runner(yard)


def test_while_github_wants_a_pause_no_further_machine_is_started(yard: Yard) -> None:
    fail(yard, status=429, headers={"Retry-After": "40"})
    yard.take(a_message(yard, id=1))
    yard.account.clock.advance(10)
    yard.delayed()
    assert yard.take(a_message(yard, id=2)) == []
    assert len(yard.machines()) == 1
    ((seconds, _),) = yard.delayed()
    assert seconds == 30


def test_a_machine_whose_job_ran_elsewhere_meanwhile_is_configured_for_whichever_job_comes_job_6(yard: Yard) -> None:
    fail(yard, status=429, headers={"Retry-After": "40"})
    yard.take(a_message(yard, id=1))
    waiting = yard.delayed()
    yard.take(a_message(yard, "in_progress", id=1, runner_name="i-0123456789abcdef0"))
    yard.account.clock.advance(40)
    assert yard.take(*(yard.text(one) for _, one in waiting)) == []
    assert len(yard.machines()) == 1
    assert each_machine_has_a_runner(yard)


def test_jobs_keep_their_place_in_a_long_queue_while_github_wants_a_pause(yard: Yard) -> None:
    app_id = str(yard.organization.app.id)
    budget.reserve(yard.budgets, 2 * pacing.AT_ONCE, app_id, yard.account.world.now)
    yard.take(a_message(yard))
    ((seconds, waiting),) = yard.delayed()
    budget.reserve(yard.budgets, 1000, app_id, yard.account.world.now)
    yard.account.clock.advance(seconds)
    budget.close(yard.budgets, app_id, yard.account.world.now + timedelta(seconds=40))
    assert yard.take(yard.text(waiting)) == []
    assert [after for after, _ in yard.delayed()] == [40]


def test_a_limit_that_lasts_longer_than_a_machine_waits_ends_it(yard: Yard) -> None:
    reset = int(yard.account.clock.now().timestamp()) + 1800
    fail(yard, status=403, headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)})
    assert yard.take(*jobs(yard, 1)) == []
    assert (yard.machines(), yard.room()["total"]) == ([], 0)
    assert yard.pass_on() == []
    assert yard.machines() == [], "the limit still holds"


def test_tokens_are_kept_until_shortly_before_they_end_and_replaced_if_they_are_refused(yard: Yard) -> None:
    yard.take(a_message(yard, id=1))
    yard.account.clock.advance(54 * 60)
    yard.take(a_message(yard, id=2))
    assert sum("access_tokens" in name for name in yard.session.asked) == 1
    yard.account.clock.advance(2 * 60)
    yard.take(a_message(yard, id=3))
    assert sum("access_tokens" in name for name in yard.session.asked) == 2
    yard.organization.played.world.tokens.clear()
    assert yard.take(a_message(yard, id=4)) == []
    assert sum("access_tokens" in name for name in yard.session.asked) == 3
    assert each_machine_has_a_runner(yard)


def test_without_a_key_no_machine_is_started_and_the_log_says_what_is_missing(
    yard: Yard, caplog: pytest.LogCaptureFixture
) -> None:
    secret = yard.registry.apps.secret.arn
    client("secretsmanager").put_secret_value(SecretId=secret, SecretString="no key")
    with caplog.at_level(logging.ERROR):
        assert yard.take(*jobs(yard, 1)) == []
    assert yard.machines() == []
    why = f"the key of App {yard.organization.app.id} is no private RSA key in PEM"
    assert yard.job(1)["waitsFor"].startswith(why)
    assert [record.__dict__["why"].startswith(why) for record in caplog.records] == [True]
    client("secretsmanager").put_secret_value(SecretId=secret, SecretString=key_pair()[0])
    yard.account.clock.advance(301)
    assert yard.pass_on() == []
    assert each_machine_has_a_runner(yard)


def test_a_group_that_does_not_exist_costs_no_machine(yard: Yard) -> None:
    yard.change(runnerGroup="Builders")
    assert yard.take(*jobs(yard, 1)) == []
    assert yard.machines() == []
    assert "has no runner group 'Builders'" in yard.job(1)["waitsFor"]
    made = yard.organization.played.actions.roster.add_group(ORGANIZATION, "builders")
    assert yard.pass_on() == []
    (runner,) = yard.organization.played.actions.roster.runners.values()
    assert runner.group == made


def test_what_github_allows_an_app_is_asked_once_and_sets_the_pace_lim_2(yard: Yard) -> None:
    yard.organization.installation.requests_per_hour = 12_500
    assert yard.take(*jobs(yard, 1)) == []
    yard.another_container()
    assert yard.take(a_message(yard, id=2)) == []
    assert yard.session.asked.count("GET /rate_limit") == 1
    assert yard.account.item(f"BUDGET#{yard.organization.app.id}", "BUDGET")["perHour"] == 12_500


@pytest.mark.parametrize(("status", "known"), [(404, 5_000), (500, 5_000)], ids=["it has no limits", "it is down"])
def test_where_github_tells_no_limit_the_slowest_is_kept_to(yard: Yard, status: int, known: int) -> None:
    silent = Failure(match="GET /rate_limit", status=status)
    yard.organization.played.failures.add(silent)
    assert yard.take(*jobs(yard, 1)) == []
    assert yard.account.item(f"BUDGET#{yard.organization.app.id}", "BUDGET")["perHour"] == known
    assert len(yard.machines()) == 1


def test_an_app_without_rights_on_the_organization_registers_runners_in_the_jobs_repository(yard: Yard) -> None:
    yard.organization.installation.permissions = {"administration": "write", "actions": "write"}
    body = a_message(yard).replace("octo-org/app", SHOP)
    assert yard.take(body) == []
    (runner,) = yard.organization.played.actions.roster.runners.values()
    assert runner.scope == SHOP
    assert yard.session.asked[-1] == f"POST /repos/{SHOP}/actions/runners/generate-jitconfig"


def test_no_message_and_no_log_holds_a_secret(yard: Yard, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="lambdas"):
        fail(yard, status=404, skip=1)
        yard.take(*jobs(yard, 2))
    said = caplog.text + "".join(str(record.__dict__) for record in caplog.records) + str(yard.delayed())
    secrets = [row["config"] for row in yard.rows("JIT")] + [*yard.organization.played.world.tokens]
    assert len(secrets) == 2
    assert not [secret for secret in secrets if secret in said]


def test_a_job_that_github_refuses_again_and_again_is_refused_and_costs_no_more_machines(
    yard: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    fail(yard, status=422, message="Labels are too long.", times=100)
    assert yard.take(*jobs(yard, 1)) == []
    tries = 1
    while waiting := yard.delayed():
        ((seconds, message),) = waiting
        yard.account.clock.advance(seconds)
        assert yard.take(yard.text(message)) == []
        tries += 1
    job = yard.job(1)
    assert (tries, job["status"], job["refusal"], "kind" in job) == (5, "refused", "refused by GitHub", False)
    assert job["reason"].endswith("422 Labels are too long.")
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["Kind"], one["jobId"]) for one in told if "Refusals" in one and "Kind" in one] == [
        ("refused by GitHub", 1)
    ]
    assert (yard.machines(), yard.room()["total"]) == ([], 0)
