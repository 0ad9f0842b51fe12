"""The job summary: what a run of a workflow shows on its page."""

from collections.abc import Mapping
from pathlib import Path

FILE = "GITHUB_STEP_SUMMARY"
MOST_CHARACTERS = 262_144  # 1 MiB a step, four bytes a character at most


def append(environ: Mapping[str, str], markdown: str) -> None:
    """Append Markdown to the step's summary; outside of GitHub Actions there is none.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary
    """
    if environ.get(FILE):
        with Path(environ[FILE]).open("a", encoding="utf-8") as file:
            file.write(f"{markdown}\n")
