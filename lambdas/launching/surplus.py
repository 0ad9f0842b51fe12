"""A job that was cancelled before a runner took it leaves one machine too many: an idle one of its labels goes."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from lambdas.adapters import github_apps, instances, job_rows, launch_rows, machine_rows, open_rows, runners
from lambdas.adapters.machine_rows import End
from lambdas.adapters.runners import BusyError
from lambdas.core import machines
from lambdas.core.job_messages import JobEvent
from lambdas.core.launches import SETTLED
from lambdas.core.records import Record
from lambdas.launching import carrying
from lambdas.launching.launcher import Launcher

logger = logging.getLogger(__name__)

SURPLUS = "its job was cancelled"


def cancelled(world: Launcher, event: JobEvent) -> None:
    """End one idle machine for a job that ended before a runner took it, if a machine was launched for it."""
    row = job_rows.read(world.table, event.job.job_id)
    if row is not None and row.get("launchId") and "surplusAt" not in row:
        _end_one(world, event, row)


def _end_one(world: Launcher, event: JobEvent, row: Record) -> None:
    launch = launch_rows.read(world.table, str(row["launchId"]))
    if launch is None:
        return
    if launch.status != SETTLED:
        carrying.resume(world, launch.launch_id)  # or it is still in another's hands, which raises InHandError
        launch = launch_rows.read(world.table, launch.launch_id) or launch
    github_apps.told(world.registry.apps, event.app_id, event.job.installation_id)
    for machine in _idle(world, event.app_id, row):
        if _ended(world, event, machine):
            return
    machine_rows.mark_surplus(world.table, event.job.job_id, world.now)
    logger.info("no machine is surplus", extra={"job_id": event.job.job_id})


def _idle(world: Launcher, app_id: str, row: Mapping[str, Any]) -> Iterator[Record]:
    """Yield machines without a job that could have taken the job, the one that was launched for it first."""
    scope, labels = runners.scopes(world.registry, app_id, world.now), open_rows.labels(row)
    living = [one for one in open_rows.live_machines(world.table) if not one.running_job]
    theirs = scope(row["repository"])
    alike = [one.arn for one in living if one.labels == labels and scope(one.repository) == theirs]
    rows = machine_rows.read(world.table, alike)
    idle = [one for one in rows.values() if "kind" in one and "runningJob" not in one]
    yield from sorted(idle, key=lambda one: one["launchedFor"] != row["jobId"])


def _ended(world: Launcher, event: JobEvent, machine: Record) -> bool:
    """Remove the runner in GitHub, then the machine, then both from the table; tell whether it was idle indeed."""
    name = str(machine["instanceId"])
    try:
        runners.remove_by_name(world.registry, event.app_id, str(machine["repository"]), name, world.now)
    except BusyError:
        return False
    instances.terminate(world.ec2, [name])
    arn, preset = machines.arn(world.site, name), str(machine["preset"])
    end = End(arn=arn, preset=preset, reason=SURPLUS, surplus_of=event.job.job_id)
    return machine_rows.end_living(world.table, end, world.now)
