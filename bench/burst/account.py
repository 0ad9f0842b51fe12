"""An account in which one preset is deployed, before anything happened in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bench.burst import deployment
from bench.burst.clock import Clock
from bench.doubles.dynamodb import Store
from bench.doubles.ec2 import Ground
from bench.doubles.github import GitHub
from bench.doubles.sqs import Queue
from embedded.github.clock import Clock as GitHubClock
from generator.stacks.functions import LAUNCH
from generator.stacks.queues import MOST_RECEIVES, TIMEOUTS_IN_VISIBILITY


@dataclass(frozen=True, kw_only=True)
class Account:
    """All that is outside of the functions; `apps` are the ids of the Apps that share the load."""

    store: Store
    queue: Queue
    ground: Ground
    github: GitHub
    apps: tuple[str, ...]
    now: Callable[[], datetime]


def account(clock: Clock, apps: Sequence[str], requests_per_hour: int) -> Account:
    """Return an account whose time is a clock's; each installation of an App may make so many requests."""
    visibility_seconds = TIMEOUTS_IN_VISIBILITY * LAUNCH.timeout_seconds
    return Account(
        store=deployment.store(),
        queue=Queue(now=lambda: clock.seconds, visibility_seconds=visibility_seconds, most_receives=MOST_RECEIVES),
        ground=Ground(now=lambda: clock.seconds),
        github=GitHub(clock=GitHubClock(clock.now), requests_per_hour=requests_per_hour),
        apps=tuple(apps),
        now=clock.now,
    )
