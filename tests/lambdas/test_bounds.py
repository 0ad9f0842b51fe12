"""One stalled call of AWS may not use up a function's whole time: what must be done afterwards still is."""

from collections.abc import Callable
from typing import Any

import pytest

from generator.stacks.functions import AMI_UPDATE, PRESET_SYNC, RECONCILE, STATUS, WEBHOOK, Function
from lambdas import ami_update, preset_sync, reconcile, status, webhook
from lambdas.adapters import answers, clients
from lambdas.adapters.clients import Bounds
from lambdas.core import rounds
from lambdas.reconcile import IncompleteRoundError
from tests.lambdas.account import Account, client
from tests.lambdas.interruptions import before, refusal
from tests.lambdas.makers import preset_json
from tests.lambdas.test_doors import Context

SPARE_SECONDS = 2.0  # for all that AWS answers at once
ANSWER_SECONDS = float(answers.ATTEMPTS * 2 * answers.SECONDS)
BOUNDS: dict[Function, Bounds] = {
    AMI_UPDATE: ami_update.BOUNDS,
    PRESET_SYNC: preset_sync.BOUNDS,
    RECONCILE: reconcile.BOUNDS,
    STATUS: status.BOUNDS,
    WEBHOOK: webhook.BOUNDS,
}


def stalled_seconds(made: Any) -> float:
    """Return how long a call takes that AWS never answers, by the configuration that the client itself has."""
    config = made.meta.config
    attempts = config.retries["total_max_attempts"]
    pauses = sum(2.0**retry for retry in range(attempts - 1))  # botocore's longest, without its jitter
    return float(attempts * (config.connect_timeout + config.read_timeout) + pauses)


@pytest.fixture
def stalled(account: Account, monkeypatch: pytest.MonkeyPatch) -> Callable[[Function], float]:
    """Return how long a function waits in the worst of its clients."""
    monkeypatch.setenv("TABLE", "spot-runner")
    monkeypatch.setenv("DEPLOYMENT", account.world.site.names.deployment)
    monkeypatch.setenv("JOBS_QUEUE_URL", account.queue.url)

    def worst(function: Function) -> float:
        world = clients.world(Context(), BOUNDS[function])
        others = (clients.secretsmanager(BOUNDS[function]), clients.sqs(BOUNDS[function]))
        return max(map(stalled_seconds, (world.table.client, world.ssm, world.imagebuilder, world.ec2, *others)))

    return worst


def test_a_stalled_table_leaves_the_status_time_to_say_so(stalled: Callable[[Function], float]) -> None:
    assert stalled(STATUS) + SPARE_SECONDS <= STATUS.timeout_seconds


def test_a_stalled_call_leaves_the_webhook_time_to_ask_for_another_delivery(
    stalled: Callable[[Function], float],
) -> None:
    assert stalled(WEBHOOK) + SPARE_SECONDS <= WEBHOOK.timeout_seconds


def test_two_stalled_calls_and_pacing_leave_preset_sync_time_to_answer(stalled: Callable[[Function], float]) -> None:
    """A build that cannot be cancelled is looked at once more; the answer itself may be slow, too."""
    busy = 2 * stalled(PRESET_SYNC) + preset_sync.BOUNDS.patience_seconds
    assert busy + ANSWER_SECONDS + SPARE_SECONDS <= PRESET_SYNC.timeout_seconds


def test_a_stalled_call_leaves_ami_update_time_to_name_the_message(stalled: Callable[[Function], float]) -> None:
    busy = stalled(AMI_UPDATE) + ami_update.BOUNDS.patience_seconds
    assert busy + SPARE_SECONDS <= AMI_UPDATE.timeout_seconds


def test_a_stalled_call_leaves_reconcile_time_to_end_its_round(stalled: Callable[[Function], float]) -> None:
    call, patience = stalled(RECONCILE), reconcile.BOUNDS.patience_seconds
    assert call + patience + call <= rounds.WORK_SECONDS, "what began last stalls, and the end of the round is slow"
    assert rounds.WORK_SECONDS + call + patience <= rounds.POLL_SECONDS, "a poll that stalls leaves time to repair"
    assert 2 * call + rounds.POLL_SECONDS <= RECONCILE.timeout_seconds, "the round's beginning may be slow, too"


def test_a_stalled_call_for_jobs_and_machines_leaves_polls_their_time(stalled: Callable[[Function], float]) -> None:
    call = max(stalled(RECONCILE), 2.0 * reconcile.GITHUB_SECONDS)
    assert rounds.POLL_SECONDS + call <= rounds.RUNNER_SECONDS, "what they begin last stalls"
    assert rounds.RUNNER_SECONDS + call <= RECONCILE.timeout_seconds, "the round's beginning may be slow"


def two_presets(account: Account) -> None:
    for name in ("a", "z"):
        account.deploy(Preset=preset_json(name=name), StackId=name)
    account.build_to_the_end()


def clock_of(left: dict[str, float]) -> Callable[[], float]:
    return lambda: left["seconds"]


def test_a_round_whose_time_is_over_keeps_who_was_not_polled_and_they_come_first(account: Account) -> None:
    two_presets(account)
    left = {"seconds": 55.0}

    def stall() -> None:
        left["seconds"] -= 40
        refusal("RequestTimeout")()

    with (
        before("imagebuilder.GetImage", stall),
        pytest.raises(IncompleteRoundError, match=r"^could not reconcile a$"),
    ):
        account.reconcile(clock_of(left))
    assert account.item("RECONCILE", "ROUND")["unpolled"] == ["z"]
    assert account.item("AMI#z")["amiId"] is None
    account.clock.advance(60)
    account.reconcile()
    assert account.item("AMI#z")["amiId"]


def test_a_poll_that_stalls_in_every_round_puts_no_repair_off(account: Account) -> None:
    two_presets(account)
    client("ssm").delete_parameter(Name="/spot-runner/configs/z")
    left = {"seconds": 37.0}

    def stall() -> None:
        left["seconds"] -= 12
        refusal("RequestTimeout")()

    with before("imagebuilder.GetImage", stall), pytest.raises(IncompleteRoundError):
        account.reconcile(clock_of(left))
    assert set(account.parameters()) == {"a", "z"}
    assert account.item("RECONCILE", "ROUND")["repairedAt"]


def test_a_round_without_time_for_anything_does_nothing_and_leaves_it_all_to_the_next(account: Account) -> None:
    two_presets(account)
    client("ssm").delete_parameter(Name="/spot-runner/configs/z")
    account.reconcile(lambda: rounds.WORK_SECONDS - 1)
    ended = account.item("RECONCILE", "ROUND")
    assert (ended["unpolled"], ended["uninspected"], ended["repairedAt"]) == (["a", "z"], ["a", "z"], None)
    account.clock.advance(60)
    account.reconcile()
    assert account.parameters()["z"]["amiId"]
    assert account.item("RECONCILE", "ROUND")["uninspected"] == []
