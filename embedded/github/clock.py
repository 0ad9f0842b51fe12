"""The time at the played GitHub: the real one, and what it was put forward."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Times are aware and, as in GitHub's answers, in whole seconds."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Return the time."""
        return (datetime.now(UTC) + self._ahead).replace(microsecond=0)

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self._ahead += timedelta(seconds=seconds)


def stamp(time: datetime) -> str:
    """Return a time as GitHub writes it, such as `2026-11-23T12:00:00Z`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
