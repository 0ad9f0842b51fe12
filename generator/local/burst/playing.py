"""Plays a burst: queues its jobs at their times, lets things go wrong, and goes on until nothing is left."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from embedded.github.workflow_jobs import Job, Run
from generator.errors import SpotRunnerError
from generator.local import app, looking, workflows
from generator.local.burst import outcome, showing, watching
from generator.local.burst.mishaps import Mishaps
from generator.local.burst.outcome import Outcome
from generator.local.burst.pace import Pace
from generator.local.burst.watching import Look, Watcher
from generator.local.burst.workload import SHORT, PlannedRun
from generator.local.looking import all_are
from generator.local.team import Team

SECONDS_PER_JOB, LEAST_SECONDS = 3, 240  # of real time: far more than it takes
CLEARED_WITHIN = timedelta(minutes=45)  # of the emulator's time, after the last job was queued
STEP = timedelta(seconds=30)


def set_up(team: Team) -> None:
    """Deploy two presets, wait for their AMIs, and let the deployment and a GitHub App know each other."""
    team.record.step("Two presets are deployed, and know a GitHub App")
    workflows.deploy(team)
    looking.an_hour_later(team)
    team.watch(all_are("ready"), "ready")
    app.name_in_settings(team, app.connect(team))


def play(team: Team, runs: Sequence[PlannedRun]) -> Outcome:
    """Play a burst to its end, and return what came of it and what is left."""
    count = sum(len(run.seconds) for run in runs)
    team.record.step(f"A burst of {count} jobs, in {len(runs)} runs")
    burst = Burst(team, runs)
    with showing.shown(team.record.console, count) as show:
        for look in burst.looks():
            show(look)
    return burst.outcome()


class Burst:
    """A burst under way; `runs` are those that were started."""

    def __init__(self, team: Team, planned: Sequence[PlannedRun]) -> None:
        self.team, self.table = team, team.handed_on("table-name")
        self.runs: list[Run] = []
        self.began = team.hosting.played.clock.now()
        self.longest_wait = timedelta()
        self._planned, self._doomed = list(planned), list[Job]()
        jobs = sum(len(run.seconds) for run in planned)
        self._ends_at = time.monotonic() + max(LEAST_SECONDS, SECONDS_PER_JOB * jobs)
        short = sum(len(run.seconds) for run in planned if run.preset == SHORT)
        self._mishaps, self._pace = Mishaps(team, jobs, short), Pace(team)
        self._watcher = Watcher(team)

    @property
    def jobs(self) -> list[Job]:
        """All jobs so far, with those of further attempts."""
        return [job for run in self.runs for job in run.jobs]

    def looks(self) -> Iterator[Look]:
        """Play, and yield each look on the way."""
        self._mishaps.prepare()
        last_at = self.began + timedelta(seconds=self._planned[-1].at_seconds)
        while True:
            look = self._watcher.look(self.jobs)
            self._note(look)
            yield look
            if self._is_over(look, last_at):
                return
            self._mishaps.see(look, self._doomed[0] if self._doomed else None)
            self._queue(look)
            self._pace.go_on(look, self._next_at(look))

    def outcome(self) -> Outcome:
        """Return what has come of it, and what is left."""
        made = outcome.of(self.team, self.table, self.runs, self.began, self.longest_wait)
        never = [f"{len(run.seconds)} of {run.repository}" for run in self._planned]
        return replace(made, left={**made.left, "jobsNeverQueued": never})

    def _note(self, look: Look) -> None:
        if look.waits_since is not None:
            self.longest_wait = max(self.longest_wait, look.at - look.waits_since)

    def _is_over(self, look: Look, last_at: datetime) -> bool:
        if time.monotonic() > self._ends_at or look.at - last_at > CLEARED_WITHIN:
            return True
        if self._planned or look.machines or look.jobs.keys() - {watching.COMPLETED}:
            return False
        runs_again = all(job.run.attempt > 1 for job in self._doomed)
        is_done = all(job.status == "completed" for job in self.jobs)
        return runs_again and is_done and not outcome.open_rows(self.team, self.table)

    def _queue(self, look: Look) -> None:
        while self._planned and self._at(self._planned[0]) <= look.at:
            planned = self._planned.pop(0)
            jobs = _start(self.team, planned)
            self.runs.append(jobs[0].run)
            self._doomed += jobs if planned.is_interrupted else []

    def _next_at(self, look: Look) -> datetime:
        return self._at(self._planned[0]) if self._planned else look.at + STEP

    def _at(self, planned: PlannedRun) -> datetime:
        return self.began + timedelta(seconds=planned.at_seconds)


def _start(team: Team, planned: PlannedRun) -> list[Job]:
    """Start a run, and queue its jobs."""
    played, name = team.hosting.played, f"{team.hosting.repository.owner}/{planned.repository}"
    repository = played.world.repositories.get(name) or played.world.add_repository(name)
    run = played.actions.start_run(repository)
    return [
        played.actions.queue_job(run, planned.labels, f"test-{number}", seconds=seconds)
        for number, seconds in enumerate(planned.seconds, 1)
    ]


def refuse_other_presets(names: Sequence[str], wanted: Sequence[str]) -> None:
    """Raise SpotRunnerError unless the presets are there that a burst asks for."""
    if missing := sorted(set(wanted) - set(names)):
        raise SpotRunnerError(f"a burst plays on the presets {', '.join(wanted)}: presets/ has no {missing[0]}")
