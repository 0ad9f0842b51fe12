"""What to do to the issues, decided from what `/status` says and what the issues remember; no I/O.

One issue per broken thing. Each change is told under its turn, so that a run that repeats or overlaps another says
nothing twice; an issue remembers its turn in its body, which is written last and together with its state, so that a
run that was cut off is finished.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from generator.github.comments import same
from generator.reporting import marker, wording
from generator.reporting.actions import Action, Close, Comment, Open, Reason, Reopen, Update
from generator.reporting.answer import READY, Answer
from generator.reporting.conditions import DUPLICATE, ENDED, Condition, Health, conditions
from generator.reporting.known import Known
from generator.reporting.marker import Filed, Told
from generator.reporting.watch import NoAnswer

if TYPE_CHECKING:
    from generator.github.issues import Issue

REOPENED_WITHIN = timedelta(days=7)
# A person who closes an issue as completed has mended the cause; the build that proves it takes its time.
BELIEVED_FOR = timedelta(days=1)
SILENCED = ("not_planned", "duplicate")  # GitHub's reasons by which a person says: no more of this


def decide(answer: Answer | NoAnswer, listing: "tuple[Issue, ...]", known: Known, now: datetime) -> tuple[Action, ...]:
    """Return what brings the issues in step with the answer; nothing where they are."""
    filed = marker.filed(listing, known.author, known.place)
    found = conditions(answer, (one.subject for one in filed))
    return tuple(action for condition in found for action in _about(condition, filed, known, now))


def _about(condition: Condition, filed: tuple[Filed, ...], known: Known, now: datetime) -> Iterator[Action]:
    own = [one for one in filed if one.subject == condition.subject]
    opened = [one for one in own if one.issue.state == "open"]
    for one in opened[1:]:
        yield from _duplicate(one, opened[0], known)
    if opened:
        yield from _open(opened[0], condition, known)
    else:
        last = max((one for one in own if one.told.status != DUPLICATE), key=_closed_at, default=None)
        yield from _closed(last, condition, known, now)


def _duplicate(one: Filed, elder: Filed, known: Known) -> Iterator[Action]:
    """Close the younger of two issues, left by runs that overlapped."""
    if one.told.status == DUPLICATE:  # a person opened it again
        yield _close(one, "not_planned", one.issue.body)
        return
    yield _comment(one, wording.duplicate_of(elder.issue.number))
    told = replace(one.told, status=DUPLICATE, turn=one.told.turn + 1)
    yield _close(one, "not_planned", marker.remembering(one, known.place, told))


def _open(one: Filed, condition: Condition, known: Known) -> Iterator[Action]:
    told = condition.told(one.told.turn + 1)
    by_a_person = one.told.status in ENDED  # closed by the reporter, opened again by a person: theirs until it breaks
    match condition.health:
        case Health.BROKEN if told.said == one.told.said:
            yield from _in_step(one, condition, known)
        case Health.BROKEN:
            yield _comment(one, wording.changed(condition))
            yield _update(one, _body(one, condition, told, known))
        case _ if by_a_person:
            return
        case Health.BETWEEN if told.said != one.told.said:
            yield _comment(one, wording.changed(condition))
            yield _remember(one, told, known)
        case Health.MENDED | Health.GONE:
            yield _comment(one, wording.ended(condition))
            reason: Reason = "completed" if condition.status == READY else "not_planned"
            yield _close(one, reason, marker.remembering(one, known.place, told))


def _in_step(one: Filed, condition: Condition, known: Known) -> Iterator[Action]:
    """Keep the details of the text true, without a word; why `/status` does not answer differs from run to run."""
    body = _body(one, condition, one.told, known)
    if one.subject.kind != "status" and not same(one.issue.body, body):
        yield _update(one, body)


def _closed(last: Filed | None, condition: Condition, known: Known, now: datetime) -> Iterator[Action]:
    """Decide where no issue is open; `last` is the one that was closed last."""
    if condition.health is not Health.BROKEN:
        if condition.health is not Health.BETWEEN and last and last.told.status not in ENDED:
            yield _remember(last, condition.told(last.told.turn + 1), known)  # closed by a person, and now it is over
    elif last is None:
        yield _new(condition, known)
    elif _same_failure(last, condition):
        if not _is_respected(last, now):
            yield from _again(last, condition, known, wording.still(condition))
    elif now - _closed_at(last) <= REOPENED_WITHIN:
        yield from _again(last, condition, known, wording.changed(condition))
    else:
        yield _new(condition, known)


def _same_failure(last: Filed, condition: Condition) -> bool:
    """Tell whether a person closed the issue about the very failure that is still there."""
    return last.told.status not in ENDED and last.told.since == condition.told(0).since


def _is_respected(last: Filed, now: datetime) -> bool:
    return last.issue.state_reason in SILENCED or now - _closed_at(last) <= BELIEVED_FOR


def _closed_at(one: Filed) -> datetime:
    return one.issue.closed_at or one.issue.updated_at


def _new(condition: Condition, known: Known) -> Open:
    title = wording.title(condition, known)
    return Open(subject=condition.subject, title=title, body=wording.body(condition, condition.told(1), known))


def _again(last: Filed, condition: Condition, known: Known, words: str) -> Iterator[Action]:
    yield _comment(last, words)
    body = _body(last, condition, condition.told(last.told.turn + 1), known)
    yield Reopen(subject=last.subject, number=last.issue.number, body=body)


def _body(one: Filed, condition: Condition, told: Told, known: Known) -> str:
    """Return an issue's text anew, with people's notes below it."""
    return marker.rewritten(one, wording.body(condition, told, known))


def _comment(one: Filed, words: str) -> Comment:
    hidden = f"<!-- spot-runner:turn={one.told.turn + 1} -->"
    return Comment(subject=one.subject, number=one.issue.number, marker=hidden, body=words)


def _close(one: Filed, reason: Reason, body: str) -> Close:
    return Close(subject=one.subject, number=one.issue.number, reason=reason, body=body)


def _update(one: Filed, body: str) -> Update:
    return Update(subject=one.subject, number=one.issue.number, body=body)


def _remember(one: Filed, told: Told, known: Known) -> Update:
    return _update(one, marker.remembering(one, known.place, told))
