"""launch, killed at any call and told again in other batches: every job gets one machine, and no more."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from embedded.github.failures import Failure
from tests.github_app import ORGANIZATION
from tests.lambdas.crashes import counted, in_a_copy, killed_at, moments
from tests.lambdas.yard import Yard, a_message

LEASE_SECONDS = 75  # until nobody can still be at it
ROUNDS = 8
GENERATE = f"POST /orgs/{ORGANIZATION}/actions/runners/generate-jitconfig"
LABELS = (["spotrunner/linux-x64"], ["self-hosted", "spotrunner/linux-x64"], ["spotrunner/linux-x64"])


def all_runs_out(yard: Yard) -> None:
    """Let one machine be had for spot, one on demand, and none for the third job."""
    yard.fleets.capacity.left["spot", "*", "*"] = 1
    yard.fleets.capacity.left["on-demand", "*", "*"] = 1


def github_refuses_once(yard: Yard) -> None:
    yard.organization.played.failures.add(Failure(match=GENERATE, status=403, message="Not now.", skip=1))


def github_wants_a_pause(yard: Yard) -> None:
    yard.organization.played.failures.add(Failure(match=GENERATE, status=429, skip=1, headers={"Retry-After": "20"}))


def there_is_room_for_two(yard: Yard) -> None:
    yard.max_runners = 2


SCENES: dict[str, tuple[Callable[[Yard], None], int]] = {
    "all runs out": (all_runs_out, 15),
    "GitHub refuses once": (github_refuses_once, 12),
    "GitHub wants a pause": (github_wants_a_pause, 12),
    "there is room for two": (there_is_room_for_two, 12),
}


def bodies(yard: Yard) -> list[str]:
    return [a_message(yard, id=number, labels=labels) for number, labels in enumerate(LABELS, start=1)]


def tell_until_it_is_done(yard: Yard) -> None:
    """Deliver what comes again one by one, the last first, in another container; then all that was sent meanwhile."""
    yard.forget_received()
    yard.another_container()
    left = [*reversed(bodies(yard))]
    for _ in range(ROUNDS):
        yard.account.clock.advance(LEASE_SECONDS)
        left = [body for body in left if yard.take(body)]
        if not left:
            break
    assert left == [], "messages fail for ever"
    yard.max_runners = 200
    yard.fleets.capacity.left.clear()
    for _ in range(ROUNDS):
        waiting = yard.delayed()
        yard.account.clock.advance(max((seconds for seconds, _ in waiting), default=0))
        left = [yard.text(message) for _, message in waiting if yard.take(yard.text(message))]
        yard.account.clock.advance(LEASE_SECONDS if left else 0)
        assert not [body for body in left if yard.take(body)], "messages fail for ever"
    assert yard.delayed() == [], "messages are sent for ever"


def seen(yard: Yard) -> dict[str, Any]:
    """Return what is left: machines with what belongs to them, and what is counted."""
    rows = yard.account.items()
    runner_rows = [row for row in rows if row["SK"] == "RUNNER" and row.get("kind")]
    ids = {machine["InstanceId"] for machine in yard.machines()}
    live = {row["instanceId"] for row in runner_rows}
    ready = {str(row["PK"]).rpartition("/")[2] for row in rows if row["SK"] == "JIT"}
    assert ids == live == ready, "every machine that lives has its row, and its configuration"
    assert ids == set(yard.runners()), "and its runner; no ghost is left"
    runners = Counter(" ".join(labels) for labels in yard.runners().values())
    launches = Counter(row["launchId"] for row in runner_rows)
    wanted = {row["launchId"]: len(row["jobs"]) for row in rows if row["SK"] == "LAUNCH"}
    assert all(count <= wanted[launch] for launch, count in launches.items()), "one fleet for a launch"
    assert all("configuredAt" in row for row in rows if row["SK"] == "JOB")
    return {"runners": dict(runners), "room": yard.room()}


def killed_and_told_again(yard: Yard, moment: str, number: int) -> dict[str, Any]:
    with killed_at(moment, number):
        yard.take(*bodies(yard))
    tell_until_it_is_done(yard)
    return seen(yard)


@pytest.mark.parametrize("scene", SCENES)
def test_launch_killed_at_any_call_and_told_again_starts_one_machine_for_each_job(yard: Yard, scene: str) -> None:
    prepare, fewest = SCENES[scene]
    prepare(yard)

    def undisturbed() -> dict[str, Any]:
        with counted() as calls:
            yard.take(*bodies(yard))
        tell_until_it_is_done(yard)
        return {"calls": calls.made, **seen(yard)}

    expected = in_a_copy(undisturbed)
    calls = expected.pop("calls")
    assert len(calls) >= fewest
    assert sum(expected["runners"].values()) == expected["room"]["total"] == len(LABELS)
    for moment, number in moments(calls):
        ended = in_a_copy(partial(killed_and_told_again, yard, moment, number))
        assert ended == expected, f"killed {moment} {calls[number - 1]}"
