"""Does to GitHub's issues what was decided, and tells what it did."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from generator.errors import SpotRunnerError
from generator.github import comments, issues
from generator.github.connection import GitHub
from generator.reporting.actions import Action, Close, Comment, Open, Reopen, Update
from generator.reporting.answer import Answer
from generator.reporting.decisions import decide
from generator.reporting.known import Known
from generator.reporting.listing import Listed
from generator.reporting.marker import Subject
from generator.reporting.watch import NoAnswer

OPENED = "opened"


@dataclass(frozen=True, kw_only=True)
class Done:
    """One thing that was done: `what` is `opened`, `updated`, `commented on`, `closed` or `reopened`."""

    what: str
    subject: Subject
    number: int


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was done, what could not be, in one line each, and how many new issues are left for the next run."""

    done: tuple[Done, ...]
    errors: tuple[str, ...]
    later: int = 0

    @property
    def opened(self) -> int:
        """Count the new issues."""
        return sum(one.what == OPENED for one in self.done)


def keep_in_step(listed: Listed, answer: Answer | NoAnswer, known: Known, now: datetime, most_new: int) -> Report:
    """Decide from the reporter's issues, and do it; trouble with one issue does not keep others from theirs.

    At most `most_new` issues are filed; the others are for the next run. Before any is filed, all that were closed are
    looked at: a person may have silenced the failure long ago.
    """
    actions = decide(answer, listed.lately, known, now)
    if _new(actions) and not listed.is_whole:
        actions = decide(answer, listed.ever, known, now)
    new = _new(actions)
    if new:
        _check_author(listed.github, known.author)
    later = new[most_new:]
    done, errors = _perform_all(listed.github, tuple(action for action in actions if action not in later))
    return Report(done=done, errors=errors, later=len(later))


def _new(actions: tuple[Action, ...]) -> tuple[Open, ...]:
    return tuple(action for action in actions if isinstance(action, Open))


def _perform_all(github: GitHub, actions: tuple[Action, ...]) -> tuple[tuple[Done, ...], tuple[str, ...]]:
    done: list[Done] = []
    errors: list[str] = []
    for _, about in groupby(actions, key=lambda action: action.subject):
        try:
            for action in about:
                done.append(_perform(github, action))  # noqa: PERF401 - what was done before an error counts
        except SpotRunnerError as error:
            errors.append(str(error))
    return tuple(done), tuple(errors)


def _check_author(github: GitHub, author: str) -> None:
    """Refuse to file what the next run would not take for its own, and file again."""
    if github.login != author:
        raise SpotRunnerError(
            f"issues are looked for by {author}, but this token files them as {github.login}: pass "
            f"--author '{github.login}'"
        )


def _perform(github: GitHub, action: Action) -> Done:
    match action:
        case Open():
            made = issues.create(github, action.title, action.body)
            return Done(what=OPENED, subject=action.subject, number=made.number)
        case Update():
            issues.edit(github, action.number, body=action.body)
            what = "updated"
        case Comment():
            comments.put_sticky(github, "issue", action.number, action.marker, action.body)
            what = "commented on"
        case Close():
            issues.close(github, action.number, action.reason, body=action.body)
            what = "closed"
        case Reopen():
            issues.reopen(github, action.number, body=action.body)
            what = "reopened"
    return Done(what=what, subject=action.subject, number=action.number)
