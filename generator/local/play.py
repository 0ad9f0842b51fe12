"""`spot-runner local`: start AWS and GitHub, set them up as an administrator would, then play the day or serve."""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from rich.console import Console

from embedded.aws.server import EmbeddedAws
from embedded.github.clock import Clock
from embedded.github.server import PlayedGitHub
from embedded.machines import Machines
from generator.errors import SpotRunnerError
from generator.inputs.project import Project
from generator.inputs.settings import PRODUCTION
from generator.local import app, machines, workflows
from generator.local.day import play, readme
from generator.local.emulator import ADMINISTRATOR, Emulator, monday_morning
from generator.local.hosting import hosted
from generator.local.record import Record
from generator.local.repository import found_repository
from generator.local.team import Team
from generator.render import issuer_host, refuse_stale
from lambdas.core.names import Names

PHASE_SECONDS = 300.0  # of the emulator's time: six phases make a build of half an hour
FUNCTIONS = ("ami_update", "launch", "preset_sync", "status", "reconcile", "webhook")


@contextmanager
def stage(project: Project, record: Record) -> Iterator[Team]:
    """Start the embedded AWS, the played GitHub and a team's repository, and set all up; stop everything at the end."""
    settings = project.settings.for_environment(PRODUCTION)
    refuse_stale(project)
    issuer = f"https://{issuer_host(settings.github.server_url)}"
    with (
        tempfile.TemporaryDirectory(prefix="spot-runner-") as home,
        EmbeddedAws(region=settings.region, account=settings.account, start=monday_morning(datetime.now(UTC))) as aws,
        PlayedGitHub(clock=Clock(aws.clock.now), issuer=issuer) as played,
        Machines(aws, machines.played()) as started,
    ):
        aws.imagebuilder.phase_seconds = PHASE_SECONDS
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


def play_day(project: Project, *, as_json: bool) -> None:
    """Play the day once; with `as_json` print the recording to standard output and the telling to standard error."""
    record = Record(Console(stderr=as_json, highlight=False))
    began = time.monotonic()
    with stage(project, record) as team:
        try:
            play(team)
        except SpotRunnerError:
            _look_at(team.emulator.control("GET", "/audit")["denials"])
            raise
        record.step("The end of the day")
        badges = readme(team)
        audit = team.emulator.control("GET", "/audit")
        _look_at(audit["denials"])
        record.say(f"{len(audit['decisions'])} requests were judged by IAM; none was denied.")
        seconds = round(time.monotonic() - began, 1)
        record.say(f"All of it took {seconds} s. The README shows:")
        for badge in badges:
            record.badge(badge)
    if as_json:
        json.dump({"steps": record.to_json(), "iam": audit, "seconds": seconds}, sys.stdout, indent=2)
        sys.stdout.write("\n")


def serve(project: Project, *, as_json: bool) -> None:
    """Deploy everything, say where it answers, and serve until Ctrl-C."""
    record = Record(Console(stderr=as_json, highlight=False))
    with stage(project, record) as team:
        record.step("Everything is deployed")
        workflows.deploy(team)
        app.connect(team)
        where = {
            "awsEndpoint": team.emulator.url,
            "apiUrl": team.api_url(),
            "githubUrl": team.hosting.played.server_url,
            "webhookSecret": app.webhook_secret(team),
            "functions": [team.names.function(name) for name in FUNCTIONS],
        }
        if as_json:
            sys.stdout.write(json.dumps(where) + "\n")
            sys.stdout.flush()
        record.say(f"AWS:     {where['awsEndpoint']}  (any access key; Region {team.emulator.region})")
        record.say(f"GitHub:  {where['githubUrl']}  (API at {team.hosting.played.api_url})")
        record.say(f"Status:  {where['apiUrl']}/status")
        record.say(f"Badge:   {where['apiUrl']}/badge.svg")
        record.say("Ctrl-C ends it; nothing stays.")
        _until_interrupted()


def _look_at(denials: list[dict[str, object]]) -> None:
    if denials:
        lines = "\n".join(f"  {d['role']}: {d['action']} on {d['resource']}" for d in denials)
        raise SpotRunnerError(f"IAM denied {len(denials)} requests:\n{lines}")


def _until_interrupted() -> None:
    try:
        Event().wait()
    except KeyboardInterrupt:
        return
