"""`spot-runner rebuild`."""

import os
from typing import Annotated

import typer

from generator.commands.options import HERE, AsJson, Environment, Root


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(rebuild)


def rebuild(
    preset: Annotated[str, typer.Argument(help="The preset's name.", metavar="PRESET")],
    *,
    root: Root = HERE,
    environment: Environment = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Start a build beside one that is under way.")] = False,
    as_json: AsJson = False,
) -> None:
    """Start a build of a preset's AMI now.

    The current AMI serves until it is done.
    """
    from generator.deployment import aws, aws_errors, signin
    from generator.deployment import rebuild as rebuilding
    from generator.github import summary
    from generator.inputs.project import check_preset, load_settings
    from generator.printing import show

    settings = load_settings(root).for_environment(environment)
    check_preset(root, preset)
    token = rebuilding.client_token(os.environ, settings, preset)
    with aws_errors.explained():
        clients = aws.connect(settings.region, signin.role_arn(settings, signin.OPERATE))
    order = rebuilding.RebuildOrder(preset=preset, client_token=token, anyway=anyway)
    started = rebuilding.rebuild(clients, settings, order)
    show(started.as_json() if as_json else started.lines())
    summary.append(os.environ, started.markdown())
