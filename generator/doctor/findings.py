"""What an examination finds, each with its remedy."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is; a warning may also be something that could not be looked at."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One row: what was looked at, what was seen, and what to do about it unless all is well."""

    level: Level
    about: str
    said: str
    remedy: str = ""

    def as_json(self) -> dict[str, object]:
        """Return the row as JSON values."""
        return asdict(self)


def ok(about: str, said: str) -> Finding:
    """Return a row that needs nothing."""
    return Finding(level=Level.OK, about=about, said=said)


def warning(about: str, said: str, remedy: str) -> Finding:
    """Return a row that may become a problem, or that could not be looked at."""
    return Finding(level=Level.WARNING, about=about, said=said, remedy=remedy)


def problem(about: str, said: str, remedy: str) -> Finding:
    """Return a row that keeps something from working."""
    return Finding(level=Level.PROBLEM, about=about, said=said, remedy=remedy)
