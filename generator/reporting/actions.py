"""What is to be done to issues, as values: decided by one room, done by another."""

from dataclasses import dataclass
from typing import Literal

from generator.reporting.marker import Subject

Reason = Literal["completed", "not_planned"]


@dataclass(frozen=True, kw_only=True)
class Open:
    """File a new issue."""

    subject: Subject
    title: str
    body: str


@dataclass(frozen=True, kw_only=True)
class Update:
    """Replace an issue's body, silently."""

    subject: Subject
    number: int
    body: str


@dataclass(frozen=True, kw_only=True)
class Comment:
    """Say something under an issue, once: a comment that begins with the same hidden `marker` says it already."""

    subject: Subject
    number: int
    marker: str
    body: str


@dataclass(frozen=True, kw_only=True)
class Close:
    """Close an issue, with GitHub's reason, and replace its body in the same request: nothing can come in between."""

    subject: Subject
    number: int
    reason: Reason
    body: str


@dataclass(frozen=True, kw_only=True)
class Reopen:
    """Open a closed issue again, and replace its body in the same request."""

    subject: Subject
    number: int
    body: str


Action = Open | Update | Comment | Close | Reopen
