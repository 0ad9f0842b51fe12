"""Faults on request: errors, delays, lost replies and killed functions, before or after a call has its effect."""

import random
import re
import threading
from dataclasses import dataclass
from typing import Any

EFFECTS = ("error", "drop", "kill", "delay")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong, and with which calls.

    `match` is a regular expression for the whole of `service.Operation` (deliveries of EventBridge are
    `events.Deliver`), `role` one for the calling role's name ('' is the administrator's). The first `skip` matches go
    well, then `times` (None: all) fail, each with `probability`, by a generator of its own, so that a seed repeats.
    """

    match: str
    effect: str = "error"
    when: str = "before"
    role: str = ".*"
    code: str = "InternalFailure"
    status: int = 500
    message: str = "injected"
    delay_seconds: float = 0.0
    skip: int = 0
    times: int | None = None
    probability: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.effect not in EFFECTS or self.when not in ("before", "after"):
            raise ValueError(f"effect is '{self.effect}', when is '{self.when}': expected {EFFECTS}, before or after")
        try:
            re.compile(self.match + self.role)
        except re.error as error:
            raise ValueError(f"match or role is no regular expression: {error}") from error


class Faults:
    """The faults in force, and a log of those that struck: (call, effect, when)."""

    def __init__(self) -> None:
        self.struck: list[tuple[str, str, str]] = []
        self._rules: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Put a fault in force."""
        rule = {"fault": fault, "skip": fault.skip, "left": fault.times, "random": random.Random(fault.seed)}  # noqa: S311 - repeatable on purpose
        with self._lock:
            self._rules.append(rule)

    def clear(self) -> None:
        """Lift all faults and forget those that struck."""
        with self._lock:
            self._rules.clear()
            self.struck.clear()

    def strike(self, call: str, role: str) -> Fault | None:
        """Return the fault that this call meets, and use it up."""
        with self._lock:
            for rule in self._rules:
                fault: Fault = rule["fault"]
                if rule["left"] == 0 or not re.fullmatch(fault.match, call) or not re.fullmatch(fault.role, role):
                    continue
                if rule["skip"]:
                    rule["skip"] -= 1
                elif rule["random"].random() < fault.probability:
                    rule["left"] = None if rule["left"] is None else rule["left"] - 1
                    self.struck.append((call, fault.effect, fault.when))
                    return fault
        return None
