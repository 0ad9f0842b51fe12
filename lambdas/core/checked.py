"""Values from outside, held to what the table and the queues can hold."""

LARGEST_ID = 2**63


def identifier(found: object) -> int:
    """Return a whole number above zero, or raise ValueError."""
    if isinstance(found, int) and not isinstance(found, bool) and 0 < found < LARGEST_ID:
        return found
    raise ValueError(f"{found!r:.100} is no whole number above zero")


def text(found: object) -> str:
    """Return text that UTF-8 can write and that is not empty, or raise ValueError."""
    if isinstance(found, str) and found.encode():  # half of a surrogate pair raises, and is a ValueError
        return found
    raise ValueError(f"{found!r:.100} is no text")


def least(found: object) -> int:
    """Return a whole number, 0 or more, or raise ValueError."""
    return identifier(found) if found else 0
