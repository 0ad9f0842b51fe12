"""Empties dead-letter queues: messages go back to where they came from, records of failed calls are told."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from generator.errors import SpotRunnerError, UsageError
from generator.inputs.wording import did_you_mean
from generator.inputs.yaml_source import shown
from generator.redrive import failures, queue
from generator.redrive.failures import Failure
from generator.redrive.queue import Queue
from generator.reporting.place import Place
from generator.rows import Heard
from generator.stacks.queues import DEAD_LETTERS, RECONCILE_DLQ, SYNC_DLQ, WAITING

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

BACK: Mapping[str, str] = {dead: waiting for waiting, dead in WAITING.items()}
# Of the others: what to do, as nothing that they hold may be done again.
REMEDIES: Mapping[str, str] = {
    SYNC_DLQ: (
        "CloudFormation has given these requests up and rolled back; sent again, they would undo what was deployed "
        f"since: run `spot-runner deploy`, then `spot-runner redrive {SYNC_DLQ} --discard`"
    ),
    RECONCILE_DLQ: (
        f"each later minute does what these missed: `spot-runner redrive {RECONCILE_DLQ} --discard` takes them away; "
        "if more come, the function's log says why"
    ),
}
MOVING_SECONDS = 60  # in which ten messages are sent and deleted
LOOKING_SECONDS = 300
MOST_LOOKED_AT = 100  # of thousands, all that failed for the same reason, nobody reads more


@dataclass(frozen=True, kw_only=True)
class Order:
    """Which queues, by names such as `jobs-dlq`, and what is wanted: `changes` is false for a look alone."""

    queues: tuple[str, ...]
    changes: bool
    discards: bool


@dataclass(frozen=True, kw_only=True)
class Emptied:
    """What lay in one queue, and what became of it; `held` is what somebody else held at the moment."""

    queue: str
    lay: int = 0
    held: int = 0
    moved: int = 0
    discarded: int = 0
    failures: tuple[Failure, ...] = ()
    error: str | None = None

    @property
    def handled(self) -> int:
        """Return how many messages were moved, or told."""
        return self.moved + sum(failure.count for failure in self.failures)

    @property
    def stays(self) -> int:
        """Return about how many messages still lie there."""
        return max(0, self.lay + self.held - self.moved - self.discarded)


def chosen(deployment: str, name: str | None) -> tuple[str, ...]:
    """Return the queue of a name, with or without the deployment's in front, or all; raise UsageError."""
    if name is None:
        return DEAD_LETTERS
    short = name.removeprefix(f"{deployment}-")
    if short not in DEAD_LETTERS:
        raise UsageError(
            f"the queue is '{shown(name)}', expected {', '.join(DEAD_LETTERS)}{did_you_mean(short, DEAD_LETTERS)}"
        )
    return (short,)


def redrive(place: Place, order: Order, heard: Heard) -> tuple[Emptied, ...]:
    """Empty the queues one after the other; what goes wrong with one is told and stops no other."""
    dead = {name: queue.find(place, name) for name in order.queues}
    live = {name: queue.find(place, BACK[name]) for name in order.queues if name in BACK and order.changes}
    return tuple(_emptied(name, dead[name], live.get(name), order, heard) for name in order.queues)


def _emptied(name: str, dead: Queue, live: Queue | None, order: Order, heard: Heard) -> Emptied:
    found = Emptied(queue=name)
    try:
        lay, held = queue.depth(dead)
        found = replace(found, lay=lay, held=held)
        for step in _steps(found, dead, live, order):
            found = step
            heard(f"{found.queue}: {found.handled:,} of {found.lay:,} messages…")
    except SpotRunnerError as error:
        return replace(found, error=str(error))
    return found


def _steps(found: Emptied, dead: Queue, live: Queue | None, order: Order) -> Iterator[Emptied]:
    """Yield what became of a queue after each batch."""
    if not found.lay:
        return iter(())
    if found.queue in BACK:
        return _moved(found, dead, live) if live else iter(())
    return _discarded(found, dead) if order.changes and order.discards else _looked_at(found, dead)


def _moved(found: Emptied, dead: Queue, live: Queue) -> Iterator[Emptied]:
    """Send first, then delete: whatever happens in between, a message may come twice, and never not at all."""
    for messages in queue.batches(dead, found.lay, MOVING_SECONDS):
        taken, refused = queue.send(live, messages)
        if taken:
            queue.delete(dead, taken)
        found = replace(found, moved=found.moved + len(taken))
        yield found
        if refused:
            raise SpotRunnerError(f"{live.name} did not take a message: {refused}: repeat the command")


def _discarded(found: Emptied, dead: Queue) -> Iterator[Emptied]:
    for messages in queue.batches(dead, found.lay, MOVING_SECONDS):
        queue.delete(dead, messages)
        told = _with(found.failures, messages)
        found = replace(found, failures=told, discarded=found.discarded + len(messages))
        yield found


def _looked_at(found: Emptied, dead: Queue) -> Iterator[Emptied]:
    """Look at records without taking them; they are held meanwhile, so that none is told twice."""
    seen: list[MessageTypeDef] = []
    for messages in queue.batches(dead, min(found.lay, MOST_LOOKED_AT), LOOKING_SECONDS):
        seen += messages
        found = replace(found, failures=_with(found.failures, messages))
        yield found
        if len(seen) >= MOST_LOOKED_AT:
            break
    queue.put_back(dead, seen)


def _with(known: Iterable[Failure], messages: Iterable["MessageTypeDef"]) -> tuple[Failure, ...]:
    return failures.together((*known, *map(failures.parse, messages)))
