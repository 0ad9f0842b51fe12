"""How commands that change stacks end."""

from typing import TYPE_CHECKING

import typer

from generator.errors import FOUND_PROBLEMS

if TYPE_CHECKING:
    from generator.deployment.report import Report


def ended(report: "Report", *, as_json: bool) -> None:
    """Print what a command did to the stacks; one that did not get there makes the exit code 1."""
    from generator.deployment.prints import report_lines
    from generator.printing import show

    show(report.as_json() if as_json else report_lines(report))
    if not report.ok:
        raise typer.Exit(FOUND_PROBLEMS)
