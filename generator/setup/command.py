"""What the command bootstrap does when called: ask GitHub whom to trust, show what would be made, make it."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping

import typer

from generator import render
from generator.deployment.commands import Place, listening, progress
from generator.deployment.progress import Notice
from generator.deployment.report import Report
from generator.deployment.stack import effective
from generator.errors import SpotRunnerError
from generator.setup import trust as trusting
from generator.setup.bootstrap import Bootstrapping, bootstrap, prepare
from generator.setup.trust import NotRead, Trust
from generator.stacks import oidc

Confirm = Callable[[Bootstrapping], None]
BY_OPTIONS = NotRead(why="GitHub was not asked, since the options say whom to trust")


def set_up(where: Place, given: Mapping[str, str], repository: str | None, confirm: Confirm) -> Report:
    """Make what is missing; `confirm` gets what would be made, and raises to leave it.

    Template parameters in `given` go before what GitHub says; with both that it is needed for, it is not asked.
    """
    template = render.render(where.project)["bootstrap.json"]
    with listening(where.settings) as listener:
        trust = _trust(where, given, repository)
        order = prepare(where.settings, template, given, where.aws, trust, listener)
        if isinstance(trust, NotRead) and trust is not BY_OPTIONS:
            listener(Notice(text=f"GitHub was not asked, whom to trust stays as it is deployed: {trust.why}"))
        if not order.settled:
            confirm(order)
        return bootstrap(order)


def _trust(where: Place, given: Mapping[str, str], repository: str | None) -> Trust | NotRead:
    if {trusting.PREFIX, trusting.REPOSITORY_ID} <= given.keys():
        return BY_OPTIONS
    return trusting.read(where.settings.github, where.project.root, os.environ, repository)


def say_what_is_made(order: Bootstrapping) -> None:
    """Show what would be made, and for whom."""
    progress().print(*told(order), sep="\n", markup=False, soft_wrap=True)


def ask_to_make(order: Bootstrapping) -> None:
    """Show what would be made; on a terminal, go on only if the administrator says so."""
    say_what_is_made(order)
    if sys.stdin.isatty() and sys.stderr.isatty() and not typer.confirm("Make it?", err=True):
        raise SpotRunnerError("nothing was made")


def told(order: Bootstrapping) -> Iterator[str]:
    """Return in words whom the roles would trust, and what would be made in the account."""
    if isinstance(order.trust, Trust):
        yield f"GitHub says of {order.trust.repository}:"
        yield f"  its id is {order.trust.repository_id}, its default branch {order.trust.default_branch}"
        yield f"  subjects of its OIDC tokens begin with {order.trust.subject_prefix}"
    yield f"Stack {order.wanted.name}, parameters:"
    for name, value in sorted(order.wanted.parameters.items()):
        was = order.was.get(name, value)
        yield f"  {name}: {value}" if was == value else f"  {name}: {was} -> {value}"
    yield "The stack holds:"
    yield from (f"  {resource}" for resource in order.makes)
    if order.service_roles:
        yield "Service-linked roles that the account lacks:"
        yield from (f"  {role.name} ({role.service})" for role in order.service_roles)
    yield from _unseen_branches(effective(order.wanted.body, order.wanted.parameters, {}))


def _unseen_branches(parameters: Mapping[str, str]) -> Iterator[str]:
    """Return what an administrator must do by hand where AWS knows no branch of GitHub's tokens."""
    if parameters.get(oidc.CHECKS_CLAIMS) == "false":
        name, branch = parameters[oidc.ENVIRONMENT], parameters[trusting.BRANCH].removeprefix("refs/heads/")
        yield (
            f"Of tokens of {parameters['IssuerHost']} AWS knows no branch: whoever may push one gets the deploy role "
            f"by naming the environment {name}, unless the repository's settings limit that to {branch} (Settings, "
            "Environments)"
        )
