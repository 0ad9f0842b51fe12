"""Tells a workflow's run what `deploy` did: in the job's summary, and as annotations of what did not get there."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from generator.deployment import prints
from generator.deployment.report import ENDED_WELL, Report, StackResult
from generator.errors import SpotRunnerError
from generator.github import summary
from generator.github.annotations import annotate
from generator.github.markdown import code, escaped


@contextmanager
def told(environ: Mapping[str, str], deployment: str, environment: str | None) -> Iterator[Callable[[Report], None]]:
    """Give a function that tells a report; an error inside the block is told as well, and goes on."""

    def tell(report: Report) -> None:
        annotate_report(environ, report)
        summary.append(environ, markdown(report, heading))

    heading = f"### Deployment of {code(deployment)}" + (f" in {code(environment)}" if environment else "")
    try:
        yield tell
    except SpotRunnerError as error:
        annotate(environ, "error", str(error))
        summary.append(environ, f"{heading}\n\nNothing more was done: {escaped(str(error))}")
        raise


def annotate_report(environ: Mapping[str, str], report: Report) -> None:
    """Mark what did not get there as errors, on the presets' files, and a superseded commit as a warning."""
    if report.superseded:
        annotate(environ, "warning", prints.superseded(report.superseded))
    for result in report.results:
        if result.outcome not in ENDED_WELL:
            file = {"file": f"presets/{result.preset}.yaml"} if result.preset else {}
            annotate(environ, "error", f"{result.stack}: {result.outcome}: {result.reason}", **file)


def markdown(report: Report, heading: str) -> str:
    """Return a report as Markdown: a table with a row for each stack, and what stays."""
    parts = [heading, ""]
    if report.results:
        parts += ["| stack | preset | outcome | decision | reason |", "|---|---|---|---|---|"]
        parts += [_row(result) for result in report.results]
    stays = [f"- {escaped(line)}" for line in prints.grouped(report.stays)]
    parts += ["", "What stays:", "", *stays] if stays else []
    end = prints.superseded(code(report.superseded)) if report.superseded else escaped(prints.report_end(report))
    return "\n".join([*parts, "", f"**{end}**"])


def _row(result: StackResult) -> str:
    outcome = str(result.outcome) if result.outcome in ENDED_WELL else f"**{result.outcome}**"
    cells = (code(result.stack), code(result.preset or ""), outcome, escaped(result.decision), escaped(result.reason))
    return f"| {' | '.join(cells)} |"
