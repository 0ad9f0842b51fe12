"""One run of `spot-runner report`: every environment by itself, so that trouble with one is not the others'."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from generator.errors import SpotRunnerError
from generator.github.connection import GitHub
from generator.inputs.project import load_settings
from generator.reporting import place as places
from generator.reporting import run
from generator.reporting.listing import Listed
from generator.reporting.place import NotDeployedError, Place
from generator.reporting.run import Reported
from generator.reporting.watch import Patience


@dataclass(frozen=True, kw_only=True)
class Order:
    """Whose `/status` is asked for whom; a `url` is that of the one place there is."""

    places: tuple[Place, ...]
    url: str | None
    author: str
    server_url: str


@dataclass(frozen=True, kw_only=True)
class Round:
    """What was done in each environment that could be asked, all that went wrong, and where nothing is deployed."""

    reported: tuple[Reported, ...]
    errors: tuple[str, ...]
    notes: tuple[str, ...] = ()


def order(root: Path, environment: str | None, url: str | None, author: str) -> Order:
    """Return what to do: for one environment if it, or an address, is given, else for all of spot-runner.yaml."""
    settings = load_settings(root)
    names = (environment,) if environment or url else settings.environment_names
    return Order(
        places=tuple(places.find(root, name) for name in names),
        url=url,
        author=author,
        server_url=settings.for_environment(environment).github.server_url,
    )


def report(order: Order, github: GitHub, environ: Mapping[str, str], patience: Patience, now: datetime) -> Round:
    """Bring the issues of every environment in step."""
    listed = Listed(github=github, author=order.author)
    reported: list[Reported] = []
    errors: list[str] = []
    notes: list[str] = []
    for place in order.places:
        try:
            address = places.address(place, order.url)
            left = run.MOST_NEW - sum(one.report.opened for one in reported)
            done = run.report(place, listed, address, environ, patience, now, left)
        except NotDeployedError as error:
            notes.append(f"{place.label}: nothing is deployed yet: {error}")
            continue
        except SpotRunnerError as error:
            errors.append(f"{place.label}: {error}" if len(order.places) > 1 else str(error))
            continue
        reported.append(done)
        errors.extend(done.report.errors)
    return Round(reported=tuple(reported), errors=tuple(errors), notes=tuple(notes))
