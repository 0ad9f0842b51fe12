"""The time at the played GitHub: what a source says, and what it was put forward."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def real() -> datetime:
    """Return the real time."""
    return datetime.now(UTC)


class Clock:
    """Times are aware and, as in GitHub's answers, in whole seconds."""

    def __init__(self, source: Callable[[], datetime] = real) -> None:
        self._source, self._ahead = source, timedelta()

    def now(self) -> datetime:
        """Return the time."""
        return (self._source() + self._ahead).replace(microsecond=0)

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self._ahead += timedelta(seconds=seconds)


def stamp(time: datetime) -> str:
    """Return a time as GitHub writes it, such as `2026-11-23T12:00:00Z`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
