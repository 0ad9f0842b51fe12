"""Commands for workflows alone: what a laptop has no use for."""

import typer

from generator.commands.options import HERE, Root


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(environments)


def environments(*, root: Root = HERE) -> None:
    """Print `environments=[…]`, in the order of deployment, as a job's output takes it."""
    import json

    from generator.inputs.project import load_settings

    typer.echo(f"environments={json.dumps(load_settings(root).environment_names)}")
