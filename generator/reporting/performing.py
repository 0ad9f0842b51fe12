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
from generator.reporting.marker import Subject
from generator.reporting.watch import NoAnswer


@dataclass(frozen=True, kw_only=True)
class Done:
    """One thing that was done: `what` is `opened`, `updated`, `commented on`, `closed` or `reopened`."""

    what: str
    subject: Subject
    number: int


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was done, and what could not be, in one line each."""

    done: tuple[Done, ...]
    errors: tuple[str, ...]


def keep_in_step(github: GitHub, answer: Answer | NoAnswer, known: Known, now: datetime) -> Report:
    """List the reporter's issues, decide, and do it; trouble with one issue does not keep others from theirs."""
    actions = decide(answer, listed(github, known.author), known, now)
    if any(isinstance(action, Open) for action in actions):
        _check_author(github, known.author)
    done: list[Done] = []
    errors: list[str] = []
    for _, about in groupby(actions, key=lambda action: action.subject):
        try:
            for action in about:
                done.append(_perform(github, action))  # noqa: PERF401 - what was done before an error counts
        except SpotRunnerError as error:
            errors.append(str(error))
    return Report(done=tuple(done), errors=tuple(errors))


def listed(github: GitHub, author: str) -> tuple[issues.Issue, ...]:
    """Return the author's issues by one request; only where there are more than it can hold, all open ones too."""
    page = issues.recent(github, author)
    if page.complete:
        return page.issues
    known = {issue.number for issue in page.issues}
    return (*page.issues, *(one for one in issues.open_issues(github, author) if one.number not in known))


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
            return Done(what="opened", subject=action.subject, number=made.number)
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
