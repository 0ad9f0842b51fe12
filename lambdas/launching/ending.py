"""What GitHub says of machines: which job each runs, and that it has run its one job and goes."""

import logging
from collections.abc import Mapping, Sequence

from lambdas.adapters import fleets, job_queue, machine_rows
from lambdas.adapters.errors import ConflictError, NotFoundError
from lambdas.adapters.machine_rows import End, Running
from lambdas.core import machines, messages
from lambdas.core.job_messages import JobEvent
from lambdas.core.messages import Terminate
from lambdas.core.workflow_job import COMPLETED, IN_PROGRESS
from lambdas.launching import rerunning, surplus
from lambdas.launching.launcher import Launcher

logger = logging.getLogger(__name__)

RAN = "it ran job {}"
POWERS_OFF_WITHIN_SECONDS = 60
FAILURE = "failure"  # how a job ends whose runner is heard of no more


def note(world: Launcher, events: Sequence[JobEvent]) -> None:
    """Keep what events say of this deployment's machines, all at once or one by one; others it leaves alone."""
    on_machines = [one for one in events if machines.INSTANCE_ID.fullmatch(one.job.runner_name or "")]
    running = {_arn(world, one): one for one in on_machines if one.job.action == IN_PROGRESS}
    _run(world, running)
    _end(world, {_arn(world, one): one for one in on_machines if one.job.action == COMPLETED})


def see_to(world: Launcher, event: JobEvent) -> None:
    """Do what a job's end asks for beside its machine's: another run of it, or the end of a machine that it left."""
    if event.job.action != COMPLETED:
        return
    if not event.job.runner_name:
        surplus.cancelled(world, [event])
    elif event.job.conclusion == FAILURE and machines.INSTANCE_ID.fullmatch(event.job.runner_name):
        rerunning.consider(world, [event])


def _run(world: Launcher, events_by_arn: Mapping[str, JobEvent]) -> None:
    if not events_by_arn:
        return
    try:
        runs = [
            Running(arn=arn, job_id=one.job.job_id, runner_id=one.job.runner_id or 0)
            for arn, one in events_by_arn.items()
        ]
        machine_rows.run(world.table, runs, world.now)
    except ConflictError as error:
        if len(events_by_arn) > 1:
            for arn, one in events_by_arn.items():
                _run(world, {arn: one})
        elif not error.reasons[0].is_condition:
            raise


def _end(world: Launcher, events_by_arn: Mapping[str, JobEvent]) -> None:
    """End machines that ran their job: at once in the table, so that others may start.

    They power off by themselves, and say in their log that they do; what is left of them in a while is terminated.
    """
    if not events_by_arn:
        return
    ends = [
        End(
            arn=arn,
            preset=event.wish.preset,
            reason=RAN.format(event.job.job_id),
            runner_id=event.job.runner_id or 0,
        )
        for arn, event in events_by_arn.items()
    ]
    try:
        machine_rows.end(world.table, ends, world.now)
    except ConflictError as error:
        if len(ends) > 1:
            for arn, event in events_by_arn.items():
                _end(world, {arn: event})
        elif not error.reasons[0].is_condition:
            raise
        return
    ids = tuple(str(event.job.runner_name) for event in events_by_arn.values())
    job_queue.send(world.queue, messages.text(Terminate(instance_ids=ids)), POWERS_OFF_WITHIN_SECONDS)


def terminate(world: Launcher, instance_ids: Sequence[str]) -> None:
    """Terminate machines, most of which have powered off by now; what EC2 has forgotten is gone."""
    try:
        fleets.terminate(world.ec2, instance_ids)
    except NotFoundError:
        for one in instance_ids if len(instance_ids) > 1 else ():
            terminate(world, [one])


def _arn(world: Launcher, event: JobEvent) -> str:
    return machines.arn(world.site, str(event.job.runner_name))
