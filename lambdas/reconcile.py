"""Every minute: what the events missed. Cheap while all is quiet; a lease keeps two rounds from overlapping."""

import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

from botocore.httpsession import URLLib3Session

from lambdas.adapters import ami_state, amis, clients, images, observation, parameters, preset_rows, round_row
from lambdas.adapters.clients import Bounds, Context, World
from lambdas.adapters.github import Api
from lambdas.adapters.github_apps import Apps
from lambdas.adapters.runners import Registry
from lambdas.adapters.secrets import Secret
from lambdas.core import rounds
from lambdas.core.errors import FunctionError
from lambdas.core.projection import projection
from lambdas.core.rounds import Round
from lambdas.core.state import AmiState, Build, Pipeline, Snapshot
from lambdas.reconciling import duties
from lambdas.reconciling.keeper import Clock, Keeper

logger = logging.getLogger(__name__)

BOUNDS = Bounds(read_seconds=3, attempts=2, patience_seconds=3.0)  # see WORK_SECONDS of core/rounds.py
GITHUB_SECONDS = 4  # to connect, and again to answer
BUILDS_PER_CHANGE = 50  # a transaction takes 100 items


class IncompleteRoundError(FunctionError):
    """Some presets or duties could not be reconciled: the next round tries again."""


def handler(event: Mapping[str, Any], context: Context) -> None:  # noqa: ARG001 - a schedule says nothing
    """Do one round, unless another one is running."""
    keeper = Keeper(
        aws=clients.world(context, BOUNDS),
        registry=_registry(),
        app_ids=tuple(one for one in os.environ["GITHUB_APPS"].split(",") if one),
        left_seconds=lambda: context.get_remaining_time_in_millis() / 1000,
    )
    run(keeper, context.aws_request_id)


def run(keeper: Keeper, owner: str) -> None:
    """Do what is due while there is time; raise IncompleteRoundError if anything could not be reconciled."""
    world = keeper.aws
    last = round_row.take(world.table, owner, world.now)
    if last is None:
        logger.info("another round is running")
        return
    states = preset_rows.states(world.table)
    served, unserved = duties.run(keeper, last, states)
    done, failed = _round(world, served, states, keeper.left_seconds)
    round_row.give_back(world.table, owner, done, world.now)
    failed += unserved
    if failed:
        raise IncompleteRoundError(f"could not reconcile {', '.join(sorted(set(failed)))}")


def _round(world: World, last: Round, states: Sequence[AmiState], left_seconds: Clock) -> tuple[Round, list[str]]:
    """Do what is due for presets, what users wait for first; return where it ended, and the presets that failed."""
    polls = rounds.polls(last, states)
    failed, left = _each(partial(_poll, world), polls.now, partial(_has_time, left_seconds, rounds.POLL_SECONDS))
    done = replace(last, unpolled=rounds.cut_short(polls, left).later)
    has_time = partial(_has_time, left_seconds, rounds.WORK_SECONDS)
    if rounds.repair_is_due(last, world.now):
        unrepaired, left = _repair(world, states, has_time)
        done = done if unrepaired or left else replace(done, repaired_at=world.now)
        failed += unrepaired
    inspections = rounds.inspections(last, states, world.now)
    uninspected, left = _each(partial(_inspect, world), inspections.now, has_time)
    done = rounds.inspected(done, rounds.cut_short(inspections, left), uninspected, world.now)
    return done, failed + uninspected


def _has_time(left_seconds: Clock, needed_seconds: float) -> bool:
    return rounds.has_time(left_seconds(), needed_seconds)


def _each(
    work: Callable[[str], None], presets: Sequence[str], has_time: Callable[[], bool]
) -> tuple[list[str], Sequence[str]]:
    """Do something for every preset while there is time; return those that failed, and those that are left.

    One that fails must not keep the others waiting.
    """
    failed: list[str] = []
    for done, preset in enumerate(presets):
        if not has_time():
            logger.warning("out of time", extra={"left": list(presets[done:])})
            return failed, presets[done:]
        try:
            work(preset)
        except FunctionError as error:
            logger.error("preset failed", extra={"preset": preset, "why": str(error)})  # noqa: TRY400 - one line
            failed.append(preset)
        except Exception:  # whatever it is, it is this preset's alone
            logger.exception("preset failed", extra={"preset": preset})
            failed.append(preset)
    return failed, ()


