"""How long something has lasted, in words that fit into a table."""

from datetime import timedelta

MINUTE, HOUR, DAY = 60, 3600, 86_400  # seconds


def text(span: timedelta) -> str:
    """Return `12 s`, `5 min`, `3 h 20 min` or `2 d 4 h`; what is still to come, by another clock, is `0 s`."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min"
    if seconds < DAY:
        return f"{seconds // HOUR} h {seconds % HOUR // MINUTE} min"
    return f"{seconds // DAY} d {seconds % DAY // HOUR} h"
