"""One comment per thread, of a pull request or an issue, that is written anew instead of repeated."""

from collections.abc import Mapping
from typing import Literal

from github.Issue import Issue
from github.IssueComment import IssueComment

from generator.github.connection import GitHub
from generator.github.errors import ForeignAnswerError, explained

Kind = Literal["pull request", "issue"]
WRITE: Mapping[Kind, str] = {"pull request": "pull-requests: write", "issue": "issues: write"}


def put_sticky(
    github: GitHub, kind: Kind, number: int, marker: str, body: str
) -> Literal["created", "updated", "unchanged"]:
    """Make the comment that begins with `marker`, a hidden `<!-- … -->`, on a pull request or an issue say `body`.

    Only comments by the token's own author are looked at: anybody may copy the marker. All pages are read; a comment
    that says it already is left alone, so that nobody is notified.
    """
    text = f"{marker}\n{body}"
    with explained(f"comment on {kind} {number}", WRITE[kind]):
        thread = github.repository.get_issue(number)
        found = own(thread, github.login, marker)
        if found is None:
            created(thread, text)
            return "created"
        if same(found.body, text):
            return "unchanged"
        found.edit(text)
        return "updated"


def created(thread: Issue, text: str) -> IssueComment:
    """Write a new comment; raise ForeignAnswerError, for `explained` to catch, if none was made."""
    made = thread.create_comment(text)
    if not made.id:
        raise ForeignAnswerError
    return made


def own(thread: Issue, login: str, marker: str) -> IssueComment | None:
    """Return the first comment by this author that begins with the marker."""
    written = (one for one in thread.get_comments() if one.user and one.user.login == login)
    return next((one for one in written if (one.body or "").startswith(marker)), None)


def same(one: str | None, other: str) -> bool:
    """Compare two texts apart from their line ends and outer blanks, which GitHub may change."""
    return (one or "").replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
