"""Works on several stacks at once, a few at a time; Ctrl-C lets CloudFormation finish and says what is open."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from generator.deployment.stack_client import Pace

AT_ONCE = 4
T = TypeVar("T")
R = TypeVar("R")


def in_parallel(pace: Pace, work: Callable[[T], R], items: Iterable[T]) -> tuple[R, ...]:
    """Return the result of `work` for every item, in their order.

    On Ctrl-C every wait ends (`pace.stop`), so that each item still gives its result, which says that it was cut off.
    When the process is told to end, the waits end too, and it goes.
    """
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="stack") as pool:
        futures = [pool.submit(work, item) for item in items]
        try:
            for future in futures:
                future.result()
        except KeyboardInterrupt:
            pace.stop.set()
        except SystemExit:  # SIGTERM and SIGHUP, see `generator.cli`
            pace.stop.set()
            raise
        return tuple(future.result() for future in futures)
