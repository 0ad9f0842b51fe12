"""Machines get their JIT configurations while they boot, or end if GitHub gives none."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from lambdas.adapters import budget, instances, launch_rows, machine_rows, runners, waiting_rows
from lambdas.adapters.errors import ConflictError
from lambdas.adapters.github import GitHubError, PacedError, UnavailableError
from lambdas.adapters.github_apps import NoKeyError
from lambdas.adapters.machine_rows import Configured, End
from lambdas.adapters.runners import BusyError, NoGroupError, Runner
from lambdas.core import admission, launches, machines, measures
from lambdas.core.launches import Launch, Place
from lambdas.core.pacing import Slot
from lambdas.core.records import Record
from lambdas.core.starts import WaitingJob
from lambdas.launching import launcher, measuring
from lambdas.launching.launcher import Launcher

logger = logging.getLogger(__name__)

Minted = Configured | GitHubError
OF_ALL = (NoGroupError, NoKeyError, PacedError, UnavailableError)  # what one job meets, and all others
MOST_TRIES = 5  # of a job that GitHub itself refuses: each costs a machine
DOWN = timedelta(minutes=1)
UNCONFIGURED = "GitHub gave no configuration"


def configure(world: Launcher, launch: Launch, places: Sequence[Place]) -> None:
    """Ask GitHub for a configuration for each machine, keep what it gives, and see to those that it gave none."""
    if not places:
        return
    minted = dict(zip(places, _minted(world, launch, places), strict=True))
    _keep(world, launch, [one for one in minted.values() if isinstance(one, Configured)])
    without = {place: one for place, one in minted.items() if isinstance(one, GitHubError)}
    if without:
        _without(world, launch, without)


def configure_again(world: Launcher, launch: Launch, rows: Mapping[str, Record]) -> None:
    """Configure those machines of a launch that have no configuration yet, or end them if it is too late."""
    places = unconfigured(world, launch, rows)
    if _is_late(world, launch, 0):
        _give_up(world, launch, places, "nobody configured it in time")
        launcher.again(world, launch.start(_jobs(places)))
    else:
        configure(world, launch, places)


def unconfigured(world: Launcher, launch: Launch, rows: Mapping[str, Record]) -> list[Place]:
    """Return the machines of a launch that live without a configuration."""
    by_arn = {machines.arn(world.site, place.machine.instance_id): place for place in launch.places}
    return [place for arn, place in by_arn.items() if "kind" in rows.get(arn, {}) and "configuredAt" not in rows[arn]]


def end_doomed(world: Launcher, launch: Launch, rows: Mapping[str, Record]) -> None:
    """End machines that were given up, in case that whoever gave them up died before he could."""
    doomed = {str(row["instanceId"]) for row in rows.values() if row.get("endReason") == UNCONFIGURED}
    instances.terminate(
        world.ec2, [one.machine.instance_id for one in launch.places if one.machine.instance_id in doomed]
    )


def _minted(world: Launcher, launch: Launch, places: Sequence[Place]) -> Iterable[Minted]:
    """Ask for the first alone: a limit or an outage that it meets, the others would meet, too."""
    first, *rest = places
    one = _mint(world, launch, first)
    if isinstance(one, OF_ALL):
        return [one] * len(places)
    if world.hands == 1:
        return [one, *(_mint(world, launch, place) for place in rest)]
    with ThreadPoolExecutor(max_workers=world.hands) as pool:
        return [one, *pool.map(lambda place: _mint(world, launch, place), rest)]


def _mint(world: Launcher, launch: Launch, place: Place) -> Minted:
    runner = _runner(launch, place)
    try:
        made = runners.register(world.registry, launch.app_id, runner, world.now)
    except GitHubError as error:
        return error
    if made.requests_per_hour:
        budget.learn(world.budgets, launch.app_id, made.requests_per_hour)
    return Configured(
        arn=machines.arn(world.site, runner.name),
        job_id=place.job.job_id,
        runner_id=made.runner_id,
        encoded=made.encoded,
        timeout_minutes=launch.timeout_minutes,
    )


def _keep(world: Launcher, launch: Launch, made: Sequence[Configured]) -> None:
    """Keep configurations, all at once or one by one; a machine that ended meanwhile leaves no runner behind."""
    if not made:
        return
    try:
        machine_rows.keep(world.table, made, world.now)
    except ConflictError as error:
        if len(made) > 1:
            for one in made:
                _keep(world, launch, [one])
            return
        if not any(reason.is_condition for reason in error.reasons):
            raise
        repository = next(job.repository for job in launch.jobs if job.job_id == made[0].job_id)
        runners.remove(world.registry, launch.app_id, repository, made[0].runner_id, world.now)


def _without(world: Launcher, launch: Launch, without: Mapping[Place, GitHubError]) -> None:
    """See to machines without a configuration: soon there is one, or they end and their jobs return."""
    alike: dict[str, list[Place]] = defaultdict(list)
    for place, error in without.items():
        if not isinstance(error, BusyError):
            alike[f"{isinstance(error, OF_ALL)} {error}"].append(place)
    for _, places in sorted(alike.items()):  # what is of all comes last: it may raise
        _refused(world, launch, places, without[places[0]])


def _refused(world: Launcher, launch: Launch, places: Sequence[Place], error: GitHubError) -> None:
    logger.error("machines not configured", extra={"launch_id": launch.launch_id, "why": str(error)})
    measuring.count(world, _metric(error), launch.wish.preset, len(places), launchId=launch.launch_id, why=str(error))
    if isinstance(error, PacedError):
        until = world.now + timedelta(seconds=error.wait_seconds)
        budget.close(world.budgets, launch.app_id, until)
        if not _is_late(world, launch, error.wait_seconds):
            slot = Slot(app_id=launch.app_id, at=until)
            launch_rows.let_go(world.table, launch, world.now)
            launcher.later(world, replace(launch.start(_jobs(places)), slot=slot), error.wait_seconds)
            return
    elif isinstance(error, UnavailableError):
        budget.close(world.budgets, launch.app_id, world.now + DOWN)  # no further machine is started meanwhile
        if not _is_late(world, launch, 0):
            raise error
    _give_up(world, launch, places, str(error))
    if isinstance(error, OF_ALL) or launch.attempt + 1 < MOST_TRIES:
        launcher.again(world, launch.start(_jobs(places)))
    else:
        refusal, jobs = admission.refused_by_github(str(error)), _jobs(places)
        waiting_rows.refuse(world.table, jobs, refusal, world.now)
        measuring.refused(world, refusal, launch.wish.preset, [job.job_id for job in jobs])


def _metric(error: GitHubError) -> str:
    return measures.REGISTRATIONS_PACED if isinstance(error, PacedError) else measures.REGISTRATION_FAULTS


def _is_late(world: Launcher, launch: Launch, wait_seconds: int) -> bool:
    """Tell whether machines would not wait for a configuration that comes in so many seconds."""
    return world.now + timedelta(seconds=wait_seconds) - launch.created_at > launches.CONFIGURED_WITHIN


def _give_up(world: Launcher, launch: Launch, places: Sequence[Place], why: str) -> None:
    """End machines that got no configuration, and free their jobs."""
    _forget(world, launch, places)
    ends = [
        End(
            arn=machines.arn(world.site, place.machine.instance_id),
            preset=launch.wish.preset,
            reason=UNCONFIGURED,
            releases=place.job.job_id,
            launch_id=launch.launch_id,
        )
        for place in places
    ]
    machine_rows.end(world.table, ends, world.now)
    instances.terminate(world.ec2, [place.machine.instance_id for place in places])
    measuring.count(
        world, measures.MACHINES_GIVEN_UP, launch.wish.preset, len(places), launchId=launch.launch_id, why=why
    )
    logger.error("machines given up", extra={"launch_id": launch.launch_id, "machines": len(places), "why": why})


def _forget(world: Launcher, launch: Launch, places: Sequence[Place]) -> None:
    """Remove runners whose making nobody heard the end of; while GitHub refuses that too, they are found later."""
    for place in places:
        try:
            runners.remove_by_name(
                world.registry, launch.app_id, place.job.repository, place.machine.instance_id, world.now
            )
        except GitHubError as error:
            logger.warning("runner not looked for", extra={"launch_id": launch.launch_id, "why": str(error)})
            return


def _jobs(places: Sequence[Place]) -> tuple[WaitingJob, ...]:
    return tuple(place.job for place in places)


def _runner(launch: Launch, place: Place) -> Runner:
    return Runner(
        name=place.machine.instance_id,
        labels=place.job.labels,
        repository=place.job.repository,
        group=launch.runner_group,
    )
