"""What is due in one round of `reconcile`: what is cheap every minute, the rest more rarely."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lambdas.core import builds, fold
from lambdas.core.builds import Ami
from lambdas.core.state import AmiState, Build, Facts, Snapshot

LEASE = timedelta(seconds=55)  # the function's timeout: whoever held it is dead when it ends
REPAIR_EVERY = timedelta(minutes=5)
INSPECT_EVERY = timedelta(hours=1)
# A poll or an inspection makes some ten calls. So many fit into a round that also repairs 200 presets, and all of these
# are inspected within 34 minutes.
POLLS_PER_ROUND = 30
INSPECTIONS_PER_ROUND = 6
# What must be left of the function's time to begin with one more preset: a stalled call, Image Builder's pacing, and
# the end of the round. Polls leave as much again to what comes after them, so that those who wait for a repair or an
# inspection get it though every poll stalls.
WORK_SECONDS = 21.0
POLL_SECONDS = 36.0
# Jobs and machines come first, because somebody waits for them; what they begin last may stall, and polls begin still.
RUNNER_SECONDS = 45.0
LOOK_EVERY = timedelta(minutes=5)  # at instances, counters, parked jobs and failed deliveries
SEEK_EVERY = timedelta(hours=1)  # for ghosts in GitHub
VANISHED_AFTER = timedelta(hours=1)  # a build that Image Builder does not know by then will never come


@dataclass(frozen=True, kw_only=True)
class Round:
    """Where the last round ended: when the rarer work was last due, and the presets that still wait for their turn.

    `repaired_at` is when all parameters were last compared, `inspected_at` when the last inspection of all presets
    began; `looked_at`, `redelivered_at` and `sought_at` when the rarer work for jobs and machines was last done; None
    for never. `strikes` are the instances that were then without a row, `miscounted` what the counters were wrong
    about. GitHub is asked nothing before `github_opens_at`: it said so. `ghost_page` is how far its list was read.
    """

    repaired_at: datetime | None = None
    inspected_at: datetime | None = None
    unpolled: tuple[str, ...] = ()
    uninspected: tuple[str, ...] = ()
    looked_at: datetime | None = None
    redelivered_at: datetime | None = None
    sought_at: datetime | None = None
    strikes: tuple[str, ...] = ()
    miscounted: tuple[str, ...] = ()
    github_opens_at: datetime | None = None
    ghost_page: int = 0


@dataclass(frozen=True, kw_only=True)
class Turn:
    """The presets whose turn it is, and those that wait for the next round."""

    now: tuple[str, ...]
    later: tuple[str, ...]


def has_time(left_seconds: float, needed_seconds: float) -> bool:
    """Tell whether to begin with one more preset: the function's time may not be over before its round has ended."""
    return left_seconds >= needed_seconds


def cut_short(turn: Turn, left: Collection[str]) -> Turn:
    """Return a turn for whose last presets no time was left: they come first in the next round."""
    return Turn(now=tuple(preset for preset in turn.now if preset not in left), later=(*left, *turn.later))


def repair_is_due(last: Round, now: datetime) -> bool:
    """Tell whether the SSM parameters are to be compared with the table."""
    return last.repaired_at is None or now - last.repaired_at >= REPAIR_EVERY


def inspection_is_due(last: Round, now: datetime) -> bool:
    """Tell whether AMIs, pipelines and unknown builds of all presets are to be looked at again."""
    return last.inspected_at is None or now - last.inspected_at >= INSPECT_EVERY


def is_due(done_at: datetime | None, every: timedelta, now: datetime) -> bool:
    """Tell whether something is to be done again."""
    return done_at is None or now - done_at >= every


def github_is_open(last: Round, now: datetime) -> bool:
    """Tell whether GitHub may be asked."""
    return last.github_opens_at is None or last.github_opens_at <= now


def polls(last: Round, states: Iterable[AmiState]) -> Turn:
    """Return the presets to poll: those that are not ready."""
    return _turn(last.unpolled, [state.preset_name for state in states if state.status != fold.READY], POLLS_PER_ROUND)


def inspections(last: Round, states: Iterable[AmiState], now: datetime) -> Turn:
    """Return the presets to inspect: all of them once an hour, slice by slice."""
    presets = [state.preset_name for state in states]
    due = presets if inspection_is_due(last, now) else [preset for preset in last.uninspected if preset in presets]
    return _turn(last.uninspected, due, INSPECTIONS_PER_ROUND)


def inspected(last: Round, turn: Turn, failed: Iterable[str], now: datetime) -> Round:
    """Return where a round ended that had this turn: what failed waits behind all others, and holds up none."""
    began = now if inspection_is_due(last, now) else last.inspected_at
    return replace(last, inspected_at=began, uninspected=(*turn.later, *failed))


def _turn(waiting: Iterable[str], due: Collection[str], most: int) -> Turn:
    """Return whose turn it is among those that are due: who waits already comes first, so that nobody starves."""
    first = [preset for preset in waiting if preset in due]
    line = (*first, *(preset for preset in due if preset not in first))
    return Turn(now=line[:most], later=line[most:])


def to_poll(facts: Facts) -> tuple[Build, ...]:
    """Return the builds to ask Image Builder about: those that have not ended."""
    return tuple(filter(builds.is_under_way, facts.builds))


def to_look_at(facts: Facts) -> tuple[Build, ...]:
    """Return the builds whose AMI EC2 is to be asked about: an image stays AVAILABLE when its AMI is gone."""
    return tuple(build for build in facts.builds if build.status == builds.AVAILABLE and build.ami_id)


def moved_amis(facts: Facts, amis: Mapping[str, Ami], now: datetime) -> tuple[Build, ...]:
    """Return facts about the builds whose AMI is not what it was; `amis` are those that EC2 has, by id."""
    looked_at = {build: builds.looked_at(build, amis.get(str(build.ami_id))) for build in to_look_at(facts)}
    return tuple(replace(after, event_at=now) for before, after in looked_at.items() if after != before)


def lacks_build(snapshot: Snapshot) -> bool:
    """Tell whether a preset has no AMI and no build of its recipe is known: one may run whose events were lost."""
    return snapshot.config is not None and fold.lacks_build(snapshot.config, snapshot.facts)


def vanished(build: Build, now: datetime) -> Build | None:
    """Return the fact that a build is gone which Image Builder does not find, or None while it may still come."""
    if now - build.started_at < VANISHED_AFTER:
        return None
    return replace(build, status=builds.DELETED, event_at=now, reason="Image Builder does not know it")


def to_discover(facts: Facts, listed: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the builds to ask about among all `(ARN, status)` of a pipeline: unknown ones, and those that moved."""
    known = {build.build_arn: build.status for build in facts.builds}
    return tuple(arn for arn, status in listed if known.get(arn) != status)


def unheard(facts: Facts, listed: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the builds that began or ended with no word of it, among all `(ARN, status)` of a pipeline, newest first.

    Those that the table takes for running and Image Builder does not, and the other way round. Their starts are not
    known yet: the newest is that of the highest version.
    """
    running = {arn for arn, status in listed if status in builds.UNDER_WAY}
    return tuple(sorted(running ^ {build.build_arn for build in to_poll(facts)}, key=builds.version, reverse=True))
