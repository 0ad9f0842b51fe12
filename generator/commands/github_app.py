"""`spot-runner github-app check`."""

import typer

from generator.commands.options import HERE, AsJson, Environment, Root
from generator.errors import FOUND_PROBLEMS


def register(app: typer.Typer) -> None:
    """Add the command, in a group of its own."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.callback()(github_app)
    group.command()(check)
    app.add_typer(group, name="github-app")


def github_app() -> None:
    """Look after the GitHub Apps of a deployment."""


def check(*, root: Root = HERE, environment: Environment = None, as_json: AsJson = False) -> None:
    """Say what the GitHub Apps of a deployment lack, and how to mend it.

    It reads their private key with your own rights, signs in as the functions do, and only reads.
    """
    import os
    from datetime import UTC, datetime

    from generator.deployment.commands import progress
    from generator.doctor import prints
    from generator.github_app import examination
    from generator.reporting import place

    where = place.find(root, environment)
    with progress().status("Looking at the Apps…"):
        found = examination.examine(where, os.environ, datetime.now(UTC))
    prints.show(found, as_json=as_json)
    if prints.problems(found):
        raise typer.Exit(FOUND_PROBLEMS)
