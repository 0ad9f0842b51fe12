"""Calls the deployed `/status`: a few tries, each bounded in time and size; what does not answer well is a value."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Literal
from urllib.parse import SplitResult, urlsplit

import requests
from urllib3.exceptions import HTTPError

from generator.errors import SpotRunnerError, UsageError
from generator.reporting.answer import Answer, MalformedAnswerError, parse

LARGEST_BYTES = 1_000_000
CHUNK_BYTES = 65_536
HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "spot-runner"}


class UnreachableError(SpotRunnerError):
    """`/status` gave no whole answer."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How often to ask (once more than there are pauses) and how long one try may take; `wait` takes seconds."""

    pauses_seconds: tuple[float, ...] = (5.0, 15.0)
    deadline_seconds: float = 20.0
    wait: Callable[[float], object] = time.sleep


@dataclass(frozen=True, kw_only=True)
class NoAnswer:
    """Why every try failed: the last try's cause and its reason in one line."""

    cause: Literal["unreachable", "malformed"]
    reason: str


def ask(url: str, patience: Patience, read: Callable[[bytes], Answer] = parse) -> Answer | NoAnswer:
    """Return the first good answer; `read` raises MalformedAnswerError for one that is not."""
    for pause in (*patience.pauses_seconds, None):
        try:
            return read(fetch(url, patience.deadline_seconds))
        except UnreachableError as error:
            failed = NoAnswer(cause="unreachable", reason=str(error))
        except MalformedAnswerError as error:
            failed = NoAnswer(cause="malformed", reason=str(error))
        if pause is not None:
            patience.wait(pause)
    return failed


def status_url(written: str) -> str:
    """Return the address of `/status` for itself or for its API; UsageError unless https, or http on loopback."""
    try:
        address = urlsplit(written)
        sound = _is_safe(address) and written.isprintable() and not set(written) & set(" <>\"'`\\")
    except ValueError:
        sound = False
    if not sound:
        raise UsageError(
            f"the status URL is {written[:200]!r}, expected https://HOST/status (http on a loopback address only)"
        )
    return address._replace(path=address.path.rstrip("/") or "/status", query="", fragment="").geturl()


def fetch(url: str, deadline_seconds: float) -> bytes:
    """Return the body of a 200; raise UnreachableError for any other end, and when the whole took too long.

    The request runs in a thread of its own: time-outs of sockets are per packet, and names are looked up without any.
    """
    ended: SimpleQueue[bytes | UnreachableError] = SimpleQueue()
    Thread(target=lambda: ended.put(_outcome(url, deadline_seconds)), daemon=True).start()
    try:
        outcome = ended.get(timeout=deadline_seconds)
    except Empty:
        raise UnreachableError(f"no whole answer within {deadline_seconds:g} seconds") from None
    if isinstance(outcome, UnreachableError):
        raise outcome
    return outcome


def _outcome(url: str, timeout_seconds: float) -> bytes | UnreachableError:
    try:
        with requests.get(
            url, headers=HEADERS, timeout=timeout_seconds, allow_redirects=False, stream=True
        ) as response:
            return _body(response)
    except UnreachableError as error:
        return error
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        return UnreachableError(f"no whole answer: {type(error).__name__}")


def _body(response: requests.Response) -> bytes:
    if response.is_redirect:
        raise UnreachableError(f"the answer is a redirect ({response.status_code}), expected 200 from the API itself")
    if response.status_code != HTTPStatus.OK:
        raise UnreachableError(f"the answer is {response.status_code}, expected 200")
    body = b""
    for chunk in response.iter_content(CHUNK_BYTES):
        body += chunk
        if len(body) > LARGEST_BYTES:
            raise UnreachableError(f"the answer is larger than {LARGEST_BYTES:,} bytes")
    return body


def _is_safe(address: SplitResult) -> bool:
    host = address.hostname or ""
    if not host or "@" in address.netloc or (address.port or 1) < 1:
        return False
    return address.scheme == "https" or (address.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
