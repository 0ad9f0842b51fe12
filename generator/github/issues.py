"""Issues of the repository: one request lists what this author wrote lately, the rest each do one thing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from github.Issue import Issue as Answer
from github.PaginatedList import PaginatedList

from generator.github import comments
from generator.github.connection import PER_PAGE, GitHub
from generator.github.errors import ForeignAnswerError, explained

READ, WRITE = "issues: read", "issues: write"
GHOST = "ghost"  # GitHub's name for an author who is gone


@dataclass(frozen=True, kw_only=True)
class Issue:
    """One issue; times are aware, `url` is for people.

    `state_reason` is None, `completed`, `not_planned`, `reopened` or `duplicate`.
    """

    number: int
    title: str
    body: str
    state: Literal["open", "closed"]
    state_reason: str | None
    author: str
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    url: str


@dataclass(frozen=True, kw_only=True)
class Listing:
    """The issues of one page, latest update first; `complete` if there is no further page."""

    issues: tuple[Issue, ...]
    complete: bool


def recent(github: GitHub, author: str) -> Listing:
    """Return the hundred issues, open or closed, by this author that changed last: one request.

    Pull requests, which GitHub lists among issues, take up places and are left out.
    https://docs.github.com/en/rest/issues/issues#list-repository-issues
    """
    with explained("list issues", READ):
        page = _written_by(github, author, "all", sort="updated", direction="desc").get_page(0)
        return Listing(issues=_without_pull_requests(page), complete=len(page) < PER_PAGE)


def open_issues(github: GitHub, author: str) -> tuple[Issue, ...]:
    """Return all open issues by this author, every page: needed only where `recent` is not complete.

    In the order in which they were made: what changes meanwhile moves nothing from one page to another.
    """
    with explained("list issues", READ):
        return _without_pull_requests(list(_written_by(github, author, "open", sort="created", direction="asc")))


def closed_issues(github: GitHub, author: str) -> tuple[Issue, ...]:
    """Return all closed issues by this author, every page, in the order in which they were made."""
    with explained("list issues", READ):
        return _without_pull_requests(list(_written_by(github, author, "closed", sort="created", direction="asc")))


def create(github: GitHub, title: str, body: str) -> Issue:
    """Open an issue; never repeated by itself, since a lost answer may hide one that was made."""
    with explained("create an issue", WRITE):
        return _issue(github.repository.create_issue(title=title, body=body))


def edit(github: GitHub, number: int, *, body: str) -> Issue:
    """Replace an issue's text."""
    with explained(f"edit issue {number}", WRITE):
        answer = github.repository.get_issue(number)
        answer.edit(body=body)
        return _issue(answer)


def close(github: GitHub, number: int, reason: Literal["completed", "not_planned"], *, body: str) -> Issue:
    """Close an issue as completed or not planned and replace its text, by one request.

    https://docs.github.com/en/rest/issues/issues#update-an-issue
    """
    with explained(f"close issue {number}", WRITE):
        answer = github.repository.get_issue(number)
        answer.edit(state="closed", state_reason=reason, body=body)
        return _issue(answer)


def reopen(github: GitHub, number: int, *, body: str) -> Issue:
    """Open a closed issue again and replace its text, by one request; GitHub gives it the reason `reopened`."""
    with explained(f"reopen issue {number}", WRITE):
        answer = github.repository.get_issue(number)
        answer.edit(state="open", body=body)
        return _issue(answer)


def comment(github: GitHub, number: int, body: str) -> None:
    """Write a new comment on an issue."""
    with explained(f"comment on issue {number}", WRITE):
        comments.created(github.repository.get_issue(number), body)


def _written_by(github: GitHub, author: str, state: str, *, sort: str, direction: str) -> PaginatedList[Answer]:
    creator: str = author
    return github.repository.get_issues(state=state, creator=creator, sort=sort, direction=direction)  # type: ignore[arg-type] # a login will do


def _without_pull_requests(answers: list[Answer]) -> tuple[Issue, ...]:
    return tuple(_issue(one) for one in answers if "pull_request" not in one._rawData)  # noqa: SLF001 - the property would ask GitHub for each issue that lacks the field


def _issue(answer: Answer) -> Issue:
    if not answer.number or not answer.created_at:  # PyGithub makes an empty issue of whatever was answered
        raise ForeignAnswerError
    return Issue(
        number=answer.number,
        title=answer.title,
        body=answer.body or "",
        state="closed" if answer.state == "closed" else "open",
        state_reason=answer.state_reason,
        author=answer.user.login if answer.user else GHOST,
        created_at=answer.created_at,
        updated_at=answer.updated_at,
        closed_at=answer.closed_at,
        url=answer.html_url,
    )
