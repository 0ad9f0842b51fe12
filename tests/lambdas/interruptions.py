"""What others do between two calls of a function, and what AWS refuses; without touching the function itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from tests.lambdas.account import client


@contextmanager
def before(call: str, act: Callable[[], object], times: int = 1) -> Iterator[None]:
    """Do something right before each of the next calls, such as `ssm.PutParameter`, leaves."""
    events, event = client(call.partition(".")[0]).meta.events, f"before-send.{call}"
    left = [act] * times

    def interrupt(**_: object) -> None:
        if left:
            left.pop()()

    events.register_first(event, interrupt)
    try:
        yield
    finally:
        events.unregister(event, interrupt)


@contextmanager
def answer_lost(call: str) -> Iterator[None]:
    """Lose the answer to the next call, such as `dynamodb.UpdateItem`: it took effect, and botocore sends it again."""
    service, _, operation = call.partition(".")
    events, event = client(service).meta.events, f"needs-retry.{service}.{operation}"
    lost: list[str] = []

    def send_again(**_: object) -> float | None:
        lost.append(call)
        return 0.0 if len(lost) == 1 else None  # seconds to wait, or no more to do

    events.register_first(event, send_again)
    try:
        yield
    finally:
        events.unregister(event, send_again)
    assert len(lost) > 1, f"nothing called {call}"


def refusal(code: str, message: str = "Refused.") -> Callable[[], object]:
    """Return what refuses a call as AWS would, with an error code."""

    def refuse() -> None:
        raise ClientError({"Error": {"Code": code, "Message": message}}, "Call")

    return refuse
