"""Machines from their start to their end, and GitHub, which gives any job to any runner: what launches bring about."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from bench.burst import deliveries, deployment
from bench.burst.account import Account
from bench.burst.clock import Clock
from bench.burst.deliveries import Runner
from bench.doubles.ec2 import Machine
from lambdas.core import machines

LOOKS_EVERY_SECONDS = 2  # a machine for its configuration
LOOKS_FOR_SECONDS = 600
TOLD_AFTER_SECONDS = 1  # of what happened to a job


@dataclass(frozen=True, kw_only=True)
class Times:
    """How long things take, in seconds; `job` tells it of the next job."""

    boot: float
    job: Callable[[], float]


@dataclass(kw_only=True)
class Hub:
    """The jobs that wait for a runner, the runners that wait for a job, and what became of both."""

    clock: Clock
    account: Account
    times: Times
    waiting: deque[int] = field(default_factory=deque)
    runners: deque[Machine] = field(default_factory=deque)
    picked_up: dict[int, float] = field(default_factory=dict)
    completed: dict[int, float] = field(default_factory=dict)
    idle_seconds: dict[str, float] = field(default_factory=dict)
    _ready: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Boot the machines that start from now on."""
        self.account.ground.on_start = lambda machine: self.clock.after(self.times.boot, lambda: self._boot(machine))

    def queue(self, job_id: int) -> None:
        """Let a job want a runner, and tell of it."""
        self.waiting.append(job_id)
        self.account.queue.put(deliveries.queued(job_id, self._app(job_id), self.clock.now()))

    def _boot(self, machine: Machine) -> None:
        self._ready[machine.instance_id] = self.clock.seconds
        self._look(machine)

    def _look(self, machine: Machine) -> None:
        """Let a machine take its configuration, look again soon, or end because there is none."""
        if machine.ended:
            self._idle(machine, machine.ended)
            return
        arn = machines.arn(deployment.SITE, machine.instance_id)
        if self.account.store.items.pop((f"JIT#{arn}", "JIT"), None):
            self.runners.append(machine)
            self._match()
        elif self.clock.seconds - self._ready[machine.instance_id] < LOOKS_FOR_SECONDS:
            self.clock.after(LOOKS_EVERY_SECONDS, lambda: self._look(machine))
        else:
            self._end(machine)

    def _match(self) -> None:
        while self.waiting and self.runners:
            job_id, machine = self.waiting.popleft(), self.runners.popleft()
            self.picked_up[job_id] = self.clock.seconds
            self._idle(machine, self.clock.seconds)
            runner = Runner(name=machine.instance_id, id=self.account.github.runners[machine.instance_id])
            self._tell(deliveries.in_progress, job_id, runner)
            self.clock.after(self.times.job(), partial(self._complete, job_id, machine, runner))

    def _complete(self, job_id: int, machine: Machine, runner: Runner) -> None:
        self.completed[job_id] = self.clock.seconds
        self._end(machine)
        self._tell(deliveries.completed, job_id, runner)

    def _end(self, machine: Machine) -> None:
        """Power a machine off; GitHub forgets its runner, which is for one job."""
        machine.ended = machine.ended or self.clock.seconds
        self.account.github.runners.pop(machine.instance_id, None)
        self.idle_seconds.setdefault(machine.instance_id, machine.ended - self._ready[machine.instance_id])

    def _idle(self, machine: Machine, until: float) -> None:
        self.idle_seconds[machine.instance_id] = max(0.0, until - self._ready[machine.instance_id])

    def _tell(self, delivery: Callable[..., str], job_id: int, runner: Runner) -> None:
        body = delivery(job_id, self._app(job_id), runner, self.clock.now())
        self.clock.after(TOLD_AFTER_SECONDS, lambda: self.account.queue.put(body))

    def _app(self, job_id: int) -> str:
        """Return which App tells of a job: each is told of all, and one of them is heard."""
        return self.account.apps[job_id % len(self.account.apps)]
