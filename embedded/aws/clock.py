"""The time that everything in the embedded AWS agrees on: it ticks like the real one and can be moved forward."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

logger = logging.getLogger(__name__)


class Clock:
    """Virtual time: real time plus an offset that only grows.

    Actions given to `call_at` run on one thread, in the order of their times. `advance` jumps: whatever falls due on
    the way runs at its own virtual time, and `on_jump` hears of every jump with the offset in seconds.
    """

    def __init__(self, start: datetime | None = None) -> None:
        """Start at `start` (aware), or now."""
        self._offset = (start.timestamp() - time.time()) if start else 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._changed = threading.Condition(threading.RLock())
        self._running = threading.RLock()
        self._stopped = False
        self.on_jump: list[Callable[[float], None]] = []
        self.between: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)
        self._thread.start()

    @property
    def offset_seconds(self) -> float:
        """Return how far this clock is ahead of the real one."""
        return self._offset

    def timestamp(self) -> float:
        """Return the virtual time in seconds since the epoch."""
        return time.time() + self._offset

    def now(self) -> datetime:
        """Return the virtual time, aware, in UTC."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def call_at(self, when: datetime, action: Callable[[], None]) -> None:
        """Run `action` once, when `when` has come."""
        with self._changed:
            heapq.heappush(self._due, (when.timestamp(), next(self._order), action))
            self._changed.notify_all()

    def call_in(self, seconds: float, action: Callable[[], None]) -> None:
        """Run `action` once, `seconds` from now."""
        self.call_at(self.now() + timedelta(seconds=seconds), action)

    def advance(self, seconds: float) -> None:
        """Jump forward; what falls due runs at its time, and `between` is called after each such moment."""
        with self._running:
            target = self.timestamp() + seconds
            while (due := self._pop(target)) is not None:
                when, action = due
                self._jump(when - self.timestamp())
                _run_safely(action)
                self.between()
            self._jump(target - self.timestamp())
        with self._changed:
            self._changed.notify_all()

    def stop(self) -> None:
        """End the clock's thread; what is still due never runs."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join(timeout=5)

    def _jump(self, seconds: float) -> None:
        if seconds <= 0:
            return
        self._offset += seconds
        for listener in self.on_jump:
            listener(self._offset)

    def _pop(self, until: float) -> tuple[float, Callable[[], None]] | None:
        with self._changed:
            if not self._due or self._due[0][0] > until:
                return None
            when, _, action = heapq.heappop(self._due)
            return when, action

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._stopped:
                    return
                wait = self._due[0][0] - self.timestamp() if self._due else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
            with self._running:
                due = self._pop(self.timestamp())
                if due is not None:
                    _run_safely(due[1])


def _run_safely(action: Callable[[], None]) -> None:
    try:
        action()
    except Exception:
        logger.exception("an action of the clock failed")
