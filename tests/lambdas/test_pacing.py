"""launch asks GitHub for no more than it allows: who comes first starts first, the rest at their own time."""

from datetime import timedelta
from typing import Any

import pytest

from lambdas.adapters import budget
from lambdas.adapters.budget import Budgets
from lambdas.adapters.items import decode
from lambdas.core import pacing
from tests.lambdas.account import Account, client
from tests.lambdas.interruptions import before
from tests.lambdas.yard import Yard, a_message

HOUR = timedelta(hours=1)


def budgets(account: Account, *apps: str) -> Budgets:
    """Return what one container knows of these Apps: nothing yet."""
    return Budgets(table=account.world.table, apps=apps)


def waits(account: Account, known: Budgets, *counts: int) -> list[float]:
    """Take so many places one after the other; return how long each group waits, in seconds."""
    now = account.world.now
    return [(budget.reserve(known, count, "1", now).at - now).total_seconds() for count in counts]


def row(app: str = "1") -> dict[str, Any]:
    key = {"PK": {"S": f"BUDGET#{app}"}, "SK": {"S": "BUDGET"}}
    return decode(client("dynamodb").get_item(TableName="spot-runner", Key=key)["Item"])


def test_who_was_idle_starts_at_once_and_a_burst_waits_for_its_turn(account: Account) -> None:
    first, second, third = waits(account, budgets(account, "1"), 10, 10, 10)
    assert first <= 0 < second < third
    assert second == pytest.approx(10 * 3600 / (5000 * pacing.USED), abs=1)


@pytest.mark.parametrize(
    ("requests_per_hour", "apps", "per_minute"),
    [(5000, 1, 78.3), (15000, 1, 156.7), (15000, 2, 141), (15000, 4, 70.5), (5000, 4, 70.5)],
)
def test_the_slowest_limit_of_all_sets_the_pace(requests_per_hour: int, apps: int, per_minute: float) -> None:
    assert 60_000 / pacing.interval_ms(requests_per_hour, apps) == pytest.approx(per_minute, rel=0.01)


def test_in_no_minute_are_there_more_registrations_than_githubs_points_allow() -> None:
    for apps in (1, 2, 4):
        in_a_minute = pacing.AT_ONCE + 60_000 / pacing.interval_ms(15000, apps)
        assert in_a_minute * 5 <= 900


def test_containers_that_know_nothing_of_each_other_share_one_queue(account: Account) -> None:
    alone = waits(account, budgets(account, "1"), *[10] * 8)
    client("dynamodb").delete_item(TableName="spot-runner", Key={"PK": {"S": "BUDGET#1"}, "SK": {"S": "BUDGET"}})
    shared = [waits(account, budgets(account, "1"), 10)[0] for _ in range(8)]
    assert shared == alone


def test_a_place_is_taken_by_one_call_whether_the_queue_is_idle_or_busy(account: Account) -> None:
    known, calls = budgets(account, "1"), []
    with before("dynamodb.UpdateItem", lambda: calls.append("call"), times=10):
        waits(account, known, 10, 10, 10)
    assert len(calls) == 3


def test_several_apps_share_the_load_each_with_its_own_queue(account: Account) -> None:
    known = budgets(account, "1", "2")
    for _ in range(6):
        budget.reserve(known, 10, "1", account.world.now)
    assert row("1")["lastMs"] == row("2")["lastMs"]


def test_what_github_allows_is_learnt_from_its_answers_and_kept(account: Account) -> None:
    known = budgets(account, "1")
    budget.reserve(known, 1, "1", account.world.now)
    budget.learn(known, "1", 15000)
    assert row()["perHour"] == 15000
    another = budgets(account, "1")
    waits(account, another, 10)
    assert another.of("1").per_hour == 15000


def test_places_that_nobody_used_are_given_back(account: Account) -> None:
    known = budgets(account, "1")
    slot = budget.reserve(known, 10, "1", account.world.now)
    before_it = row()["lastMs"]
    budget.give_back(known, slot, 10)
    interval = pacing.interval_ms(5000, 1)
    assert row()["lastMs"] == before_it - 10 * interval


def test_a_closed_app_gives_no_place_away_before_it_opens(account: Account) -> None:
    known, now = budgets(account, "1"), account.world.now
    budget.close(known, "1", now + HOUR)
    assert budget.reserve(known, 1, "1", now).at >= now + HOUR


def test_a_closed_app_leaves_the_jobs_to_another(account: Account) -> None:
    known, now = budgets(account, "1", "2"), account.world.now
    budget.close(known, "1", now + HOUR)
    assert budget.reserve(known, 1, "1", now).app_id == "2"


def test_a_burst_is_started_piece_by_piece_each_job_once_and_no_place_is_taken_twice(yard: Yard) -> None:
    yard.change(maxRunners=100)
    batches = [[a_message(yard, id=10 * batch + number) for number in range(1, 11)] for batch in range(5)]
    for bodies in batches:
        assert yard.take(*bodies) == []
    assert len(yard.machines()) == 10
    waiting = yard.delayed()
    assert [len(message["jobs"]) for _, message in waiting] == [10, 10, 10, 10]
    last = row(str(yard.organization.app.id))["lastMs"]
    assert sorted(seconds for seconds, _ in waiting) == [seconds for seconds, _ in waiting]
    passed = 0
    for seconds, message in waiting:
        yard.account.clock.advance(seconds - passed)
        passed = seconds
        assert yard.take(yard.text(message)) == []
    assert len(yard.machines()) == len(yard.runners()) == 50
    assert row(str(yard.organization.app.id))["lastMs"] == last
    assert yard.delayed() == []


def test_a_place_beyond_a_quarter_of_an_hour_is_kept_from_message_to_message(yard: Yard) -> None:
    far = yard.account.clock.now() + timedelta(minutes=40)
    app = str(yard.organization.app.id)
    budget.reserve(yard.budgets, 1, app, far)
    assert yard.take(a_message(yard)) == []
    hops = 0
    while waiting := yard.delayed():
        ((seconds, message),) = waiting
        assert 0 < seconds <= 900
        hops += 1
        yard.account.clock.advance(seconds)
        assert yard.take(yard.text(message)) == []
    assert hops == 3
    assert len(yard.machines()) == 1
