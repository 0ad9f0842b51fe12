"""The job summary: what a run of a workflow shows on its page."""

from collections.abc import Mapping
from pathlib import Path

FILE = "GITHUB_STEP_SUMMARY"
MOST_BYTES = 1_048_576
CUT = b"\n\n*The rest is in the job's log: GitHub takes 1 MiB of summary from a step.*\n"
MOST_CHARACTERS = 262_144  # 1 MiB a step, four bytes a character at most


def append(environ: Mapping[str, str], markdown: str) -> None:
    """Append Markdown to the step's summary, as far as GitHub takes it; outside of GitHub Actions there is none.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary
    """
    if environ.get(FILE):
        with Path(environ[FILE]).open("ab") as file:
            file.write(_within(f"{markdown}\n".encode(), MOST_BYTES - file.tell()))


def _within(text: bytes, most_bytes: int) -> bytes:
    """Return whole lines that fit together with the line that says so: GitHub shows nothing of what is too long."""
    if len(text) <= most_bytes:
        return text
    if most_bytes < len(CUT):
        return b""
    return text[: most_bytes - len(CUT)].rpartition(b"\n")[0] + CUT
