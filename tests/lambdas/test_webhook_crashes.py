"""The webhook, killed at every call that it makes: GitHub hears nothing, delivers again, and nothing is lost by it."""

from functools import partial
from typing import Any

import pytest

from lambdas.webhook import Desk
from tests.lambdas.account import Account
from tests.lambdas.crashes import counted, in_a_copy, killed_at, moments
from tests.lambdas.deliveries import a_payload, a_request
from tests.lambdas.webhook_desk import answered, queued

JOB = {
    "a job that is admitted": (a_request(a_payload()), 4),
    "a job that is refused": (a_request(a_payload(labels=["spotrunner/gpu"])), 4),
    "a job that has ended": (a_request(a_payload(action="completed", conclusion="success")), 3),
}


def seen(webhook: Desk, account: Account) -> dict[str, Any]:
    """Return what is left: of messages that say the same, one; `launch` takes a job once."""
    messages = queued(webhook)
    assert all(message == messages[0] for message in messages)
    return {"messages": messages[:1], "rows": account.items()}


def killed_and_delivered_again(
    webhook: Desk, account: Account, request: dict[str, Any], moment: str, number: int
) -> dict[str, Any]:
    with killed_at(moment, number):
        answered(webhook, request)
    answered(webhook, request)
    return seen(webhook, account)


@pytest.mark.parametrize("name", JOB)
def test_a_delivery_killed_at_any_call_and_delivered_again_ends_in_the_same_state(
    webhook: Desk, account: Account, name: str
) -> None:
    request, fewest = JOB[name]

    def undisturbed() -> dict[str, Any]:
        with counted() as calls:
            answered(webhook, request)
        return {"calls": calls.made, **seen(webhook, account)}

    expected = in_a_copy(undisturbed)
    calls = expected.pop("calls")
    assert len(calls) >= fewest
    assert expected["messages"] or len(expected["rows"]) > len(account.items())
    for moment, number in moments(calls):
        act = partial(killed_and_delivered_again, webhook, account, request, moment, number)
        assert in_a_copy(act) == expected, f"killed {moment} {calls[number - 1]}"
