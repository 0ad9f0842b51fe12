"""How an issue is found again: the hidden first line of its body, which also remembers what was last said there.

Labels, titles and what stands below the reporter's own part of the body belong to people. A marker counts only in an
issue whose author is the reporter: anybody may copy one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from generator.github.issues import Issue

Kind = Literal["preset", "deployment", "status"]
KINDS: tuple[Kind, ...] = ("preset", "deployment", "status")
NOTHING = "-"
LINE = re.compile(
    r"\A<!-- spot-runner:(?P<kind>preset|deployment|status)=(?P<name>\S+) deployment=(?P<place>\S+)"
    r" status=(?P<status>\S+) since=(?P<since>\S+) said=(?P<said>\S+) turn=(?P<turn>\d{1,9}) -->(?=\r?(?:\n|\Z))"
)
END = "<!-- spot-runner:end -->"
END_LINE = re.compile(rf"^{END}", re.MULTILINE)  # text from outside is never at the start of a line


@dataclass(frozen=True, kw_only=True, order=True)
class Subject:
    """What an issue is about: a preset, the deployment as a whole, or `/status` itself; only presets have a name."""

    kind: Kind
    name: str = NOTHING

    @property
    def preset(self) -> str | None:
        """Return the preset's name, or None for what is no preset."""
        return self.name if self.kind == "preset" else None

    def __str__(self) -> str:
        """Return it in words, safe on any terminal and in a title: `preset linux-x64`."""
        return {"preset": f"preset {safe(self.name)}", "status": "/status"}.get(self.kind, "the deployment")


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the issue says by now: `said` sums it up, `turn` counts how often that changed."""

    status: str
    since: str
    said: str
    turn: int


@dataclass(frozen=True, kw_only=True)
class Filed:
    """An issue of the reporter's own, read."""

    issue: "Issue"
    subject: Subject
    told: Told


def line(subject: Subject, place: str, told: Told) -> str:
    """Return the hidden line; whatever the names hold, it stays one HTML comment."""
    return (
        f"<!-- spot-runner:{subject.kind}={quote(subject.name, safe='')} deployment={quote(place, safe='/')}"
        f" status={quote(told.status, safe='')} since={told.since} said={told.said} turn={told.turn} -->"
    )


def filed(issues: Iterable["Issue"], author: str, place: str) -> tuple[Filed, ...]:
    """Return the reporter's issues about this deployment, by number; one that was listed twice is one."""
    once = {issue.number: issue for issue in issues if issue.author == author}
    found = (_read(issue, place) for issue in once.values())
    return tuple(sorted((one for one in found if one), key=lambda one: one.issue.number))


def rewritten(one: Filed, part: str) -> str:
    """Return an issue's body with the reporter's own part, which ends with END, replaced: people's notes stay."""
    ended = END_LINE.search(one.issue.body)
    return part + one.issue.body[ended.end() :] if ended else part


def remembering(one: Filed, place: str, told: Told) -> str:
    """Return an issue's body with nothing changed but what it remembers."""
    return LINE.sub(lambda _: line(one.subject, place, told), one.issue.body, count=1)


def safe(text: str) -> str:
    """Return text as letters, digits and a few signs, the rest percent-encoded, cut where it gets long."""
    return quote(text[:100], safe=" ")[:100]


def _read(issue: "Issue", place: str) -> Filed | None:
    found = LINE.match(issue.body)
    if found is None or unquote(found["place"]) != place:
        return None
    kind = next(kind for kind in KINDS if kind == found["kind"])
    told = Told(status=unquote(found["status"]), since=found["since"], said=found["said"], turn=int(found["turn"]))
    return Filed(issue=issue, subject=Subject(kind=kind, name=unquote(found["name"])), told=told)
