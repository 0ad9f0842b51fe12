"""Prints results: lines for people, one JSON document for scripts, always on standard output."""

import json
import sys
from collections.abc import Iterable, Mapping


def show(document: Iterable[str] | Mapping[str, object]) -> None:
    """Print lines as they are, or a mapping as one JSON document, on standard output."""
    if isinstance(document, Mapping):
        sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in document)
