"""Jobs that want machines: paced, claimed together, or told what they wait for."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from lambdas.adapters import budget, github_apps, launch_rows, runners, waiting_rows
from lambdas.adapters.capacity import Limits
from lambdas.adapters.errors import ConflictError, Reason
from lambdas.adapters.github import GitHubError, UnavailableError
from lambdas.adapters.runners import NoGroupError
from lambdas.core import admission, claims, fleets, launches, measures, pacing
from lambdas.core.claims import Held
from lambdas.core.deployed import Deployed
from lambdas.core.launches import Launch
from lambdas.core.pacing import Slot
from lambdas.core.starts import Start
from lambdas.launching import carrying, launcher, measuring
from lambdas.launching.launcher import Launcher

logger = logging.getLogger(__name__)

ATTEMPTS = 5
LAGGING_SECONDS = 10  # the parameter in SSM follows the table in seconds
NO_TYPE_FITS = "none of the preset's instance types fits any more"
ASIDE = timedelta(minutes=1)
PAUSED = "the deployment is paused"


def start(world: Launcher, asked: Start) -> None:
    """Get machines for jobs: now, later, or once their preset has an AMI."""
    found = launcher.preset(world, asked.wish.preset)
    if isinstance(found, str):
        _park(world, asked, found)
        return
    types = admission.fitting(found.preset, asked.wish)
    if not types:
        _wait(world, asked, NO_TYPE_FITS)
        return
    github_apps.told(world.registry.apps, asked.jobs[0].app_id, asked.jobs[0].installation_id)
    slot = _slot(world, asked)
    if slot.at > world.now:
        launcher.later(world, replace(asked, slot=slot), launcher.wait_seconds(world, slot.at))
        return
    if refused := _no_runner(world, asked, slot, found):
        budget.give_back(world.budgets, slot, len(asked.jobs))
        # The group is missing for all Apps; what else is said, such as that there is no key, is said of one.
        if not isinstance(refused, NoGroupError) and budget.set_aside(world.budgets, slot.app_id, world.now + ASIDE):
            start(world, replace(asked, slot=None))
        else:
            _wait(world, asked, str(refused))
        return
    _claim(world, asked, slot, found, types)


def _no_runner(world: Launcher, asked: Start, slot: Slot, deployed: Deployed) -> GitHubError | None:
    """Return why GitHub would let nobody make a runner, or None: no machine is started that could not get one."""
    job = asked.jobs[0]
    try:
        runners.check(world.registry, slot.app_id, job.repository, deployed.preset.runner_group, world.now)
    except UnavailableError:
        raise
    except GitHubError as error:
        measuring.count(world, measures.REGISTRATION_FAULTS, asked.wish.preset, len(asked.jobs), why=str(error))
        logger.error("no runner can be made", extra={"app_id": slot.app_id, "why": str(error)})  # noqa: TRY400 - it says all
        return error
    return None


def _slot(world: Launcher, asked: Start) -> Slot:
    """Return when each job's JIT configuration may be asked for; a closed App is waited for, or another is sooner."""
    known, now_ms = asked.slot, pacing.milliseconds(world.now)
    if known is None:
        slot = budget.reserve(world.budgets, len(asked.jobs), asked.jobs[0].app_id, world.now)
        _learn(world, slot.app_id)
        return slot
    closed_until_ms = world.budgets.of(known.app_id).closed_until_ms
    if closed_until_ms <= now_ms:
        return known
    if budget.is_sooner(world.budgets, closed_until_ms):
        return budget.reserve(world.budgets, len(asked.jobs), known.app_id, world.now)
    return replace(known, at=pacing.moment(closed_until_ms))


def _learn(world: Launcher, app_id: str) -> None:
    """Ask how much GitHub allows an App that nobody has used yet: a burst would begin at the slowest pace there is."""
    if world.budgets.of(app_id).per_hour is not None:
        return
    try:
        found = github_apps.requests_per_hour(world.registry.apps, app_id, world.now)
    except GitHubError as error:  # whoever asks for a runner meets it, too, and tells
        logger.info("limit not known", extra={"app_id": app_id, "why": str(error)})
    else:
        budget.learn(world.budgets, app_id, found or pacing.REQUESTS_PER_HOUR)


