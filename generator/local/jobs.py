"""Jobs of the played day: from a signed delivery to a machine that is gone."""

from http import HTTPStatus
from typing import Any

from embedded.github.failures import Failure
from embedded.github.workflow_jobs import Job
from generator.local import app
from generator.local.team import Team

SHOP = "shop"
JIT_CONFIG = "POST .*/generate-jitconfig"
PAUSE_SECONDS = 60


def first_job(team: Team, preset: str) -> None:
    """Queue a job that asks for a preset: it gets a fresh machine, which runs it and is gone."""
    team.record.step(f"A job says runs-on: [self-hosted, spotrunner/{preset}]")
    app.connect(team)
    played = team.hosting.played
    played.world.add_repository(f"{team.hosting.repository.owner}/{SHOP}")
    job = _queued(team, preset)
    team.wait(lambda: job.status == "completed", f"job {job.id} was completed")
    played.hooks.settle()
    team.wait(lambda: not team.machines.running, "its machine was gone")
    team.emulator.control("POST", "/settle")
    team.expect(job.conclusion == "success", f"a machine ran it: {job.conclusion}")
    row = _row(team, job)
    machine = row["runnerName"]["S"]
    team.expect("completedAt" in row and "kind" not in row, f"the table knows that {machine} ran it, and closed it")
    team.expect(not _living(team), "no machine is left")
    team.expect(not played.actions.roster.of(team.hosting.repository.owner), "no runner is left in GitHub")
    team.record.say(f"Its console, last: {team.machines.of(machine).console.splitlines()[-1]}")


def cancelled_job(team: Team, preset: str) -> None:
    """Cancel a job before its machine can take it: the machine goes, and nothing starts later."""
    team.record.step("A job is cancelled while its machine boots")
    played = team.hosting.played
    pause = Failure(match=JIT_CONFIG, status=HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": str(PAUSE_SECONDS)})
    played.failures.add(pause)
    job = _queued(team, preset)
    team.wait(lambda: bool(team.machines.running), "a machine was booting")
    (machine,) = team.machines.running
    team.record.say(f"{machine} boots, and GitHub wants {PAUSE_SECONDS} seconds without requests for runners.")
    team.emulator.control("POST", "/settle")
    played.actions.cancel(job)
    played.hooks.settle()
    team.wait(lambda: not team.machines.running, "its machine was gone")
    team.emulator.control("POST", "/clock", {"advanceSeconds": 2 * PAUSE_SECONDS})
    team.emulator.control("POST", "/settle")
    team.expect("kind" not in _row(team, job), f"job {job.id} is cancelled, and {machine} gone")
    team.expect(not _living(team), "no machine is left, and none was started when the pause was over")
    team.expect(not played.actions.roster.of(team.hosting.repository.owner), "no runner is left in GitHub")


def _queued(team: Team, preset: str) -> Job:
    actions, owner = team.hosting.played.actions, team.hosting.repository.owner
    repository = team.hosting.played.world.repositories[f"{owner}/{SHOP}".lower()]
    job = actions.queue_job(actions.start_run(repository), ("self-hosted", f"spotrunner/{preset}"))
    team.record.say(f"Job {job.id} of {repository.full_name} is queued, and GitHub delivers that to POST /webhook.")
    return job


def _row(team: Team, job: Job) -> dict[str, Any]:
    key = {"PK": {"S": f"JOB#{job.id}"}, "SK": {"S": "JOB"}}
    found = team.emulator.client("dynamodb").get_item(TableName=team.handed_on("table-name"), Key=key)
    item: dict[str, Any] = found["Item"]
    return item


def _living(team: Team) -> list[str]:
    """Return the instances that have not ended."""
    states = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    found = team.emulator.client("ec2").describe_instances(Filters=states)["Reservations"]
    return [one["InstanceId"] for reservation in found for one in reservation["Instances"]]
