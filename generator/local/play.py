"""`spot-runner local`: start the embedded AWS, set it up as an administrator would, then play the day or serve."""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from rich.console import Console

from embedded.aws.server import EmbeddedAws
from generator.errors import SpotRunnerError
from generator.inputs.project import Project
from generator.local.day import Badges, play
from generator.local.emulator import ADMINISTRATOR, Emulator, monday_morning
from generator.local.record import Record
from generator.local.repository import found_repository
from generator.local.team import Team
from generator.render import refuse_stale
from lambdas.core.names import Names

PHASE_SECONDS = 300.0  # of the emulator's time: six phases make a build of half an hour
REPOSITORY_ID = "1296269"  # the id that GitHub's documentation uses
FUNCTIONS = ("ami_update", "preset_sync", "status", "reconcile")


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A running embedded AWS with a team that has its bootstrap stack."""

    team: Team
    badges: Badges


@contextmanager
def stage(project: Project, record: Record) -> Iterator[Stage]:
    """Start the embedded AWS and a team's repository, and set the account up; stop everything at the end."""
    settings = project.settings
    refuse_stale(project)
    with (
        tempfile.TemporaryDirectory(prefix="spot-runner-") as home,
        EmbeddedAws(region=settings.region, account=settings.account, start=monday_morning(datetime.now(UTC))) as aws,
    ):
        aws.imagebuilder.phase_seconds = PHASE_SECONDS
        emulator = Emulator(url=aws.url, region=settings.region, account=settings.account)
        repository = found_repository(project.root, Path(home))
        team = Team(emulator=emulator, repository=repository, record=record, names=Names(deployment=settings.name))
        record.step("An AWS account in this process, set up by an administrator")
        record.say(f"The embedded AWS answers at {emulator.url}; a team's git repository is at {repository.path}.")
        owner = settings.github.owner
        trusted = ("--subject-prefix", f"repo:{owner}/runners", "--repository-id", REPOSITORY_ID)
        team.run(("bootstrap", *trusted, "--new-oidc-provider", "--yes"), ADMINISTRATOR)
        yield Stage(team=team, badges=_badges(team))


def play_day(project: Project, *, as_json: bool) -> None:
    """Play the day once; with `as_json` print the recording to standard output and the telling to standard error."""
    record = Record(Console(stderr=as_json, highlight=False))
    began = time.monotonic()
    with stage(project, record) as set_up:
        try:
            play(set_up.team, set_up.badges)
        except SpotRunnerError:
            _look_at(set_up.team.emulator.control("GET", "/audit")["denials"])
            raise
        audit = set_up.team.emulator.control("GET", "/audit")
        record.step("The end of the day")
        _look_at(audit["denials"])
        record.say(f"{len(audit['decisions'])} requests were judged by IAM; none was denied.")
    seconds = round(time.monotonic() - began, 1)
    record.say(f"All of it took {seconds} s.")
    if as_json:
        json.dump({"steps": record.to_json(), "iam": audit, "seconds": seconds}, sys.stdout, indent=2)
        sys.stdout.write("\n")


def serve(project: Project, *, as_json: bool) -> None:
    """Deploy everything, say where it answers, and serve until Ctrl-C."""
    record = Record(Console(stderr=as_json, highlight=False))
    with stage(project, record) as set_up:
        team = set_up.team
        record.step("Everything is deployed")
        team.run(("deploy",), set_up.badges.deploy)
        where = {
            "awsEndpoint": team.emulator.url,
            "apiUrl": team.api_url(),
            "githubUrl": None,
            "webhookSecret": None,
            "functions": [team.names.function(name) for name in FUNCTIONS],
        }
        if as_json:
            sys.stdout.write(json.dumps(where) + "\n")
            sys.stdout.flush()
        record.say(f"AWS:     {where['awsEndpoint']}  (any access key; Region {team.emulator.region})")
        record.say(f"Status:  {where['apiUrl']}/status")
        record.say(f"Badge:   {where['apiUrl']}/badge.svg")
        record.say("Ctrl-C ends it; nothing stays.")
        _until_interrupted()


def _badges(team: Team) -> Badges:
    role = f"arn:aws:iam::{team.emulator.account}:role/{team.names.deployment}"
    return Badges(
        plan=team.emulator.role_credentials(f"{role}-plan"), deploy=team.emulator.role_credentials(f"{role}-deploy")
    )


def _look_at(denials: list[dict[str, object]]) -> None:
    if denials:
        lines = "\n".join(f"  {d['role']}: {d['action']} on {d['resource']}" for d in denials)
        raise SpotRunnerError(f"IAM denied {len(denials)} requests:\n{lines}")


def _until_interrupted() -> None:
    try:
        Event().wait()
    except KeyboardInterrupt:
        return
