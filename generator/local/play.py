"""`spot-runner local`: play the day or a burst of jobs, or serve."""

import json
import sys
import time
from threading import Event

from rich.console import Console

from generator.errors import SpotRunnerError
from generator.inputs.project import Project
from generator.local import app, machines, workflows
from generator.local.burst import judging, playing, showing
from generator.local.burst.workload import PLENTIFUL, SHORT, planned
from generator.local.day import play, readme
from generator.local.record import Record
from generator.local.stage import stage

FUNCTIONS = ("ami_update", "launch", "preset_sync", "status", "reconcile", "webhook")


def play_day(project: Project, *, as_json: bool) -> None:
    """Play the day once; with `as_json` print the recording to standard output and the telling to standard error."""
    record = Record(Console(stderr=as_json, highlight=False))
    began = time.monotonic()
    with stage(project, record, machines.played()) as team:
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


def play_burst(project: Project, jobs: int, *, as_json: bool) -> None:
    """Play a burst of jobs; SpotRunnerError if anything is left of it. With `as_json` as `play_day`."""
    playing.refuse_other_presets([one.name for one in project.presets], (SHORT, PLENTIFUL))
    record = Record(Console(stderr=as_json, highlight=False))
    began = time.monotonic()
    with stage(project, record, machines.silent()) as team:
        playing.set_up(team)
        outcome = playing.play(team, planned(jobs))
        audit = team.emulator.control("GET", "/audit")
    numbers = {"iamDecisions": len(audit["decisions"]), "iamDenials": len(audit["denials"])}
    seconds = {"realSeconds": round(time.monotonic() - began, 1)}
    record.console.print(showing.summary(outcome, {**numbers, **seconds}))
    _look_at(audit["denials"])
    judging.refuse_leftovers(outcome)
    judging.tell(record, outcome)
    if as_json:
        burst = {**outcome.as_json(), "iam": {"decisions": len(audit["decisions"]), "denials": audit["denials"]}}
        json.dump({"steps": record.to_json(), "burst": burst, **seconds}, sys.stdout, indent=2)
        sys.stdout.write("\n")


def serve(project: Project, *, as_json: bool) -> None:
    """Deploy everything, say where it answers, and serve until Ctrl-C."""
    record = Record(Console(stderr=as_json, highlight=False))
    with stage(project, record, machines.played()) as team:
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
