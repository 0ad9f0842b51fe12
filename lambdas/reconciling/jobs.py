"""Jobs that wait for ever, unless somebody looks: those whose machine another job took, and those nobody told of."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lambdas.adapters import (
    budget,
    capacity,
    github_apps,
    job_queue,
    job_rows,
    launch_rows,
    machine_rows,
    open_rows,
    workflow_jobs,
)
from lambdas.adapters.errors import ConflictError
from lambdas.adapters.github import RefusedError, UnavailableError
from lambdas.core import asked, demand, machines, messages, starts
from lambdas.core.demand import OpenJob
from lambdas.core.errors import InvalidDeliveryError
from lambdas.core.workflow_job import QUEUED
from lambdas.reconciling import keeper
from lambdas.reconciling.keeper import Keeper, Seen

logger = logging.getLogger(__name__)

Row = Mapping[str, Any]
ASKED_PER_ROUND = 20
ASKING_SECONDS = 5  # of a round: what else a round does for jobs and machines needs its time, too
SENT_PER_ROUND = 100
# A job is released after the message was sent that starts it, so that no job is without either. By the time that the
# message is due, even a call that stalled has ended.
RELEASED_WITHIN_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """A job to ask GitHub about; `instance_id` is the machine of its launch that is not there for it, '' for none."""

    job: OpenJob
    instance_id: str = ""


def resume_launches(world: Keeper, seen: Seen) -> None:
    """Let launches be gone on with that somebody broke off: unsettled ones, and those with machines left bare."""
    wanted = [job.job_id for job in demand.unsettled(seen.jobs, world.now)]
    bare = [one.arn for one in demand.unconfigured(seen.machines, world.now)]
    wanted += [row["launchedFor"] for row in machine_rows.read(world.table, bare).values()]
    found = job_rows.read_all(world.table, list(dict.fromkeys(wanted))[:SENT_PER_ROUND])
    rows = [row for row in found.values() if row["status"] == QUEUED and "launchId" in row and _is_rested(world, row)]
    keeper.start(world, map(starts.of_row, rows))
    for row in rows:
        open_rows.restarted(world.table, row["jobId"], world.now)
    if rows:
        logger.warning("launches resumed", extra={"launches": sorted({row["launchId"] for row in rows})})


def ask(world: Keeper, seen: Seen) -> None:
    """Ask GitHub about jobs, those first whose machine is not there for them, and act on what it says."""
    suspects = _suspects(world, seen)
    if not suspects:
        return
    rows = job_rows.read_all(world.table, [one.job.job_id for one in suspects])
    can_start, began = not capacity.is_paused(world.table), world.left_seconds()
    for one in suspects:
        row = rows.get(one.job.job_id, {})
        if "kind" not in row:
            continue
        is_over = began - world.left_seconds() > ASKING_SECONDS or not world.has_time
        if is_over or _ask(world, one, row, can_start=can_start):
            logger.warning("not all jobs asked about", extra={"jobs": len(suspects)})
            return


def _suspects(world: Keeper, seen: Seen) -> list[Suspect]:
    """Return the jobs to ask about, at most 20, each once."""
    found = {one.job.job_id: one for one in islice(_stranded(world, seen), ASKED_PER_ROUND)}
    for job in demand.to_ask(seen.jobs, seen.machines, world.now):
        if len(found) >= ASKED_PER_ROUND:
            break
        found.setdefault(job.job_id, Suspect(job=job))
    return list(found.values())


def _stranded(world: Keeper, seen: Seen) -> Iterator[Suspect]:
    """Yield the jobs whose machines are taken or gone, as many in each label set as machines are missing there."""
    for group in keeper.groups(world, seen):
        suspects, missing = demand.stranded(group, world.now)
        for launch_id in suspects:
            launch = launch_rows.read(world.table, launch_id) if missing > 0 else None
            for job, instance_id in demand.of_launch(group, launch, world.now)[:missing] if launch else ():
                missing -= 1
                yield Suspect(job=job, instance_id=instance_id)


def _ask(world: Keeper, one: Suspect, row: Row, *, can_start: bool) -> bool:
    """Ask about one job and act on the answer; tell whether GitHub's limit allows no more."""
    app_id = str(row["appId"])
    github_apps.told(world.registry.apps, app_id, row.get("installationId"))
    try:
        answer = workflow_jobs.find(world.registry.apps, app_id, row["repository"], row["jobId"], world.now)
        event = asked.news(row, answer.content, world.now)
    except (InvalidDeliveryError, RefusedError, UnavailableError) as error:
        logger.error("job cannot be asked about", extra={"job_id": row["jobId"], "why": str(error)})  # noqa: TRY400 - one line
        open_rows.confirm(world.table, row["jobId"], world.now)
        return False
    if event:
        logger.warning("event was missed", extra={"job_id": row["jobId"], "action": event.job.action})
        job_queue.send(world.aws.jobs, messages.text(event))
    elif row["status"] == QUEUED and can_start:
        _start_again(world, one, row)
    open_rows.confirm(world.table, row["jobId"], world.now)
    return answer.is_scarce


def _start_again(world: Keeper, one: Suspect, row: Row) -> None:
    """Get a machine for a job that GitHub still has queued, if none is on its way."""
    if one.instance_id and row.get("launchId") == one.job.launch_id:
        keeper.start(world, [starts.of_row(row)], RELEASED_WITHIN_SECONDS)
        _release(world, one)
    elif asked.is_lost(row, world.now) and not _is_paced(world, str(row["appId"])):
        keeper.start(world, [starts.of_row(row)])
        open_rows.restarted(world.table, row["jobId"], world.now)
        logger.warning("job is started again", extra={"job_id": row["jobId"]})


def _release(world: Keeper, one: Suspect) -> None:
    try:
        open_rows.release(world.table, one.job, machines.arn(world.aws.site, one.instance_id))
    except ConflictError as error:
        logger.info("job keeps its launch", extra={"job_id": one.job.job_id, "why": str(error)})
    else:
        logger.warning("job gets another machine", extra={"job_id": one.job.job_id, "instance_id": one.instance_id})


def _is_paced(world: Keeper, app_id: str) -> bool:
    """Tell whether jobs wait for GitHub's limit: their messages are under way, and more would make the queue longer."""
    for one in {app_id, *world.app_ids}:
        last = budget.last_place(world.table, one)
        if last is not None and last - world.now >= demand.UNSETTLED_AFTER:
            return True
    return False


def _is_rested(world: Keeper, row: Row) -> bool:
    return asked.rested(row, world.now, demand.UNSETTLED_AFTER)
