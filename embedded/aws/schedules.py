"""EventBridge's scheduled rules, on the clock.

They run on the clock's jumps, not as its appointments: a schedule that fell due many times within one jump fires once,
at its last due time, so that a jump of a month does not run a minutely function forty thousand times.
"""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from embedded.aws.clock import Clock
from embedded.aws.cron import last_run
from embedded.aws.patches import Patches

TICK_SECONDS = 0.25


class Schedules:
    """Fires the enabled rules that have a schedule; a rate counts from when the rule was made or enabled."""

    def __init__(self, rules: Callable[[], list[Any]], fire: Callable[[Any, datetime], None], clock: Clock) -> None:
        self._rules, self._fire, self._clock = rules, fire, clock
        self._since: dict[tuple[str, str], datetime] = {}  # by rule and expression: until when it is done
        self._lock, self._stopped = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedules", daemon=True)

    def install(self, patches: Patches) -> None:
        """Watch the clock until the patches end."""
        self._clock.on_jump.append(self._jumped)
        self._thread.start()
        patches.callback(self._stop)

    def _stop(self) -> None:
        self._stopped.set()
        self._thread.join()
        self._clock.on_jump.remove(self._jumped)

    def tick(self, now: datetime) -> None:
        """Take note of the rules as they are, and fire those that fell due by `now`."""
        with self._lock:
            rules = {
                (rule.arn, rule.scheduled_expression): rule
                for rule in self._rules()
                if rule.state == "ENABLED" and rule.scheduled_expression
            }
            self._since = {key: self._since.get(key, now) for key in rules}
            due = {key: last_run(key[1], self._since[key], now) for key in rules}
            self._since |= {key: when for key, when in due.items() if when}
        for key, when in due.items():
            if when:
                self._fire(rules[key], when)

    def _jumped(self, _offset_seconds: float) -> None:
        self.tick(self._clock.now())

    def _run(self) -> None:
        while not self._stopped.wait(TICK_SECONDS):
            self.tick(self._clock.now())
