"""EC2 is about to take a spot machine away: its job is marked, or if it has none, another machine is got at once."""

import logging

from lambdas.adapters import job_rows, machine_rows, rerun_rows, runners
from lambdas.adapters.machine_rows import End
from lambdas.adapters.runners import BusyError
from lambdas.core import machines, measures, starts, times
from lambdas.core.messages import SpotWarning
from lambdas.core.records import Record
from lambdas.launching import launcher, measuring
from lambdas.launching.launcher import Launcher

logger = logging.getLogger(__name__)

TAKEN_AWAY = "EC2 took it away before it had a job"


def warned(world: Launcher, warning: SpotWarning) -> None:
    """Act on EC2's warning, two minutes before the end; machines that are not ours are left alone."""
    arn = machines.arn(world.site, warning.instance_id)
    row = machine_rows.interrupted(world.table, arn, world.now)
    if row is None:
        _go_on(world, arn)
        return
    logger.info("machine interrupted", extra={"instance_id": warning.instance_id, "job_id": row.get("runningJob")})
    if row["interruptedAt"] == times.text(world.now):  # else it was counted before
        about = {"instanceId": warning.instance_id}
        measuring.count(world, measures.INTERRUPTIONS, str(row["preset"]), 1, **about)
    if "runningJob" in row:
        rerun_rows.mark_interrupted(world.table, int(str(row["runningJob"])), world.now)
    elif _is_idle(world, arn, row):
        _replace(world, arn, row)


def _is_idle(world: Launcher, arn: str, row: Record) -> bool:
    """Take the runner from GitHub, so that it gets no job any more; tell whether it had none."""
    job = job_rows.read(world.table, int(str(row["launchedFor"])))
    if job is None:
        return False
    app_id, repository, name = str(job["appId"]), str(row["repository"]), str(row["instanceId"])
    try:
        runners.remove_by_name(world.registry, app_id, repository, name, world.now)
    except BusyError:  # it just got one, and GitHub tells of it
        logger.info("interrupted machine is busy", extra={"arn": arn})
        return False
    return True


def _replace(world: Launcher, arn: str, row: Record) -> None:
    """End a machine that will run no job, and start another for the job that it was launched for."""
    job_id = int(str(row["launchedFor"]))
    end = End(
        arn=arn,
        preset=str(row["preset"]),
        reason=TAKEN_AWAY,
        releases=job_id,
        launch_id=str(row["launchId"]),
    )
    if machine_rows.end_living(world.table, end, world.now):
        _start_again(world, job_id)


def _go_on(world: Launcher, arn: str) -> None:
    """Start another machine for one that was ended here, in case that whoever ended it died before he could."""
    row = machine_rows.read(world.table, [arn]).get(arn, {})
    if row.get("endReason") == TAKEN_AWAY:
        _start_again(world, int(str(row["launchedFor"])))


def _start_again(world: Launcher, job_id: int) -> None:
    job = job_rows.read(world.table, job_id)
    if job is not None:
        launcher.later(world, starts.of_row(job), 0)
