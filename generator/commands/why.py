"""`spot-runner why`."""

from typing import Annotated

import typer

from generator.commands.options import HERE, AsJson, Environment, Root
from generator.errors import FOUND_PROBLEMS


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(why)


def why(
    job: Annotated[str, typer.Argument(help="The job's id in GitHub, or the address of its page.", metavar="JOB_ID")],
    *,
    root: Root = HERE,
    environment: Environment = None,
    as_json: AsJson = False,
) -> None:
    """Say what became of a job, and what to do if it was refused.

    It reads the job's row in the table, with your own rights.
    """
    from generator.jobs import job_id, story
    from generator.printing import show
    from generator.reporting import place

    where = place.find(root, environment)
    told = story.find(where, job_id.parse(job, where.settings.github.server_url))
    show(told.as_json() if as_json else told.lines())
    if not told.ok:
        raise typer.Exit(FOUND_PROBLEMS)
