"""Operating a deployment: what goes on in it, a stop for all of it, and what its functions could not do."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from generator.commands.options import HERE, AsJson, Environment, Root
from generator.errors import FOUND_PROBLEMS, SpotRunnerError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (jobs, runners, pause, resume, redrive):
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
    """Show the jobs that have not ended, and how far they are.

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
    """Launch machines again, for jobs that have waited, too."""
    from generator import pausing
    from generator.printing import show
    from generator.reporting import place

    turned = pausing.resume(place.find(root, environment))
    show(turned.as_json() if as_json else turned.lines())


def redrive(
    queue: Annotated[
        str | None,
        typer.Argument(help="A dead-letter queue, such as jobs-dlq; without it, all of them.", metavar="QUEUE"),
    ] = None,
    *,
    root: Root = HERE,
    environment: Environment = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what lies there, and change nothing.")] = False,
    discard: Annotated[
        bool, typer.Option("--discard", help="Take records of failed calls away, which nothing repeats.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Move what functions could not handle back to its queue.

    Records of failed calls are told and stay, as what they ask for is out of date; --discard takes them away.
    """
    from generator.deployment.commands import progress
    from generator.printing import show
    from generator.redrive import redriving
    from generator.redrive.report import Report
    from generator.reporting import place

    where = place.find(root, environment)
    queues = redriving.chosen(where.settings.name, queue)
    order = redriving.Order(queues=queues, changes=not dry_run, discards=discard)
    with progress().status("Looking into the dead-letter queues…") as status:
        done = redriving.redrive(where, order, status.update)
    report = Report(deployment=where.label, order=order, queues=done)
    show(report.as_json() if as_json else report.lines())
    _told(report.errors, as_json=as_json)
    if not report.ok:
        raise typer.Exit(FOUND_PROBLEMS)


def _told(errors: tuple[str, ...], *, as_json: bool) -> None:
    """Fail if something went wrong beside what was shown; JSON has told of it already."""
    if errors and as_json:
        raise typer.Exit(FOUND_PROBLEMS)
    if errors:
        raise SpotRunnerError("\n".join(errors))
