"""`status`, `report` and `keep-alive`: the deployed `/status`, and the GitHub issues that follow it."""

import os
import re
from datetime import UTC, datetime
from typing import Annotated

import typer

from generator.commands.options import HERE, AsJson, Environment, Root, Url
from generator.errors import FOUND_PROBLEMS

JOBS_OWN = "github-actions[bot]"  # who a job's GITHUB_TOKEN writes as

Pause = Annotated[
    float,
    typer.Option(
        help="Seconds to wait before a second try; before the third it is three times as long.", min=0, max=600
    ),
]
OneOrAll = Annotated[
    str | None,
    typer.Option("--environment", "-e", help="One environment of spot-runner.yaml; without it, all.", metavar="NAME"),
]
Author = Annotated[
    str,
    typer.Option(
        help="Who files the issues: the login that belongs to the token.", envvar="SPOT_RUNNER_AUTHOR", metavar="LOGIN"
    ),
]
PAUSE_SECONDS = 5.0
WORKFLOW_FILE = re.compile(r"[\w.-]+\.ya?ml", re.ASCII)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("status")(status)
    app.command("report")(report)
    app.command("keep-alive")(keep_alive)


def status(
    *,
    root: Root = HERE,
    environment: Environment = None,
    url: Url = None,
    pause: Pause = PAUSE_SECONDS,
    check: Annotated[bool, typer.Option("--check", help="Fail if presets of the project are missing there.")] = False,
    only_tip: Annotated[
        bool, typer.Option("--only-tip", help="With --check: compare nothing if a later commit supersedes this one.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what the deployed /status says of every preset."""
    from rich.console import Console

    from generator.deployment import tips
    from generator.github import summary
    from generator.printing import show
    from generator.reporting import display, looking, place
    from generator.reporting.answer import Answer
    from generator.reporting.watch import Patience

    where = place.find(root, environment)
    address = place.address(where, url)
    patience = Patience(pauses_seconds=(pause, 3 * pause))
    with Console(stderr=True).status("Asking /status…"):
        compares = check and not (only_tip and tips.superseding(root, os.environ))
        seen = looking.check(where, address, patience) if compares else looking.look(address, patience)
    if as_json:
        show(display.status_as_json(seen, address))
    else:
        display.show_status(seen, address)
    summary.append(os.environ, display.status_summary(seen))
    if seen.findings.problems or not isinstance(seen.answer, Answer):
        raise typer.Exit(FOUND_PROBLEMS)


def report(
    *,
    root: Root = HERE,
    environment: OneOrAll = None,
    url: Url = None,
    pause: Pause = PAUSE_SECONDS,
    author: Author = JOBS_OWN,
    as_json: AsJson = False,
) -> None:
    """Keep GitHub issues in step with the deployed /status.

    One for each degraded preset; what is well again is closed.
    """
    from rich.console import Console

    from generator.errors import SpotRunnerError
    from generator.github import connection, summary
    from generator.printing import show
    from generator.reporting import display, rounds
    from generator.reporting.watch import Patience

    order = rounds.order(root, environment, url, author)
    github = connection.connect(os.environ, order.server_url)
    patience = Patience(pauses_seconds=(pause, 3 * pause))
    with Console(stderr=True).status("Asking /status…"):
        done = rounds.report(order, github, os.environ, patience, datetime.now(UTC))
    for one in done.reported:
        summary.append(os.environ, display.report_summary(one))
    if as_json:
        show(display.reports_as_json(done))
        raise typer.Exit(FOUND_PROBLEMS if done.errors else 0)
    for one in done.reported:
        display.show_report(one)
    display.show_notes(done)
    if done.errors:
        raise SpotRunnerError("\n".join(done.errors))


def keep_alive(
    workflow_file: Annotated[
        str, typer.Argument(help="The workflow's file in .github/workflows, such as status.yml.", metavar="FILE")
    ],
    *,
    root: Root = HERE,
) -> None:
    """Enable a scheduled workflow anew.

    GitHub stops the schedules of public repositories that rest for 60 days.
    """
    from generator.errors import UsageError
    from generator.github import connection, repository
    from generator.inputs.project import load_settings

    if not WORKFLOW_FILE.fullmatch(workflow_file):
        raise UsageError(f"the workflow is {workflow_file!r}, expected the name of its file, such as status.yml")
    github = connection.connect(os.environ, load_settings(root).for_environment(None).github.server_url)
    repository.enable_workflow(github, workflow_file)
    typer.echo(f"{workflow_file} stays scheduled")
