"""Annotations: lines by which a step of a workflow marks errors and warnings on the run's page, and on files.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
"""

import sys
from collections.abc import Mapping
from typing import Literal

IN_TEXT = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
IN_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})
Level = Literal["error", "warning", "notice"]


def annotation(level: Level, text: str, **where: str | int) -> str:
    """Return the line that makes an annotation; `where` is of `file`, `line` and `title`."""
    properties = ",".join(f"{key}={str(value).translate(IN_PROPERTY)}" for key, value in where.items())
    return f"::{level}{' ' if properties else ''}{properties}::{text.translate(IN_TEXT)}"


def annotate(environ: Mapping[str, str], level: Level, text: str, **where: str | int) -> None:
    """Annotate the run; outside of GitHub Actions nothing is said.

    It goes to standard error, which the runner reads as well: standard output may be a JSON document.
    https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/ScriptHandler.cs
    """
    if environ.get("GITHUB_ACTIONS") == "true":
        sys.stderr.write(f"{annotation(level, text, **where)}\n")
