"""One burst from its first job to its last, and the figures of it."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bench.burst import limits
from bench.burst.account import Account, account
from bench.burst.clock import Clock
from bench.burst.container import Container
from bench.burst.hub import Hub, Times
from bench.doubles.caller import Caller
from bench.figures import Figure
from generator.stacks.functions import BATCH, LAUNCH
from lambdas.adapters.capacity import CAPACITY
from lambdas.launch import HANDS

NOON = 1_795_435_200.0
LONGEST_POLL_SECONDS = 1
SLOWER = 1.1  # than the slowest limit, at most
IDLE_MINUTES = 1
GIVEN_UP_SECONDS = 12 * 3600.0


@dataclass(frozen=True, kw_only=True)
class Burst:
    """What is simulated: so many jobs of one preset at once, and who serves them."""

    jobs: int
    apps: int = 1
    requests_per_hour: int = 5_000
    boot_seconds: float = 45
    job_seconds: tuple[float, float] = (30, 90)
    concurrency: int = LAUNCH.most_concurrent
    hands: int = HANDS
    seed: int = 1

    @property
    def title(self) -> str:
        """Return what it is in a line."""
        apps = f"{self.apps} App{'s' if self.apps > 1 else ''}"
        return f"{self.jobs:,} jobs at once, {apps}, {self.requests_per_hour:,} requests an hour each"


@dataclass(kw_only=True)
class Simulation:
    """A burst under way."""

    burst: Burst
    longest_seconds: float = 0.0
    clock: Clock = field(default_factory=lambda: Clock(seconds=NOON))

    def __post_init__(self) -> None:
        """Queue all jobs, and make the containers that serve them."""
        burst, apps = self.burst, [str(one + 1) for one in range(self.burst.apps)]
        self.account: Account = account(self.clock, apps, burst.requests_per_hour)
        chance = random.Random(burst.seed)  # noqa: S311 - lengths of jobs, the same every time
        times = Times(boot=burst.boot_seconds, job=lambda: chance.uniform(*burst.job_seconds))
        self.hub = Hub(clock=self.clock, account=self.account, times=times)
        for job_id in range(1, burst.jobs + 1):
            self.hub.queue(job_id)
        self.containers = [
            Container(account=self.account, caller=Caller(pause=self.clock.pause, hands=burst.hands), name=str(number))
            for number in range(burst.concurrency)
        ]

    def run(self) -> list[Figure]:
        """Let everything happen, and return the figures."""
        for container in self.containers:
            self.clock.start(self._serving(container))
        self.clock.run(self._is_over, NOON + GIVEN_UP_SECONDS)
        return self._figures()

    def _serving(self, container: Container) -> Callable[[], None]:
        """Return what Lambda does for one container: batch after batch, as soon as there is one."""

        def serve() -> None:
            container.caller.adopt()
            while True:
                messages, began = self.account.queue.receive(BATCH), self.clock.seconds
                if messages:
                    container.take(messages)
                    self.longest_seconds = max(self.longest_seconds, self.clock.seconds - began)
                else:
                    self.clock.pause(LONGEST_POLL_SECONDS)

        return serve

    def _is_over(self) -> bool:
        queue = self.account.queue
        return len(self.hub.completed) == self.burst.jobs and queue.next_at is None and not queue.in_flight

    def _figures(self) -> list[Figure]:
        burst, queue, ground = self.burst, self.account.queue, self.account.ground
        slowest = limits.slowest(burst.apps, burst.requests_per_hour)
        last = max(self.hub.picked_up.values(), default=NOON)
        idle = sum(self.hub.idle_seconds.values()) / 60 / burst.jobs
        most = max(self.hub.idle_seconds.values(), default=0.0)
        return [
            Figure(what="jobs lost", measured=burst.jobs - len(self.hub.completed), limit=0),
            Figure(
                what=f"minutes until the last job runs (slowest: {slowest.name})",
                measured=(last - NOON) / 60,
                limit=SLOWER * slowest.seconds(burst.jobs) / 60,
            ),
            Figure(what="machine-minutes idle per job", measured=idle, limit=IDLE_MINUTES),
            Figure(what="minutes that one machine was idle at most", measured=most / 60),
            Figure(what="machines without a job", measured=len(ground.machines) - len(self.hub.completed), limit=0),
            *self._of_github(),
            Figure(what="EC2: requests refused", measured=ground.mutating.refused + ground.terminating.refused),
            Figure(what="SQS: messages in flight at most", measured=queue.most_in_flight, limit=120_000),
            Figure(what="SQS: dead letters", measured=len(queue.dead), limit=0),
            Figure(what="SQS: messages that came again", measured=sum(one.failures for one in self.containers)),
            Figure(
                what="Lambda: seconds of an invocation", measured=self.longest_seconds, limit=LAUNCH.timeout_seconds
            ),
            Figure(what="DynamoDB: conflicts on CAPACITY", measured=self._conflicts()),
            Figure(what="AWS calls per job", measured=self._calls() / burst.jobs),
        ]

    def _of_github(self) -> Iterator[Figure]:
        burst, made = self.burst, self.account.github.made
        every = [time for time, _ in made]
        of_an_app = [[time for time, whose in made if whose == one] for one in {whose for _, whose in made}]
        hour = max((limits.peak(one, limits.HOUR) for one in of_an_app), default=0)
        minute = max((limits.peak(one, limits.MINUTE) for one in of_an_app), default=0)
        yield Figure(what="GitHub: requests of an App in an hour", measured=hour, limit=burst.requests_per_hour)
        yield Figure(
            what="GitHub: registrations of an App in an hour", measured=hour, limit=limits.REGISTRATIONS_OF_AN_APP
        )
        yield Figure(
            what="GitHub: points of an App in a minute",
            measured=minute * limits.POINTS_OF_A_WRITE,
            limit=limits.POINTS_OF_AN_APP,
        )
        yield Figure(
            what="GitHub: registrations in five minutes",
            measured=limits.peak(every, limits.FIVE_MINUTES),
            limit=limits.REGISTRATIONS_OF_THE_ORGANIZATION,
        )
        yield Figure(what="GitHub: requests refused", measured=self.account.github.refused.total())

    def _conflicts(self) -> int:
        return self.account.store.conflicts.count((CAPACITY["PK"], CAPACITY["SK"]))

    def _calls(self) -> int:
        calls = [one.caller.calls for one in self.containers]
        return sum(count for one in calls for name, count in one.items() if name != "github")
