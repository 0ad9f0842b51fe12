"""Failures on request: errors, lost answers and slowness, before or after a request has its effect."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

EFFECTS = ("error", "lost", "slow", "twice")


@dataclass(frozen=True, kw_only=True)
class Failure:
    """What goes wrong, and with which requests.

    `match` is a regular expression for the whole of `METHOD /path`, the path below the API's address. The first `skip`
    matches go well, then `times` fail: with an answer of `status`, `message` and `headers` (`error`), with no answer
    at all (`lost`), late by `seconds` (`slow`), or answered once before (`twice`), as where a proxy repeats it.
    """

    match: str
    effect: str = "error"
    when: str = "before"
    status: int = 502
    message: str = "Server Error"
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    skip: int = 0
    times: int = 1

    def __post_init__(self) -> None:
        if self.effect not in EFFECTS or self.when not in ("before", "after"):
            raise ValueError(f"effect is '{self.effect}', when is '{self.when}': expected {EFFECTS}, before or after")


class Failures:
    """The failures in force; each request meets the first that matches it."""

    def __init__(self) -> None:
        self._met: list[tuple[Failure, list[str]]] = []  # a failure, and the requests that matched it
        self._lock = threading.Lock()

    def add(self, failure: Failure) -> None:
        """Put a failure in force."""
        with self._lock:
            self._met.append((failure, []))

    def strike(self, method: str, path: str) -> Failure | None:
        """Return the failure that this request meets, and use it up."""
        with self._lock:
            for failure, met in self._met:
                if len(met) < failure.skip + failure.times and re.fullmatch(failure.match, f"{method} {path}"):
                    met.append(path)
                    if len(met) > failure.skip:
                        return failure
        return None
