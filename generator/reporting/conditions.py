"""What one answer says of each thing that can have an issue."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from generator.reporting.answer import DEGRADED, FAILED, READY, Answer, PresetAnswer
from generator.reporting.marker import NOTHING, Subject, Told
from generator.reporting.watch import NoAnswer
from lambdas.core import times

REMOVED, DUPLICATE = "removed", "duplicate"
ENDED = frozenset({READY, REMOVED, DUPLICATE})  # what an issue says once the reporter has closed it
STATUS, DEPLOYMENT = Subject(kind="status"), Subject(kind="deployment")


class Health(Enum):
    """What follows for an issue: broken things have one, mended and gone things end it, the rest leaves it open."""

    BROKEN = auto()
    BETWEEN = auto()
    MENDED = auto()
    GONE = auto()


@dataclass(frozen=True, kw_only=True)
class Condition:
    """How something is; `reason` is in words from outside."""

    subject: Subject
    health: Health
    status: str
    since: datetime | None = None
    reason: str | None = None
    serving: bool = False
    ami_id: str | None = None

    def told(self, turn: int) -> Told:
        """Return what an issue remembers that says this."""
        since = times.text(self.since) if self.since else NOTHING
        # Why `/status` does not answer differs from try to try: only a preset's reason is worth telling anew.
        reason = self.reason if self.subject.kind == "preset" else None
        sum_ = hashlib.sha256(json.dumps([self.status, since, reason]).encode()).hexdigest()[:12]
        return Told(status=self.status, since=since, said=sum_, turn=turn)


def conditions(answer: Answer | NoAnswer, with_issues: Iterable[Subject]) -> tuple[Condition, ...]:
    """Return how everything is that the answer speaks of; without an answer nothing is known but that."""
    if isinstance(answer, NoAnswer):
        return (Condition(subject=STATUS, health=Health.BROKEN, status=answer.cause, reason=answer.reason),)
    answered = tuple(_preset(preset) for preset in answer.presets)
    return (
        Condition(subject=STATUS, health=Health.MENDED, status=READY),
        _deployment(answer),
        *answered,
        *_removed({condition.subject for condition in answered}, with_issues),
    )


def _preset(preset: PresetAnswer) -> Condition:
    return Condition(
        subject=Subject(kind="preset", name=preset.name),
        health={READY: Health.MENDED, FAILED: Health.BROKEN}.get(preset.status, Health.BETWEEN),
        status=preset.status,
        since=preset.since,
        reason=preset.reason,
        serving=preset.serving,
        ami_id=preset.ami_id,
    )


def _deployment(answer: Answer) -> Condition:
    """Return what ails the deployment as a whole: it is degraded, and no preset says why."""
    if answer.status != DEGRADED or any(preset.status == FAILED for preset in answer.presets):
        return Condition(subject=DEPLOYMENT, health=Health.MENDED, status=READY)
    return Condition(subject=DEPLOYMENT, health=Health.BROKEN, status=DEGRADED, reason=answer.message)


def _removed(answered: set[Subject], with_issues: Iterable[Subject]) -> Iterator[Condition]:
    for subject in sorted(set(with_issues) - answered):
        if subject.kind == "preset":
            yield Condition(subject=subject, health=Health.GONE, status=REMOVED)
