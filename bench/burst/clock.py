"""A clock that jumps from event to event; threads that wait on it run one at a time, in an order that never changes."""

import heapq
import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime


class StoppedError(BaseException):
    """The simulation is over: whoever waits on its clock ends."""


@dataclass(kw_only=True)
class Clock:
    """Seconds since the epoch, and what happens when."""

    seconds: float
    _due: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _turn: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _threads: list[threading.Thread] = field(default_factory=list)
    _failed: list[BaseException] = field(default_factory=list)
    _is_over: bool = False

    def now(self) -> datetime:
        """Return the time."""
        return datetime.fromtimestamp(self.seconds, UTC)

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Let something happen after a while."""
        heapq.heappush(self._due, (self.seconds + seconds, next(self._numbers), act))

    def pause(self, seconds: float) -> None:
        """Let time pass for the thread that calls."""
        mine = threading.Semaphore(0)
        self.after(seconds, lambda: self._hand_over(mine))
        self._turn.release()
        mine.acquire()
        if self._is_over:
            raise StoppedError

    def start(self, act: Callable[[], None]) -> None:
        """Let a thread act from now on that pauses on this clock alone."""
        mine = threading.Semaphore(0)

        def run() -> None:
            mine.acquire()
            try:
                act()
            except StoppedError:
                return
            except BaseException as error:  # noqa: BLE001 - raised again where the clock runs
                self._failed.append(error)
            finally:
                self._turn.release()

        thread = threading.Thread(target=run, daemon=True)
        self._threads.append(thread)
        thread.start()
        self.after(0, lambda: self._hand_over(mine))

    def run(self, is_over: Callable[[], bool], until_seconds: float) -> None:
        """Let everything happen until it is over, or until a time; what a thread raised is raised here."""
        try:
            while self._due and not self._failed and not is_over() and self.seconds < until_seconds:
                self._next()
        finally:
            self._is_over = True
            while self._due:
                self._next()
            for thread in self._threads:
                thread.join()
        if self._failed:
            raise self._failed[0]

    def _next(self) -> None:
        self.seconds, _, act = heapq.heappop(self._due)
        act()

    def _hand_over(self, to: threading.Semaphore) -> None:
        """Let a thread run until it pauses or ends."""
        to.release()
        self._turn.acquire()
