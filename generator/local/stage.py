"""Where `spot-runner local` plays: AWS and GitHub in this process, set up as an administrator would."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from embedded.aws.server import EmbeddedAws
from embedded.github.clock import Clock
from embedded.github.server import PlayedGitHub
from embedded.machines import Image, Machines
from generator.inputs.project import Project
from generator.inputs.settings import PRODUCTION
from generator.local.emulator import ADMINISTRATOR, Emulator, monday_morning
from generator.local.hosting import hosted
from generator.local.losses import Losses
from generator.local.record import Record
from generator.local.repository import found_repository
from generator.local.team import Team
from generator.render import issuer_host, refuse_stale
from lambdas.core.names import Names

PHASE_SECONDS = 300.0  # of the emulator's time: six phases make a build of half an hour


@contextmanager
def stage(project: Project, record: Record, image: Image) -> Iterator[Team]:
    """Start the embedded AWS, the played GitHub and a team's repository, and set all up; stop everything at the end.

    `image` is what machines boot with.
    """
    settings = project.settings.for_environment(PRODUCTION)
    refuse_stale(project)
    issuer = f"https://{issuer_host(settings.github.server_url)}"
    with (
        tempfile.TemporaryDirectory(prefix="spot-runner-") as home,
        EmbeddedAws(region=settings.region, account=settings.account, start=monday_morning(datetime.now(UTC))) as aws,
        PlayedGitHub(clock=Clock(aws.clock.now), issuer=issuer) as played,
        Machines(aws, image) as started,
    ):
        aws.imagebuilder.phase_seconds = PHASE_SECONDS
        aws.fleets.listeners.append(Losses(played.actions))
        aws.host.elsewhere["GITHUB_API_URL"] = played.api_url
        team = Team(
            emulator=Emulator(url=aws.url, region=settings.region, account=settings.account),
            repository=found_repository(project.root, Path(home)),
            hosting=hosted(played, settings.github.owner, settings.github.server_url, PRODUCTION),
            record=record,
            names=Names(deployment=settings.name),
            machines=started,
        )
        set_up(team)
        yield team


def set_up(team: Team) -> None:
    """Do what an administrator does once: let the account trust the repository, as GitHub tells of it."""
    team.record.step("An AWS account and a GitHub repository, set up by an administrator")
    team.record.say(
        f"The embedded AWS answers at {team.emulator.url}, the played GitHub at {team.hosting.played.server_url}; "
        f"a team's git repository is at {team.repository.path}."
    )
    team.run(("bootstrap", "--yes"), {**ADMINISTRATOR, **team.hosting.administrators()})
