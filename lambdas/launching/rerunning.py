"""Jobs that a spot interruption ended are run once more: alone, on demand, and when their run has ended."""

import logging
from dataclasses import replace

from lambdas.adapters import github_apps, job_queue, job_rows, machine_rows, rerun_rows, runners, workflow_runs
from lambdas.adapters.errors import ConflictError
from lambdas.adapters.github import GitHubError, PacedError, RefusedError, UnavailableError
from lambdas.core import machines, messages, reruns, starts
from lambdas.core.deployed import Deployed
from lambdas.core.job_messages import JobEvent
from lambdas.core.records import Record
from lambdas.core.reruns import Rerun
from lambdas.core.starts import Start
from lambdas.launching import launcher
from lambdas.launching.launcher import Launcher

logger = logging.getLogger(__name__)


def consider(world: Launcher, failed: JobEvent) -> None:
    """Have a failed job run again if its machine was taken away; asked twice, it is done once."""
    arn = machines.arn(world.site, str(failed.job.runner_name))
    row = machine_rows.read(world.table, [arn]).get(arn, {})
    if "interruptedAt" in row:
        _interrupted(world, failed, row)


def _interrupted(world: Launcher, event: JobEvent, row: Record) -> None:
    """Remove the runner, which GitHub would keep as offline for a day, and ask for the job once more."""
    app_id = event.app_id
    github_apps.told(world.registry.apps, app_id, event.job.installation_id)
    try:
        if "runnerId" in row:
            runners.remove(world.registry, app_id, event.job.repository, int(str(row["runnerId"])), world.now)
    except GitHubError as error:  # reconcile looks for what is left
        logger.warning("runner of an interrupted machine not removed", extra={"why": str(error)})
    found = launcher.preset(world, event.wish.preset)
    if isinstance(found, Deployed) and found.preset.on_interruption == "rerun":
        _send(world, reruns.of_event(event))


def first_start(world: Launcher, event: JobEvent) -> Start:
    """Return what a queued job wants: a machine on demand if it runs again because of an interruption."""
    start, job = starts.of_event(event), event.job
    if job.run_attempt == 1 or not rerun_rows.is_on_demand(world.table, job.run_id, job.run_attempt):
        return start
    rerun_rows.mark_on_demand(world.table, job.job_id)  # for whoever starts it from its row
    return replace(start, on_demand=True)


def rerun(world: Launcher, asked: Rerun) -> None:
    """Run a job again if its run has ended, else look again later; a newer attempt of the run is somebody's own."""
    apps = world.registry.apps
    github_apps.told(apps, asked.app_id, asked.installation_id)
    try:
        run = workflow_runs.read(apps, asked.app_id, asked.repository, asked.run_id, world.now)
        if run.attempt > asked.attempt:
            _follow(world, asked, run.attempt)
            return
        if not run.is_completed:
            _later(world, asked)
            return
        if not _noted(world, asked):
            _later(world, asked)
            return
        workflow_runs.rerun(apps, asked.app_id, asked.repository, asked.in_run, world.now)
    except PacedError as error:
        job_queue.send(world.queue, messages.text(asked), error.wait_seconds)
    except UnavailableError:
        raise
    except RefusedError as error:
        logger.error("job not run again", extra={"job_id": asked.job_id, "why": str(error)})  # noqa: TRY400 - it says all
    else:
        logger.info("job is run again", extra={"job_id": asked.job_id, "run_id": asked.run_id})


def _noted(world: Launcher, asked: Rerun) -> bool:
    """Note that a job is run again; tell whether it is, and not first another of its run, in another invocation."""
    try:
        rerun_rows.note(world.table, asked, world.now)
    except ConflictError as error:
        if not error.is_condition:
            raise
        return False
    return True


def _follow(world: Launcher, asked: Rerun, attempt: int) -> None:
    """Run a job again after another of its run, which was interrupted, too; somebody else's attempt is theirs."""
    if "rerunAt" in (job_rows.read(world.table, asked.job_id) or {}):
        return  # it is in that attempt
    if not rerun_rows.is_on_demand(world.table, asked.run_id, attempt):
        return
    found = workflow_runs.successor(world.registry.apps, asked, attempt, world.now)
    if found:
        _send(world, replace(asked, attempt=attempt, successor=found, tries=0))


def _later(world: Launcher, asked: Rerun) -> None:
    if asked.tries < reruns.MOST_TRIES:
        _send(world, asked.again)
    else:
        logger.error("job not run again", extra={"job_id": asked.job_id, "why": "its run does not end"})


def _send(world: Launcher, asked: Rerun) -> None:
    job_queue.send(world.queue, messages.text(asked), asked.wait_seconds)
