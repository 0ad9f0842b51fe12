"""The duties of a round for jobs and machines: what is due, while there is time; one that fails stops no other."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from lambdas.adapters.github import PacedError
from lambdas.adapters.github_apps import NoKeyError
from lambdas.core import rounds
from lambdas.core.errors import FunctionError
from lambdas.core.rounds import LOOK_EVERY, SEEK_EVERY, Round
from lambdas.core.state import AmiState
from lambdas.reconciling import counters, deliveries, ghosts, idle, jobs, keeper, machines, numbers, parked
from lambdas.reconciling.keeper import Keeper, Seen

logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class _Turn:
    """One round under way: where it will have ended, and the duties that failed."""

    world: Keeper
    done: Round
    failed: list[str] = field(default_factory=list)

    def attempt(self, duty: str, act: Callable[[], Round | None]) -> None:
        """Do a duty if there is time, and keep where the round ends by it; a limit of GitHub's closes it for all."""
        if not self.world.has_time:
            logger.warning("out of time", extra={"duty": duty})
            return
        try:
            self.done = act() or self.done
        except PacedError as error:
            self._close(timedelta(seconds=error.wait_seconds), duty, error)
        except NoKeyError as error:  # the App is not set up yet, or its key is being changed
            self._close(LOOK_EVERY, duty, error)
        except FunctionError as error:
            logger.error("duty failed", extra={"duty": duty, "why": str(error)})  # noqa: TRY400 - one line
            self.failed.append(duty)
        except Exception:  # whatever it is, it is this duty's alone
            logger.exception("duty failed", extra={"duty": duty})
            self.failed.append(duty)

    def _close(self, wait: timedelta, duty: str, error: FunctionError) -> None:
        self.done = replace(self.done, github_opens_at=self.world.now + wait)
        logger.warning("GitHub is asked later", extra={"duty": duty, "why": str(error)})

    def ask_github(self, duty: str, act: Callable[[], Round | None]) -> None:
        """Do a duty for which GitHub must be asked, unless it said not to."""
        if rounds.github_is_open(self.done, self.world.now):
            self.attempt(duty, act)


def run(world: Keeper, last: Round, states: Iterable[AmiState]) -> tuple[Round, list[str]]:
    """Do what is due, what users wait for first; return where the round ended, and the duties that failed."""
    turn = _Turn(world=world, done=last)
    seen = _seen(turn)
    if seen and (seen.jobs or seen.machines):
        _match(turn, seen)
    if rounds.is_due(last.redelivered_at, LOOK_EVERY, world.now):
        turn.ask_github("deliveries", lambda: _redeliver(turn))
    if seen and rounds.is_due(last.looked_at, LOOK_EVERY, world.now):
        _look(turn, seen, states)
    if rounds.is_due(last.sought_at, SEEK_EVERY, world.now):
        turn.ask_github("ghosts", lambda: _seek(turn))
    return turn.done, turn.failed


def _seen(turn: _Turn) -> Seen | None:
    """Return the jobs and machines that have not ended, or None if there is no time, or something is in the way."""
    found: list[Seen] = []
    turn.attempt("jobs and machines", lambda: found.append(keeper.look(turn.world)))
    return found[0] if found else None


def _match(turn: _Turn, seen: Seen) -> None:
    """Match jobs that wait with machines that are idle."""
    world = turn.world
    turn.attempt("launches", lambda: jobs.resume_launches(world, seen))
    turn.ask_github("jobs", lambda: jobs.ask(world, seen))
    turn.ask_github("surplus machines", lambda: idle.end_surplus(world, seen))
    turn.ask_github("silent machines", lambda: idle.ask_about_silent(world, seen))


def _look(turn: _Turn, seen: Seen, states: Iterable[AmiState]) -> None:
    """Look at machines, counters and parked jobs; if one of them fails, all are looked at again in the next round."""
    world, failed = turn.world, len(turn.failed)
    turn.attempt("machines", lambda: replace(turn.done, strikes=machines.look_at(world, seen, turn.done.strikes)))
    turn.attempt("counters", lambda: replace(turn.done, miscounted=counters.recount(world, turn.done.miscounted)))
    turn.attempt("parked jobs", lambda: parked.start(world, states))
    turn.attempt("numbers", lambda: numbers.tell(world, seen))
    if len(turn.failed) == failed and world.has_time:
        turn.done = replace(turn.done, looked_at=world.now)


def _redeliver(turn: _Turn) -> Round:
    is_over = deliveries.repeat_failed(turn.world)
    return replace(turn.done, redelivered_at=turn.world.now) if is_over else turn.done


def _seek(turn: _Turn) -> Round:
    page = ghosts.remove(turn.world, turn.done.ghost_page)
    return replace(turn.done, ghost_page=page, sought_at=turn.done.sought_at if page else turn.world.now)
