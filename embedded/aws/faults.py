"""Faults on request: errors, delays, lost replies and killed functions, before or after a call has its effect."""

import re
import threading
from dataclasses import field
from typing import Literal

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid", strict=True))
class Fault:
    """What goes wrong, and with which calls.

    `match` is a regular expression for the whole of `service.Operation` (deliveries of EventBridge are
    `events.Deliver`), `role` one for the calling role's name ('' is the administrator's). The first `skip` matches go
    well, then `times` (None: all) fail.
    """

    match: re.Pattern[str]
    effect: Literal["error", "drop", "kill", "delay"] = "error"
    when: Literal["before", "after"] = "before"
    role: re.Pattern[str] = field(default_factory=lambda: re.compile(".*"))
    code: str = "InternalFailure"
    status: int = 500
    message: str = "injected"
    delay_seconds: float = 0.0
    skip: int = 0
    times: int | None = None


class Faults:
    """The faults in force, and a log of those that struck: (call, effect, when)."""

    def __init__(self) -> None:
        self.struck: list[tuple[str, str, str]] = []
        self._met: dict[int, int] = {}  # how often each fault was met, by its place
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Put a fault in force."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Lift all faults and forget those that struck."""
        with self._lock:
            self._faults.clear()
            self._met.clear()
            self.struck.clear()

    def strike(self, call: str, role: str) -> Fault | None:
        """Return the fault that this call meets, and use it up."""
        with self._lock:
            for place, fault in enumerate(self._faults):
                last = float("inf") if fault.times is None else fault.skip + fault.times
                met = self._met.get(place, 0)
                if met < last and fault.match.fullmatch(call) and fault.role.fullmatch(role):
                    self._met[place] = met + 1
                    if met >= fault.skip:
                        self.struck.append((call, fault.effect, fault.when))
                        return fault
        return None
