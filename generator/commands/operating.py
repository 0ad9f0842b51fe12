"""Operating a deployment: what goes on in it, a stop for all of it, and what its functions could not do."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from generator.commands.options import HERE, AsJson, Environment, Root
from generator.errors import FOUND_PROBLEMS, SpotRunnerError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (jobs, runners, pause, resume):
        app.command()(command)


def jobs(
    *,
    root: Root = HERE,
    environment: Environment = None,
    preset: Annotated[str | None, typer.Option(help="Only the jobs of one preset.", metavar="PRESET")] = None,
    with_ended: Annotated[
        bool, typer.Option("--all", help="Those too that ended or were refused; this reads the whole table.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the jobs that have not ended, and how long each has been where it is.

    It reads their rows in the table, with your own rights.
    """
    from generator.deployment.commands import progress
    from generator.jobs import listing, table_of_jobs
    from generator.reporting import place

    where = place.find(root, environment)
    order = listing.Order(preset=listing.checked_preset(preset), with_ended=with_ended)
    with progress().status("Reading jobs…") as status:
        found = listing.find(where, order, datetime.now(UTC), status.update)
    table_of_jobs.print_jobs(found, as_json=as_json)
    _told(found.unreadable, as_json=as_json)


def runners(*, root: Root = HERE, environment: Environment = None, as_json: AsJson = False) -> None:
    """Show the machines that live, and what each does.

    It reads their rows in the table, with your own rights; EC2 and GitHub are not asked.
    """
    from generator.deployment.commands import progress
    from generator.reporting import place
    from generator.runners import listing

    where = place.find(root, environment)
    with progress().status("Reading machines…") as status:
        found = listing.find(where, datetime.now(UTC), status.update)
    listing.print_runners(found, as_json=as_json)
    _told(found.unreadable, as_json=as_json)


def pause(
    *,
    root: Root = HERE,
    environment: Environment = None,
    reason: Annotated[
        str | None, typer.Option(help="Why, for whoever asks; `jobs`, `runners` and `why` say it.", metavar="TEXT")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Launch no machine until `resume`, whatever arrives.

    Jobs wait meanwhile, and machines that run go on.
    """
    from generator import pausing
    from generator.printing import show
    from generator.reporting import place

    said = pausing.checked_reason(reason)
    turned = pausing.pause(place.find(root, environment), said, datetime.now(UTC).replace(microsecond=0))
    show(turned.as_json() if as_json else turned.lines())


def resume(*, root: Root = HERE, environment: Environment = None, as_json: AsJson = False) -> None:
    """Launch machines again, those for the jobs that have waited, too."""
    from generator import pausing
    from generator.printing import show
    from generator.reporting import place

    turned = pausing.resume(place.find(root, environment))
    show(turned.as_json() if as_json else turned.lines())


def _told(unreadable: tuple[str, ...], *, as_json: bool) -> None:
    """Fail if there were rows that cannot be shown; JSON has told of them already."""
    if unreadable and as_json:
        raise typer.Exit(FOUND_PROBLEMS)
    if unreadable:
        raise SpotRunnerError("\n".join(unreadable))
