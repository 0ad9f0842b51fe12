"""Prints jobs: a table for people, one JSON document for scripts."""

from collections import Counter
from collections.abc import Iterator

from rich.text import Text

from generator import durations, terminal
from generator.jobs.listing import Jobs
from generator.jobs.row import LAUNCHED, PARKED, JobRow
from generator.printing import show
from lambdas.core.jobs import REFUSED
from lambdas.core.workflow_job import IN_PROGRESS

HEADINGS = ("preset", "job", "repository", "status", "for", "labels", "launch", "machine")
STYLES = {IN_PROGRESS: "green", LAUNCHED: "cyan", PARKED: "yellow", REFUSED: "red"}
UNBROKEN = ("job", "status", "for")
STATUS = HEADINGS.index("status")
JOB = HEADINGS.index("job")


def print_jobs(found: Jobs, *, as_json: bool) -> None:
    """Print what was found."""
    if as_json:
        show(found.as_json())
        return
    out = terminal.console()
    if found.jobs:
        out.print(terminal.table(HEADINGS, [_cells(found, job) for job in found.jobs], UNBROKEN))
    for line in _lines(found):
        out.print(terminal.text(line), soft_wrap=True)


def _lines(found: Jobs) -> Iterator[str]:
    of_preset = f" of preset {found.order.preset}" if found.order.preset else ""
    if found.jobs:
        yield terminal.counted("job", Counter(job.status for job in found.jobs))
    elif found.order.with_ended:
        yield f"No job{of_preset} is known in {found.deployment}: rows go 30 days after a job has ended."
    else:
        yield f"No job{of_preset} is open in {found.deployment}."
    yield from (f"note: {note}" for note in found.notes)


def _cells(found: Jobs, job: JobRow) -> list[Text]:
    words = (
        job.preset or "",
        str(job.job_id),
        job.repository,
        job.status,
        durations.text(found.now - job.since) if job.since else "",
        " ".join(job.labels),
        job.launch_id or "",
        job.runner_name or "",
    )
    styles = {STATUS: STYLES.get(job.status, "")}
    links = {JOB: job.page(found.server_url)}
    return [terminal.text(word, styles.get(n, ""), links.get(n)) for n, word in enumerate(words)]
