"""How many calls a job costs: a burst in one container, batch by batch, each step of all jobs before the next."""

from collections import Counter
from collections.abc import Iterable

from bench.burst import deliveries
from bench.burst.account import account
from bench.burst.clock import Clock
from bench.burst.container import Container
from bench.burst.deliveries import Runner
from bench.doubles.caller import Caller
from bench.figures import Figure
from generator.stacks.functions import BATCH
from lambdas.launch import HANDS

NOON = 1_795_435_200.0
APP = "1"
REQUESTS_PER_HOUR = 5_000
MOST_OF_A_BURST, MOST_ALONE = 1.2, 8


def figures(jobs: int) -> list[Figure]:
    """Return what a burst of so many jobs costs for each of them, and what a job costs that comes alone."""
    burst = Burst(jobs)
    getting, life = burst.machines(), burst.rest()
    alone = Burst(1)
    first = alone.machines()
    again = alone.machines()
    of_all = Counter(getting) + Counter(life)
    return [
        Figure(
            what=f"AWS calls per job that gets a machine, of {jobs:,}",
            measured=_aws(getting) / jobs,
            limit=MOST_OF_A_BURST,
        ),
        Figure(what="AWS calls per job in its whole life", measured=_aws(of_all) / jobs),
        Figure(what="AWS calls of a job alone", measured=_aws(again), limit=MOST_ALONE),
        Figure(what="AWS calls to sign in, and to keep an App's limit", measured=_aws(first) - _aws(again), limit=2),
        Figure(what="GitHub calls per job, tokens and limits aside", measured=burst.asked / jobs, limit=1),
        Figure(what="calls of DescribeInstances", measured=of_all["ec2:DescribeInstances"], limit=0),
        Figure(what="jobs without a machine", measured=jobs - len(burst.account.ground.machines), limit=0),
        *(Figure(what=f"  {name} per job", measured=count / jobs) for name, count in sorted(of_all.items())),
    ]


class Burst:
    """Jobs that one container serves."""

    def __init__(self, jobs: int) -> None:
        self.clock = Clock(seconds=NOON)
        self.account = account(self.clock, [APP], REQUESTS_PER_HOUR)
        self.container = Container(account=self.account, caller=Caller(pause=self._pass, hands=HANDS))
        self._jobs = jobs
        self._begun = 0

    @property
    def asked(self) -> int:
        """Return how many requests GitHub got, those for tokens and limits aside."""
        asked = self.account.github.asked
        return asked.total() - asked["tokens"] - asked["limits"]

    def machines(self) -> Counter[str]:
        """Let that many more jobs come and get machines, and return the calls that it took."""
        self._pass(60)
        ids = range(self._begun + 1, self._begun + self._jobs + 1)
        self._begun += self._jobs
        return self._taken(deliveries.queued(one, APP, self.account.now()) for one in ids)

    def rest(self) -> Counter[str]:
        """Let each job be run and end, and return the calls that it took."""
        names = list(enumerate(self.account.ground.machines, start=1))
        ran = [(job, Runner(name=name, id=self.account.github.runners[name])) for job, name in names]
        running = self._taken(deliveries.in_progress(job, APP, runner, self.account.now()) for job, runner in ran)
        return running + self._taken(deliveries.completed(job, APP, runner, self.account.now()) for job, runner in ran)

    def _taken(self, bodies: Iterable[str]) -> Counter[str]:
        """Let messages be taken, and all that follows from them, and return the calls that it took."""
        before, queue = Counter(self.container.caller.calls), self.account.queue
        for body in bodies:
            queue.put(body)
        while queue.next_at is not None:
            self._pass(max(0.0, queue.next_at - self.clock.seconds))
            self.container.take(queue.receive(BATCH))
        return self.container.caller.calls - before

    def _pass(self, seconds: float) -> None:
        self.clock.seconds += seconds


def _aws(calls: Counter[str]) -> int:
    return sum(count for name, count in calls.items() if name != "github")
