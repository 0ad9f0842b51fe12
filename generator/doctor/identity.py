"""Where the OIDC token to explain comes from, if it is given: a file or standard input."""

import sys
from pathlib import Path

from generator.errors import UsageError


def given(source: str) -> str:
    """Return the token in a file, or on standard input for `-`."""
    if source == "-":
        return sys.stdin.read()
    try:
        return Path(source).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{source} is not text, expected an OIDC token") from error
