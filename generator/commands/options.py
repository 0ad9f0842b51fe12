"""Options that many commands take."""

from pathlib import Path
from typing import Annotated, Literal

import typer

Root = Annotated[
    Path, typer.Option("--root", "-C", help="The repository with presets/ and spot-runner.yaml.", metavar="DIR")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON to standard output instead of text.")]
Environment = Annotated[
    str | None, typer.Option("--environment", "-e", help="An environment of spot-runner.yaml.", metavar="NAME")
]
Repository = Annotated[
    str | None,
    typer.Option(help="The repository with presets/; else GITHUB_REPOSITORY, or `origin`.", metavar="OWNER/NAME"),
]
Target = Annotated[
    Literal["production", "host"],
    typer.Option(help="Whose Python the bundles suit.", envvar="SPOT_RUNNER_TARGET"),
]
Url = Annotated[
    str | None, typer.Option(help="The address of /status; without it, SSM is asked for it.", metavar="URL")
]
HERE = Path()
