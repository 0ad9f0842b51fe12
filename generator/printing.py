"""Prints results: lines for people, one JSON document for scripts, always on standard output."""

import json
import re
import sys
from collections.abc import Iterable, Mapping

# How a job's log gives commands to the runner: `::…` at the start of a line, `##[…` anywhere in one.
# https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
COMMANDS = re.compile(r"((?:^|[\r\n])\s*:)(?=:)|(##)(?=\[)")
# JSON escapes the first 32 control characters by itself, but not the others, which terminals obey as well.
NOT_PLAIN = re.compile(r"[^ -~\n]")


def show(document: Iterable[str] | Mapping[str, object]) -> None:
    """Print lines as they are, or a mapping as one JSON document, on standard output."""
    if isinstance(document, Mapping):
        sys.stdout.write(json_text(document, indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{without_commands(line)}\n" for line in document)


def without_commands(text: str) -> str:
    """Return text, which may come from outside, with a space in whatever would be a command to the runner."""
    return COMMANDS.sub(lambda found: f"{found[0]} ", text)


def json_text(document: Mapping[str, object], indent: int | None = None) -> str:
    """Return a mapping as JSON in which nothing is a command to runner or terminal; it reads back as what it was."""
    text = json.dumps(document, indent=indent, ensure_ascii=False).replace("##[", "#\\u0023[")
    return NOT_PLAIN.sub(_seen_or_escaped, text)


def _seen_or_escaped(found: re.Match[str]) -> str:
    return found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1]
