"""`python -m bench speed`, `calls` and `burst`: the last two exit with 1 if a figure is over its limit."""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from bench import figures, speed
from bench.burst.calls import figures as calls_of
from bench.burst.simulation import Burst, Simulation
from bench.figures import Figure

APPS, REQUESTS_PER_HOUR = (1, 2, 4), (5_000, 15_000)
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]

app = typer.Typer(add_completion=False, help=__doc__)
app.command("speed")(speed.measure)


@app.command()
def calls(jobs: int = 1_000, json: Json = False) -> None:  # noqa: FBT002 - an option of the command line
    """Count the calls of AWS and GitHub that a job costs, in a burst and alone."""
    with _unheard():
        found = calls_of(jobs)
    _report({f"{jobs:,} jobs in one container": found}, as_json=json)


@app.command()
def burst(jobs: int = 10_000, seed: int = 1, json: Json = False) -> None:  # noqa: FBT002 - an option of the command line
    """Simulate jobs that come all at once, for 1, 2 and 4 Apps; each takes some ten seconds of CPU."""
    bursts = [
        Burst(jobs=jobs, apps=apps, requests_per_hour=allowed, seed=seed)
        for allowed in REQUESTS_PER_HOUR
        for apps in APPS
    ]
    with _unheard():
        found = {one.title: Simulation(burst=one).run() for one in bursts}
    _report(found, as_json=json)


@contextmanager
def _unheard() -> Iterator[None]:
    """Let functions log, and write their metrics, to nobody."""
    logging.disable()
    with Path(os.devnull).open("w") as nobody, redirect_stdout(nobody):
        yield


def _report(found: dict[str, Sequence[Figure]], *, as_json: bool) -> None:
    if as_json:
        figures.write(found)
    else:
        for title, its in found.items():
            figures.show(title, its)
    if not all(one.ok for its in found.values() for one in its):
        raise typer.Exit(1)


app()
