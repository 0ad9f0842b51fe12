"""Killing a handler at any of its calls to AWS: right before each, and right after the last took effect.

A handler makes one call after the other. So the world right after a call is the world right before the next one, and
nothing that could go wrong is left out.
"""

import gc
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.httpsession import URLLib3Session

from tests.lambdas.account import client
from tests.lambdas.played_session import PlayedSession

SERVICES = ("dynamodb", "ssm", "imagebuilder", "ec2", "secretsmanager", "sqs")
# What botocore announces right before a request leaves, and right after its answer was read.
BEFORE = "before-send"
AFTER = "after-call"
ANSWER = "cloudformation.Answer"
GITHUB = "github.Request"


class KilledError(BaseException):
    """The process ends here; no handler may notice."""


@dataclass(kw_only=True)
class Calls:
    """The calls that a handler made, such as `ssm.PutParameter`."""

    made: list[str] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)


@contextmanager
def counted() -> Iterator[Calls]:
    """Count the calls to AWS and GitHub; raise if they were not made one after the other."""
    calls = Calls()
    with _listening(BEFORE, calls, lambda _: None):
        yield calls
    assert len(calls.threads) <= 1, "calls side by side: a handler must be killed after each call, too"


def moments(calls: Sequence[str]) -> list[tuple[str, int]]:
    """Return all moments at which a handler that makes these calls can be killed, as `killed_at` takes them."""
    return [*((BEFORE, number) for number in range(1, len(calls) + 1)), (AFTER, len(calls))]


@contextmanager
def killed_at(moment: str, number: int) -> Iterator[None]:
    """Kill whoever makes the call of that number, counted from 1, before or after it takes effect."""

    def kill(count: int) -> None:
        if count == number:
            raise KilledError

    with _listening(moment, Calls(), kill):
        try:
            yield
        except KilledError:
            return
    raise AssertionError(f"there was no call {number}")


def in_a_copy(act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Do something in a copy of this process, and return the JSON that it returned there: all of moto comes along.

    So a world is prepared once and then lived through many times, each time from the same moment.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _report(writer, act)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = json.loads(pipe.read())
    os.waitpid(child, 0)
    assert "failed" not in said, said["failed"]
    return dict(said)


def _report(writer: int, act: Callable[[], dict[str, Any]]) -> NoReturn:
    """Write to the pipe what happened, and end the process without any of pytest's own farewells."""
    said = {"failed": "the copy ended early"}
    sys.settrace(None)  # what is traced here would be lost with the copy
    gc.disable()
    try:
        said = act()
    except BaseException:  # noqa: BLE001 - whatever it was, the parent reports it
        said = {"failed": traceback.format_exc()}
    finally:
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(json.dumps(said).encode())
        os._exit(0)


@contextmanager
def _listening(moment: str, calls: Calls, then: Callable[[int], None]) -> Iterator[None]:
    def heard(event_name: str, **_: Any) -> None:
        calls.made.append(".".join(event_name.split(".")[1:]))
        calls.threads.add(threading.get_ident())
        then(len(calls.made))

    for service in SERVICES:
        client(service).meta.events.register_first(moment, heard)
    try:
        with _answer_heard(moment, heard):
            yield
    finally:
        for service in SERVICES:
            client(service).meta.events.unregister(moment, heard)


@contextmanager
def _answer_heard(moment: str, heard: Callable[[str], None]) -> Iterator[None]:
    """Hear of what no client of AWS sends, too: the PUT that answers CloudFormation, and requests to GitHub."""
    with pytest.MonkeyPatch.context() as patch:
        for session, name in ((URLLib3Session, ANSWER), (PlayedSession, GITHUB)):
            patch.setattr(session, "send", _telling(session.send, f"{moment}.{name}", moment, heard))
        yield


def _telling(send: Any, name: str, moment: str, heard: Callable[[str], None]) -> Any:
    def tell(session: Any, request: AWSPreparedRequest) -> Any:
        if moment == BEFORE:
            heard(name)
        answer = send(session, request)
        if moment == AFTER:
            heard(name)
        return answer

    return tell
