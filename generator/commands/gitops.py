"""Commands for workflows alone: what a laptop has no use for."""

import typer

from generator.commands.options import HERE, Root


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(environments)


def environments(*, root: Root = HERE) -> None:
    """Print the environments, for a job's output.

    In the order in which they are deployed, as `environments=["test", "production"]`.
    """
    import json

    from generator.inputs.project import load_settings

    typer.echo(f"environments={json.dumps(load_settings(root).environment_names)}")
