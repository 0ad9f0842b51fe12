"""`spot-runner deploy`."""

import os
from typing import Annotated

import typer

from generator.commands.ending import ended
from generator.commands.options import HERE, AsJson, Environment, Root, Target


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(deploy)


def deploy(
    *,
    root: Root = HERE,
    environment: Environment = None,
    prune: Annotated[bool, typer.Option("--prune", help="Delete the stacks of presets that have no file.")] = False,
    only_tip: Annotated[
        bool, typer.Option("--only-tip", help="Deploy nothing if a later commit of the branch supersedes this one.")
    ] = False,
    target: Target = "production",
    as_json: AsJson = False,
) -> None:
    """Deploy what has changed.

    First the bundles, then foundation, control plane, and all presets side by side. It can be repeated at any time.
    """
    from generator.deployment import commands, signin, telling

    place = commands.place(root, environment, signin.DEPLOY)
    order = commands.DeployOrder(target=target, prunes=prune, only_tip=only_tip)
    with telling.told(os.environ, place.settings.name, environment) as tell:
        report = commands.deploy(place, order)
        tell(report)
    ended(report, as_json=as_json)