def _claim(world: Launcher, asked: Start, slot: Slot, deployed: Deployed, types: Sequence[str]) -> None:
    """Make one launch of all jobs that can still be claimed, as far as there is room, and carry it out."""
    limits = Limits(preset=deployed.preset.max_runners, deployment=world.max_runners)
    theirs: dict[str, None] = {}
    left = asked
    room, why, unused = limits.most, _full(limits), len(asked.jobs)
    for _ in range(ATTEMPTS):
        now, waiting = left.jobs[:room], left.jobs[room:]
        if not now:
            break
        launch = _planned(world, replace(left, jobs=now), slot, deployed, types)
        try:
            launch_rows.claim(world.table, launch, limits, world.now)
        except ConflictError as error:
            judged = claims.judge(now, _held(error.reasons[2:]))
            theirs |= dict.fromkeys(judged.launches)
            left = replace(left, jobs=(*judged.free, *waiting))
            room, why = _room(error.reasons[0], left.wish.preset, limits, room)
            continue
        left, unused = replace(left, jobs=waiting), len(asked.jobs) - len(now)
        carrying.carry_out(world, launch)
        break
    else:
        raise ConflictError(f"jobs of {asked.wish.preset} were changed by others {ATTEMPTS} times in a row")
    _finish(world, left, slot, unused, why, tuple(theirs))


def _finish(world: Launcher, left: Start, slot: Slot, unused: int, why: str, theirs: Sequence[str]) -> None:
    """Give back what nobody used, let those wait that found no room, and see to launches that others began."""
    if unused:
        budget.give_back(world.budgets, slot, unused)
    if left.jobs:
        _wait(world, left, why)
    for launch_id in theirs:
        carrying.resume(world, launch_id)


def _planned(world: Launcher, asked: Start, slot: Slot, deployed: Deployed, types: Sequence[str]) -> Launch:
    launch_id = world.new_id()
    tags = fleets.tags(world.site.names.deployment, asked.wish.preset, launch_id)
    fleet = fleets.request(deployed, launches.first_market(asked, deployed), types, world.subnets, tags=tags)
    return launches.planned(asked, deployed, fleet, launch_id, slot.app_id, world.now)


def _room(reason: Reason, preset: str, limits: Limits, room: int) -> tuple[int, str]:
    """Return how many machines may be added by what the counters say, and what is in the way of more."""
    if not reason.is_condition:
        return room, _full(limits)
    counters = reason.item or {}
    if counters.get("pausedAt"):
        return 0, PAUSED
    return claims.room(preset, counters, limits.preset, limits.deployment), _full(limits)


def _full(limits: Limits) -> str:
    whose = "preset" if limits.preset <= limits.deployment else "deployment"
    return f"maxRunners of the {whose} are reached: {limits.most}"


def _park(world: Launcher, asked: Start, why: str) -> None:
    """Park jobs whose preset has no AMI: whoever brings one says so."""
    left = asked
    for _ in range(ATTEMPTS):
        if not left.jobs:
            return
        try:
            waiting_rows.park(world.table, left.jobs, asked.wish.preset, why, world.now)
        except ConflictError as error:
            if error.is_condition:  # it has one by now
                launcher.later(world, left, LAGGING_SECONDS)
                return
            left = _still_free(world, left, error.reasons[1:])
            continue
        measuring.count(world, measures.JOBS_PARKED, asked.wish.preset, len(left.jobs), why=why)
        logger.info("jobs parked", extra={"preset": asked.wish.preset, "jobs": _ids(left), "why": why})
        return
    raise ConflictError(f"jobs of {asked.wish.preset} were changed by others {ATTEMPTS} times in a row")


def _wait(world: Launcher, asked: Start, why: str) -> None:
    """Let jobs wait, and say for what; those that do not wait any more are done."""
    left = asked
    for _ in range(ATTEMPTS):
        try:
            if left.jobs:
                waiting_rows.mark(world.table, left.jobs, why, world.now)
            break
        except ConflictError as error:
            left = _still_free(world, left, error.reasons)
    if left.jobs:
        measuring.count(world, measures.JOBS_HELD, asked.wish.preset, len(left.jobs), why=why)
        logger.info("jobs wait", extra={"preset": asked.wish.preset, "jobs": _ids(left), "why": why})
        launcher.again(world, left)


def _still_free(world: Launcher, asked: Start, reasons: Sequence[Reason]) -> Start:
    judged = claims.judge(asked.jobs, _held(reasons))
    for launch_id in judged.launches:
        carrying.resume(world, launch_id)
    return replace(asked, jobs=judged.free)


def _held(reasons: Sequence[Reason]) -> tuple[Held, ...]:
    return tuple((reason.item or {}) if reason.is_condition else None for reason in reasons)


def _ids(asked: Start) -> list[int]:
    return [job.job_id for job in asked.jobs]
