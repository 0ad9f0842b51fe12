"""Setting up: `spot-runner bootstrap` and `spot-runner doctor`."""

from typing import Annotated

import typer

from generator.commands.ending import ended
from generator.commands.options import HERE, AsJson, Environment, Repository, Root
from generator.errors import FOUND_PROBLEMS

SubjectPrefix = Annotated[
    str | None, typer.Option(help="sub_claim_prefix of GitHub's OIDC tokens.", metavar="repo:OWNER/REPO")
]
RepositoryId = Annotated[str | None, typer.Option(help="The repository's id in GitHub.", metavar="NUMBER")]
Branch = Annotated[
    str | None, typer.Option(help="The branch whose workflows deploy; else the default branch.", metavar="NAME")
]
ExistingProvider = Annotated[
    bool | None,
    typer.Option(
        "--existing-oidc-provider/--new-oidc-provider", help="Whether the account trusts GitHub's issuer already."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(bootstrap)
    app.command()(doctor)


def bootstrap(  # noqa: PLR0913 - a parameter for each option
    *,
    root: Root = HERE,
    environment: Environment = None,
    repository: Repository = None,
    subject_prefix: SubjectPrefix = None,
    repository_id: RepositoryId = None,
    branch: Branch = None,
    existing_oidc_provider: ExistingProvider = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask on a terminal.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set an account up, as its administrator.

    It makes the roles of GitHub's workflows, the bounds of what they make, the artifact bucket, and what the account
    lacks besides: the OIDC provider, and the service-linked roles of EC2 Spot and Image Builder.
    """
    from generator.deployment import commands
    from generator.inputs.settings import PRODUCTION
    from generator.setup import command

    options = {
        "SubjectPrefix": subject_prefix,
        "RepositoryId": repository_id,
        "EnvironmentName": environment or PRODUCTION,
        "BranchRef": None if branch is None else f"refs/heads/{branch}",
        "CreatesOidcProvider": None if existing_oidc_provider is None else str(not existing_oidc_provider).lower(),
    }
    given = {name: value for name, value in options.items() if value is not None}
    confirm = command.say_what_is_made if yes else command.ask_to_make
    ended(command.set_up(commands.place(root, environment), given, repository, confirm), as_json=as_json)


def doctor(
    *,
    root: Root = HERE,
    environment: Environment = None,
    repository: Repository = None,
    oidc_token: Annotated[
        str | None,
        typer.Option(help="Explain this OIDC token, claim by claim; - reads standard input.", metavar="FILE"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with the set-up, and how to mend it.

    It looks at the account, the roles, the quotas and the GitHub side, and only reads.
    """
    import os
    from datetime import UTC, datetime

    from generator.deployment.commands import progress
    from generator.doctor import examination, identity, prints
    from generator.inputs.project import load_settings
    from generator.inputs.settings import PRODUCTION

    case = examination.Case(
        root=root,
        settings=load_settings(root).for_environment(environment),
        environ=os.environ,
        now=datetime.now(UTC),
        environment=environment or PRODUCTION,
        repository=repository,
        token=None if oidc_token is None else identity.given(oidc_token),
    )
    with progress().status("Looking…"):
        found = examination.examine(case)
    prints.show(found, as_json=as_json)
    if prints.problems(found):
        raise typer.Exit(FOUND_PROBLEMS)
