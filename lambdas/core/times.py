"""Times as the table and the APIs write them: ISO 8601, UTC, `2026-11-23T12:00:00Z`."""

from datetime import UTC, datetime


def text(moment: datetime) -> str:
    """Return an aware time as ISO 8601 in UTC, with milliseconds only if it has any."""
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def moment(written: str) -> datetime:
    """Return the aware time that ISO 8601 text stands for; raise ValueError for any other text."""
    parsed = datetime.fromisoformat(written)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
