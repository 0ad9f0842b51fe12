"""What the embedded AWS does behind its callers' backs, counted, so that one can wait until nothing is in flight."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

logger = logging.getLogger(__name__)

THREADS = 64


class Work:
    """Tasks on threads."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="embedded-aws")
        self._changed = threading.Condition()
        self._in_flight = 0
        self._begun = 0
        self._closed = threading.Event()

    def submit(self, task: Callable[[], None]) -> None:
        """Run `task` on a thread; what it raises is logged."""
        self._begin()
        try:
            self._pool.submit(self._run, task)
        except RuntimeError:  # closed meanwhile: the task never runs
            self._end()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the caller's own work as in flight."""
        self._begin()
        try:
            yield
        finally:
            self._end()

    def pause(self, seconds: float) -> None:
        """Wait between two tries of a task, or less when all ends."""
        self._closed.wait(seconds)

    def settle(self, timeout: float, *probes: Callable[[], str | None]) -> None:
        """Return when nothing is in flight and no probe names something; raise TimeoutError after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while (waiting := self._waiting(deadline, probes)) is not None:
            if time.monotonic() >= deadline:
                raise TimeoutError(f"not settled after {timeout:g} s: {waiting}")
            self._closed.wait(0.005)

    def close(self) -> None:
        """Take no more tasks and drop those that have not begun."""
        self._closed.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def join(self) -> None:
        """Wait for the tasks that run."""
        self._pool.shutdown(wait=True)

    def _waiting(self, deadline: float, probes: tuple[Callable[[], str | None], ...]) -> str | None:
        with self._changed:
            self._changed.wait_for(lambda: self._in_flight == 0, deadline - time.monotonic())
            begun, in_flight = self._begun, self._in_flight
        found = [waiting for probe in probes if (waiting := probe())]
        if in_flight or self._begun != begun:
            found.append(f"{in_flight} tasks in flight")
        return "; ".join(found) or None

    def _begin(self) -> None:
        with self._changed:
            self._in_flight += 1
            self._begun += 1

    def _end(self) -> None:
        with self._changed:
            self._in_flight -= 1
            self._changed.notify_all()

    def _run(self, task: Callable[[], None]) -> None:
        try:
            task()
        except Exception:
            if not self._closed.is_set():
                logger.exception("a task of the embedded AWS failed")
        finally:
            self._end()
