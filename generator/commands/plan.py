"""`spot-runner plan`."""

import os
from typing import Annotated

import typer

from generator.commands.options import HERE, AsJson, Environment, Root
from generator.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(plan)


def plan(
    *,
    root: Root = HERE,
    environment: Environment = None,
    as_json: AsJson = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print GitHub Markdown instead of text.")] = False,
    against: Annotated[
        str | None,
        typer.Option(
            help="Compare with where HEAD left this git revision, such as origin/main; AWS is not asked.", metavar="REF"
        ),
    ] = None,
    comment_on: Annotated[
        int | None,
        typer.Option(help="Keep the plan in one comment on this pull request.", metavar="PULL_REQUEST", min=1),
    ] = None,
) -> None:
    """Say what a deploy would change, without changing anything."""
    from generator import printing
    from generator.planning import command, markdown
    from generator.planning.plans import Plan
    from generator.planning.prints import plan_lines

    if as_json and as_markdown:
        raise UsageError("--json and --markdown: choose one")

    def show(made: Plan) -> None:
        if as_markdown:
            rest = command.where_the_rest_is(os.environ)
            printing.show([markdown.document(made, markdown.COMMENT_CHARACTERS, rest)])
        else:
            printing.show(made.as_json() if as_json else plan_lines(made))

    order = command.PlanOrder(root=root, environment=environment, revision=against, pull_request=comment_on)
    command.plan_and_tell(order, os.environ, show)
