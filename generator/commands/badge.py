"""`spot-runner badge`."""

import os
from typing import Annotated

import typer

from generator.commands.options import HERE, AsJson, Environment, Repository, Root, Url


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(badge)


def badge(
    *,
    root: Root = HERE,
    environment: Environment = None,
    preset: Annotated[
        str | None, typer.Option(help="The badge of one preset; without it, of the deployment.", metavar="PRESET")
    ] = None,
    url: Url = None,
    repository: Repository = None,
    as_json: AsJson = False,
) -> None:
    """Print the badges for a README, in Markdown.

    One is drawn by the deployed API, the other is GitHub's own of the workflow that watches the status.
    """
    from generator.github import location
    from generator.inputs.project import check_preset
    from generator.printing import show
    from generator.reporting import place
    from generator.reporting.badges import Badges

    where = place.find(root, environment)
    if preset is not None:
        check_preset(root, preset)
    server_url = where.settings.github.server_url
    name = location.repository_name(os.environ, root, server_url, repository)
    made = Badges(status_url=place.address(where, url), repository_url=f"{server_url}/{name}", preset=preset)
    show(made.as_json() if as_json else made.lines())
