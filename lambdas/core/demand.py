"""Jobs that wait against machines that are idle, per label set: GitHub gives any job to any runner that has its labels.

Nobody pairs a job with its machine: a job may be taken by another's, and the other way round. What counts is how many.
A runner is an organization's, or a repository's, and takes no job from outside of it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lambdas.core import launches
from lambdas.core.launches import Launch
from lambdas.core.workflow_job import IN_PROGRESS, QUEUED

LabelSet = tuple[str, frozenset[str], str]  # the preset, the labels in lower case, and whose runners they are
Scope = Callable[[str], str]  # whose runners take the jobs of a repository
# How long events may take until jobs and machines are known as they are: what looks wrong for so long, is.
STRANDED_AFTER = timedelta(minutes=2)
SURPLUS_AFTER = timedelta(minutes=1)
UNSETTLED_AFTER = timedelta(minutes=3)  # a launch is carried out within its lease, or somebody died
SILENT_AFTER = timedelta(minutes=5)  # a machine has booted by then, and taken a job if there is one
# Jobs that no event told of for a while are asked about: those that wait sooner, because a machine may wait for them.
QUEUED_ASKED_AFTER = timedelta(minutes=10)
RUNNING_ASKED_AFTER = timedelta(hours=1)
UNSEEN_ASKED_AFTER = timedelta(minutes=5)  # it runs, but on no machine that lives


@dataclass(frozen=True, kw_only=True)
class OpenJob:
    """A job that has not ended, as the index shows it; `updated_at` is when its row last changed."""

    job_id: int
    preset: str
    labels: frozenset[str]
    repository: str
    status: str
    updated_at: datetime
    launch_id: str | None = None
    launched_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class LiveMachine:
    """A machine that has not ended, as the index shows it; `repository` is that of the job that it was launched for.

    `running_job` is the job that it runs: 0 for one that nobody told of, None for none.
    """

    arn: str
    preset: str
    labels: frozenset[str]
    repository: str
    launch_id: str
    launched_at: datetime
    updated_at: datetime
    is_configured: bool = True
    running_job: int | None = None

    @property
    def instance_id(self) -> str:
        """Return its instance's id, the name of its runner."""
        return self.arn.rpartition("/")[2]

    def is_idle(self, now: datetime) -> bool:
        """Tell whether it may still take a job: none that got no configuration in time ever will."""
        waits = self.is_configured or now - self.launched_at <= launches.CONFIGURED_WITHIN
        return self.running_job is None and waits


@dataclass(frozen=True, kw_only=True)
class Group:
    """The jobs of one label set that wait, and the machines that may take them."""

    waiting: tuple[OpenJob, ...]
    idle: tuple[LiveMachine, ...]


@dataclass(kw_only=True)
class _Filling:
    waiting: list[OpenJob] = field(default_factory=list)
    idle: list[LiveMachine] = field(default_factory=list)


def groups(jobs: Iterable[OpenJob], machines: Iterable[LiveMachine], scope: Scope, now: datetime) -> tuple[Group, ...]:
    """Return what waits and what is idle, label set by label set."""
    found: dict[LabelSet, _Filling] = defaultdict(_Filling)
    for job in jobs:
        if job.status == QUEUED:
            found[job.preset, job.labels, scope(job.repository)].waiting.append(job)
    for machine in machines:
        if machine.is_idle(now):
            found[machine.preset, machine.labels, scope(machine.repository)].idle.append(machine)
    return tuple(Group(waiting=tuple(one.waiting), idle=tuple(one.idle)) for one in found.values())


def stranded(group: Group, now: datetime) -> tuple[tuple[str, ...], int]:
    """Return launches whose machines are taken or gone though their jobs wait, and how many machines are missing.

    A job whose launch is not settled yet gets a machine still, and one without a launch waits for one anyway.
    """
    launched = [job for job in group.waiting if job.launched_at and job.launch_id]
    missing = len(launched) - len(group.idle)
    overdue = [job for job in launched if job.launched_at and now - job.launched_at >= STRANDED_AFTER]
    suspects = dict.fromkeys(str(job.launch_id) for job in sorted(overdue, key=_age))
    return (tuple(suspects), min(missing, len(overdue))) if missing > 0 else ((), 0)


def of_launch(group: Group, launch: Launch, now: datetime) -> tuple[tuple[OpenJob, str], ...]:
    """Return a settled launch's jobs that have waited too long, each with the instance that is not there for it."""
    idle = {machine.instance_id for machine in group.idle}
    places = {place.job.job_id: place.machine.instance_id for place in launch.places}
    return tuple(
        (job, places[job.job_id])
        for job in sorted(group.waiting, key=_age)
        if job.launch_id == launch.launch_id
        and job.launched_at
        and now - job.launched_at >= STRANDED_AFTER
        and places.get(job.job_id, "") not in {"", *idle}
    )


def surplus(group: Group, now: datetime) -> tuple[LiveMachine, ...]:
    """Return the idle machines that no job waits for, those that have been so for longest first."""
    spare = len(group.idle) - len(group.waiting)
    quiet = [machine for machine in group.idle if now - machine.updated_at >= SURPLUS_AFTER]
    wanted = {job.launch_id for job in group.waiting}
    return tuple(sorted(quiet, key=lambda one: (one.launch_id in wanted, one.updated_at)))[: max(0, spare)]


def silent(group: Group, now: datetime) -> tuple[LiveMachine, ...]:
    """Return the machines that seem idle while jobs wait for them: nobody may have told of what they run."""
    if not any(job.launched_at and now - job.launched_at >= SILENT_AFTER for job in group.waiting):
        return ()
    return tuple(one for one in group.idle if one.is_configured and now - one.updated_at >= SILENT_AFTER)


def unsettled(jobs: Iterable[OpenJob], now: datetime) -> tuple[OpenJob, ...]:
    """Return the jobs whose launch has come to no end for so long that nobody carries it out any more."""
    return tuple(
        job
        for job in jobs
        if job.status == QUEUED and job.launch_id and not job.launched_at and now - job.updated_at >= UNSETTLED_AFTER
    )


def unconfigured(machines: Iterable[LiveMachine], now: datetime) -> tuple[LiveMachine, ...]:
    """Return the machines that nobody gave a configuration, and that still wait for one."""
    return tuple(
        one
        for one in machines
        if not one.is_configured and one.is_idle(now) and now - one.launched_at >= UNSETTLED_AFTER
    )


def to_ask(jobs: Iterable[OpenJob], machines: Iterable[LiveMachine], now: datetime) -> tuple[OpenJob, ...]:
    """Return the jobs to ask GitHub about, those of which nothing was heard for longest first."""
    run = {machine.running_job for machine in machines}
    due = [job for job in jobs if now - job.updated_at >= _asked_after(job, run)]
    return tuple(sorted(due, key=lambda job: job.updated_at))


def _asked_after(job: OpenJob, run: set[int | None]) -> timedelta:
    if job.status == QUEUED:
        return QUEUED_ASKED_AFTER
    return UNSEEN_ASKED_AFTER if job.status == IN_PROGRESS and job.job_id not in run else RUNNING_ASKED_AFTER


def _age(job: OpenJob) -> tuple[datetime, int]:
    return job.launched_at or job.updated_at, job.job_id
