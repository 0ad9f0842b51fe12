"""The `spot-runner` command: thin functions that import their work when called, so that `--help` stays quick."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from generator.errors import InvalidInputError, SpotRunnerError

app = typer.Typer(
    name="spot-runner",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="GitOps for GitHub Actions runners on EC2 Spot: preset files become AMIs, deployed and kept true.",
)

Root = Annotated[
    Path, typer.Option("--root", "-C", help="The repository with presets/ and spot-runner.yaml.", metavar="DIR")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON to standard output instead of text.")]
HERE = Path()


def main() -> None:
    """Run the command; a user's error becomes lines on standard error and an exit code, never a traceback."""
    try:
        app()
    except SpotRunnerError as error:
        report(error)
        sys.exit(error.exit_code)


def report(error: SpotRunnerError) -> None:
    """Print an error to standard error; inside GitHub Actions also as annotations on the lines of the files."""
    print(f"{error}", file=sys.stderr)  # noqa: T201 - the command line's own voice
    if os.environ.get("GITHUB_ACTIONS") == "true" and isinstance(error, InvalidInputError):
        for problem in error.problems:
            text = problem.message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
            print(f"::error file={problem.file},line={problem.line}::{text}")  # noqa: T201
