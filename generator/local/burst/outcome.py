"""What came of a burst: its numbers, by what GitHub, the table and AWS know at its end, and what is left of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import quantiles
from typing import Any

from embedded.github.workflow_jobs import Job, Run
from generator.local.burst import reading
from generator.local.burst.reading import Rows
from generator.local.team import Team
from lambdas.core.fleets import ON_DEMAND, SPOT


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Numbers, in the emulator's seconds, and what is left, which should be nothing, by what it is."""

    numbers: Mapping[str, float | int]
    left: Mapping[str, Sequence[str]]
    jobs: Sequence[Mapping[str, object]]

    def as_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return {
            "numbers": dict(self.numbers),
            "left": {what: list(names) for what, names in self.left.items()},
            "jobs": list(self.jobs),
        }


def of(team: Team, table: str, runs: Sequence[Run], began: datetime, longest_wait: timedelta) -> Outcome:
    """Return what came of a burst."""
    rows = reading.rows(team, table)
    return Outcome(
        numbers=_of_jobs(runs)
        | _of_machines(rows)
        | _of_github(team, rows, runs)
        | _of_aws(team, runs, began, longest_wait),
        left=_left(team, rows, runs),
        jobs=[_job_json(job) for run in runs for job in run.jobs],
    )


def open_rows(team: Team, table: str) -> list[str]:
    """Return the keys of the jobs and machines in the table that have not ended."""
    return reading.open_keys(reading.rows(team, table))


def lost_jobs(runs: Sequence[Run]) -> list[str]:
    """Return the jobs that never succeeded, neither at first nor when they were run again."""
    newest = {(run.id, job.name): job for run in runs for job in run.jobs}
    return [f"job {job.id} ({job.conclusion or job.status})" for job in newest.values() if job.conclusion != "success"]


def _of_jobs(runs: Sequence[Run]) -> dict[str, float]:
    attempts = [job for run in runs for job in run.jobs if job.started_at and job.queued_at]
    waits = [(job.started_at - job.queued_at).total_seconds() for job in attempts if job.started_at and job.queued_at]
    cuts = quantiles(waits, n=20, method="inclusive") if len(waits) > 1 else [*waits, *waits] * 10
    return {
        "jobs": len({(run.id, job.name) for run in runs for job in run.jobs}),
        "queueToStartP50Seconds": cuts[9],
        "queueToStartP95Seconds": cuts[18],
    }


def _of_machines(rows: Rows) -> dict[str, float]:
    machines, launches = rows["RUNNER"], rows["LAUNCH"]
    spot = sum(one["market"] == SPOT for one in machines)
    return {
        "machines": len(machines),
        "spotPercent": round(100 * spot / max(1, len(machines)), 1),
        "launches": len(launches),
        "fallbacks": sum(str(one["launchId"]).endswith("-od") for one in launches),
        "launchesWithoutMachines": sum(one["market"] == ON_DEMAND and not one["machines"] for one in launches),
        "interruptions": sum("interruptedAt" in one for one in machines),
    }


def _of_github(team: Team, rows: Rows, runs: Sequence[Run]) -> dict[str, float]:
    log = team.hosting.played.hooks.log()
    launched_for = {str(one["instanceId"]): one["launchedFor"] for one in rows["RUNNER"]}
    jobs = [job for run in runs for job in run.jobs]
    again = [job for job in jobs if job.run_attempt > 1]
    return {
        "reruns": len(again),
        "rerunsOnDemand": sum(_market(rows, job) == ON_DEMAND for job in again),
        "stolenRunners": sum(job.runner is not None and launched_for.get(job.runner.name) != job.id for job in jobs),
        "deliveries": len(log),
        "lostDeliveries": sum(one.status != "OK" for one in log),
        "redeliveries": sum(one.redelivery for one in log),
        "repeatedDeliveries": len(log) - sum(one.redelivery for one in log) - len({one.guid for one in log}),
    }


def _market(rows: Rows, job: Job) -> object:
    name = job.runner.name if job.runner else ""
    return next((one["market"] for one in rows["RUNNER"] if one["instanceId"] == name), None)


def _of_aws(team: Team, runs: Sequence[Run], began: datetime, longest_wait: timedelta) -> dict[str, float]:
    calls = reading.calls(team, team.names.function("launch"), began)
    jobs = sum(len(run.jobs) for run in runs)
    minutes = (team.hosting.played.clock.now() - began).total_seconds() / 60
    return {
        "launchCallsPerJob": round(calls / max(1, jobs), 2),
        "longestShortageSeconds": longest_wait.total_seconds(),
        "minutes": round(minutes, 1),
    }


def _left(team: Team, rows: Rows, runs: Sequence[Run]) -> dict[str, list[str]]:
    roster = team.hosting.played.actions.roster
    counters = {key: value for row in rows["DEPLOYMENT"] for key, value in row.items() if _counts(key)}
    return {
        "machines": sorted({*reading.living(team), *team.machines.running}),
        "openRows": reading.open_keys(rows),
        "lostJobs": lost_jobs(runs),
        "runnersInGitHub": [one.name for one in roster.runners.values()],
        "counters": [f"{key}: {value}" for key, value in counters.items() if value],
        "deadLetters": reading.dead_letters(team),
    }


def _counts(key: str) -> bool:
    return key == "total" or key.startswith("preset:")


def _job_json(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "repository": job.run.repository.full_name,
        "attempt": job.run_attempt,
        "labels": list(job.labels),
        "runner": job.runner.name if job.runner else None,
        "conclusion": job.conclusion,
    }
