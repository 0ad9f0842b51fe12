"""What GitHub says of machines: which job each runs, and that it has run its one job and goes."""

from collections.abc import Callable, Mapping, Sequence

from lambdas.adapters import job_queue, machine_rows
from lambdas.adapters.errors import ConflictError
from lambdas.adapters.machine_rows import End, Running
from lambdas.core import machines, messages
from lambdas.core.job_messages import JobEvent
from lambdas.core.messages import Terminate
from lambdas.core.workflow_job import COMPLETED, IN_PROGRESS
from lambdas.launching import rerunning, surplus
from lambdas.launching.launcher import Launcher

EventsByArn = Mapping[str, JobEvent]

RAN = "it ran job {}"
POWERS_OFF_WITHIN_SECONDS = 60
FAILURE = "failure"  # how a job ends whose runner is heard of no more


def note(world: Launcher, events: Sequence[JobEvent]) -> None:
    """Keep what events say of this deployment's machines, all at once or one by one; others it leaves alone."""
    on_machines = [one for one in events if machines.INSTANCE_ID.fullmatch(one.job.runner_name or "")]
    for action, write in ((IN_PROGRESS, _run), (COMPLETED, _end)):
        events_by_arn = {_arn(world, one): one for one in on_machines if one.job.action == action}
        if events_by_arn:
            _all_or_each(write, world, events_by_arn)


def see_to(world: Launcher, event: JobEvent) -> None:
    """Do what a job's end asks for beside its machine's: another run of it, or the end of a machine that it left."""
    if event.job.action != COMPLETED:
        return
    if not event.job.runner_name:
        surplus.cancelled(world, event)
    elif event.job.conclusion == FAILURE and machines.INSTANCE_ID.fullmatch(event.job.runner_name):
        rerunning.consider(world, event)


def _all_or_each(write: Callable[[Launcher, EventsByArn], None], world: Launcher, events: EventsByArn) -> None:
    """Write what events say of machines at once, or if one is in the way, one by one; what is not living is left."""
    try:
        write(world, events)
    except ConflictError as error:
        if len(events) > 1:
            for arn, one in events.items():
                _all_or_each(write, world, {arn: one})
        elif not error.is_condition:
            raise


def _run(world: Launcher, events: EventsByArn) -> None:
    runs = [Running(arn=arn, job_id=one.job.job_id, runner_id=one.job.runner_id or 0) for arn, one in events.items()]
    machine_rows.run(world.table, runs, world.now)


def _end(world: Launcher, events: EventsByArn) -> None:
    """End machines that ran their job: at once in the table, so that others may start.

    They power off by themselves, and say in their log that they do; what is left of them in a while is terminated.
    """
    ends = [
        End(
            arn=arn,
            preset=event.wish.preset,
            reason=RAN.format(event.job.job_id),
            runner_id=event.job.runner_id or 0,
        )
        for arn, event in events.items()
    ]
    machine_rows.end(world.table, ends, world.now)
    ids = tuple(str(event.job.runner_name) for event in events.values())
    job_queue.send(world.queue, messages.text(Terminate(instance_ids=ids)), POWERS_OFF_WITHIN_SECONDS)


def _arn(world: Launcher, event: JobEvent) -> str:
    return machines.arn(world.site, str(event.job.runner_name))