def _poll(world: World, preset: str) -> None:
    """Ask about the builds of a preset that have not ended; look for some if it is building, but none is known."""
    known = preset_rows.read(world.table, preset)
    found = [seen for build in rounds.to_poll(known.facts) if (seen := observation.poll(world, build))]
    if rounds.lacks_build(known):
        found += _discovered(world, known)
    _record(world, preset, known, found)


def _inspect(world: World, preset: str) -> None:
    """Look for AMIs that are gone, for builds that no event told of, and whether the pipeline still runs.

    What EC2 says is written first: it holds whatever Image Builder answers.
    """
    known = preset_rows.read(world.table, preset)
    described = amis.describe(world.ec2, [str(build.ami_id) for build in rounds.to_look_at(known.facts)])
    moved = rounds.moved_amis(known.facts, described, world.now)
    known = _record(world, preset, known, moved)
    pipeline_arn = known.config.pipeline_arn if known.config else None
    if pipeline_arn:
        pipeline = images.pipeline(world.imagebuilder, pipeline_arn, at=world.now)
        _record(world, preset, known, _discovered(world, known), pipeline)


def _discovered(world: World, known: Snapshot) -> list[Build]:
    """Return facts about the builds of a preset's pipeline that the table does not know, or not as they are."""
    if known.config is None or known.config.pipeline_arn is None:
        return []
    listed = images.of_pipeline(world.imagebuilder, known.config.pipeline_arn)
    found = (observation.discover(world, arn) for arn in rounds.to_discover(known.facts, listed))
    return [build for build in found if build]


def _record(
    world: World, preset: str, known: Snapshot, found: Sequence[Build], pipeline: Pipeline | None = None
) -> Snapshot:
    """Write what was found, in pieces that fit into a transaction, publish the state if it moved, and return all."""
    written = ami_state.record(world, preset, known, found=found[:BUILDS_PER_CHANGE], pipeline=pipeline)
    for start in range(BUILDS_PER_CHANGE, len(found), BUILDS_PER_CHANGE):
        written = ami_state.record(world, preset, written, found=found[start : start + BUILDS_PER_CHANGE])
    if written.latest != known.latest:
        ami_state.publish(world, preset, written)
        logger.info("preset moved", extra={"preset": preset, "status": written.latest and written.latest.status})
    return written


def _repair(world: World, states: Iterable[AmiState], has_time: Callable[[], bool]) -> tuple[list[str], Sequence[str]]:
    """Make the SSM parameters say what the table does; those of presets that are gone go too.

    Returns the presets that failed, and those that are left.
    """
    shown = parameters.below(world.ssm, world.site.names.config_path)
    known = {world.site.names.config_parameter(state.preset_name) for state in states}
    presets = sorted(name.removeprefix(world.site.names.config_path) for name in known | set(shown))
    return _each(partial(_compare, world, shown), presets, has_time)


def _compare(world: World, shown: Mapping[str, str], preset: str) -> None:
    latest, config = preset_rows.read_state(world.table, preset)
    wanted = projection(config, latest) if latest and config else None
    if shown.get(world.site.names.config_parameter(preset)) != wanted:
        logger.warning("parameter repaired", extra={"preset": preset})
        ami_state.publish(world, preset, Snapshot(latest=latest, config=config))


@cache
def _registry() -> Registry:
    api = Api(url=os.environ["GITHUB_API_URL"], session=URLLib3Session(timeout=GITHUB_SECONDS))
    secret = Secret(client=clients.secretsmanager(BOUNDS), arn=os.environ["APP_KEY_ARN"])
    return Registry(apps=Apps(api=api, owner=os.environ["GITHUB_OWNER"], secret=secret))
