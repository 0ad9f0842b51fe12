"""Which runner does which job, and what becomes of both.

A job goes to any runner that is online, idle and has its labels: with equal labels, one that was started for another.
https://docs.github.com/en/actions/reference/runners/self-hosted-runners and
https://docs.github.com/en/actions/reference/limits
"""

import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from embedded.github.errors import ApiError
from embedded.github.registration import Roster
from embedded.github.workflow_jobs import Job, Run, Runner
from embedded.github.world import Repository, World

PICKED_UP_WITHIN = timedelta(seconds=60)
QUEUED_AT_MOST = timedelta(hours=24)
LOSS_NOTICED_AFTER = timedelta(seconds=30)
Tell = Callable[[str, Job], None]


class Actions:
    """All runs, jobs and runners. `tell` hears of each change of a job, by its action.

    Time passes in `tick`, which every request does first; whoever moves the clock calls it too. `changed` is notified
    of everything that a waiting machine may want to know. Which runner gets a job is drawn from `seed`.
    """

    def __init__(self, world: World, tell: Tell, seed: int = 0) -> None:
        self.world, self.roster = world, Roster(world)
        self.runs: dict[int, Run] = {}
        self.jobs: dict[int, Job] = {}
        self.loss_noticed_after = LOSS_NOTICED_AFTER
        self.changed = threading.Condition(world.lock)
        self._tell, self._random = tell, random.Random(seed)  # noqa: S311 - no secret, but the same each time
        self._ticked_at = world.clock.now()
        self._queued: dict[int, Job] = {}  # what waits for a runner, in order
        self._assigned: dict[int, Job] = {}

    def start_run(
        self, repository: Repository, workflow_name: str = "ci", *, event: str = "push", actor: str = "octocat",
        head_branch: str = "main",
    ) -> Run:  # fmt: skip
        """Start a run, without a job yet."""
        with self.changed:
            number = 1 + sum(run.repository is repository for run in self.runs.values())
            id_ = self.world.next_id()
            made = Run(
                id=id_, run_number=number, repository=repository, workflow_name=workflow_name, event=event, actor=actor,
                head_branch=head_branch, head_sha=f"{id_:040x}", created_at=self.world.clock.now(),
            )  # fmt: skip
            self.runs[made.id] = made
            return made

    def queue_job(self, run: Run, labels: Iterable[str], name: str = "build", **fields: Any) -> Job:
        """Queue a job of a run's newest attempt; `fields` are its `seconds` and `outcome`."""
        with self.changed:
            job = self._add(run, labels, name, **fields)
            self._queue(job)
            return job

    def hold_job(self, run: Run, labels: Iterable[str], name: str = "deploy", **fields: Any) -> Job:
        """Make a job that waits for somebody's approval."""
        with self.changed:
            job = self._add(run, labels, name, status="waiting", **fields)
            self._tell("waiting", job)
            return job

    def skip_job(self, run: Run, name: str = "publish") -> Job:
        """Make a job whose condition is false: it is completed without labels, and never queued."""
        with self.changed:
            job = self._add(run, (), name)
            self._complete(job, "skipped")
            return job

    def approve(self, job: Job) -> None:
        """Let a job that waits for approval be queued."""
        with self.changed:
            job.status = "queued"
            self._queue(job)

    def cancel(self, job: Job) -> None:
        """Cancel a job: at once before it has started, else as soon as its machine hears of it."""
        with self.changed:
            if job.status == "in_progress":
                job.cancelled = True
            elif job.status != "completed":
                runner, job.runner = job.runner, None
                self._complete(job, "cancelled")
                if runner is not None:
                    runner.job = None
                    self._match()
            self.changed.notify_all()

    def rerun(self, job: Job) -> Job:
        """Do a job again, in a new attempt of its run; 403 while the run is not over. The others keep their results."""
        with self.changed:
            run = job.run
            if run.status != "completed":
                raise ApiError(403, "The workflow run containing this job is already running")
            if job.run_attempt != run.attempt:
                raise ApiError(403, "This job is not of the latest attempt of its workflow run")
            before = run.jobs_of(run.attempt)
            run.attempt += 1
            for one in before:
                if one is not job:
                    self._enter(replace(one, id=self.world.next_id(), run_attempt=run.attempt))
            return self.queue_job(run, job.labels, job.name, seconds=job.seconds, outcome=job.outcome)

    def connect(self, runner: Runner, session: str) -> None:
        """Let a runner's machine connect; it may do so once."""
        with self.changed:
            self.roster.begin_session(runner, session)
            runner.online = True
            self._match()
            self.changed.notify_all()

    def start(self, job: Job, runner: Runner) -> None:
        """Let a runner start the job that it was given; 409 if the job is not its own any more."""
        with self.changed:
            if job.runner is not runner or job.status != "queued":
                raise ApiError(409, f"Job {job.id} is not assigned to {runner.name} any more.")
            del self._assigned[job.id]
            job.status, job.started_at = "in_progress", self.world.clock.now()
            self._tell("in_progress", job)
            self.changed.notify_all()

    def finish(self, job: Job, conclusion: str) -> None:
        """End a job that runs; its runner, being ephemeral, is gone."""
        with self.changed:
            if job.status != "in_progress" or job.runner is None:
                raise ApiError(409, f"Job {job.id} does not run: it is {job.status}.")
            self.roster.remove(job.runner)
            self._complete(job, conclusion)

    def hear(self, session: str) -> Runner:
        """Return whose machine is heard of; 404 if the runner is gone."""
        with self.changed:
            runner = self.roster.by_session(session)
            if not runner.online:
                runner.online = True
                self._match()
            return runner

    def lose(self, runner: Runner) -> None:
        """Let a runner's machine die without a word: GitHub notices after a while, and fails its job."""
        with self.changed:
            runner.lost_at = self.world.clock.now()

    def remove(self, runner: Runner) -> None:
        """Remove a runner; 422 while it has a job."""
        with self.changed:
            if runner.job is not None:
                raise ApiError(422, f'Bad request - Runner "{runner.name}" is still running a job')
            self.roster.remove(runner)
            self.changed.notify_all()

    def tick(self) -> None:
        """Let the time have its effects, at most once a second."""
        with self.changed:
            now = self.world.clock.now()
            if now == self._ticked_at:
                return
            self._ticked_at = now
            for runner in list(self.roster.runners.values()):
                if runner.online and runner.lost_at is not None and now - runner.lost_at >= self.loss_noticed_after:
                    self._notice_loss(runner)
            for job in list(self._assigned.values()):
                if job.assigned_at is not None and now - job.assigned_at >= PICKED_UP_WITHIN:
                    self._take_back(job)
            for job in list(self._queued.values()):
                if job.queued_at is not None and now - job.queued_at >= QUEUED_AT_MOST:
                    self._complete(job, "cancelled")
            self.roster.forget_ghosts()
            self._match()

    def _add(self, run: Run, labels: Iterable[str], name: str, **fields: Any) -> Job:
        return self._enter(
            Job(
                id=self.world.next_id(), run=run, run_attempt=run.attempt, name=name, labels=tuple(labels),
                created_at=self.world.clock.now(), **fields,
            )
        )  # fmt: skip

    def _enter(self, job: Job) -> Job:
        job.run.jobs.append(job)
        self.jobs[job.id] = job
        return job

    def _queue(self, job: Job) -> None:
        job.queued_at = self.world.clock.now()
        self._queued[job.id] = job
        self._tell("queued", job)
        self._match()

    def _match(self) -> None:
        idle = [one for one in self.roster.runners.values() if one.online and one.job is None]
        for job in list(self._queued.values()) if idle else ():
            fitting = [one for one in idle if one.may_serve(job)]
            if fitting:
                runner = self._random.choice(fitting)
                idle.remove(runner)
                self._assigned[job.id] = self._queued.pop(job.id)
                job.runner, job.assigned_at, runner.job = runner, self.world.clock.now(), job
                self.changed.notify_all()

    def _take_back(self, job: Job) -> None:
        """Queue a job again that its runner has not picked up; the runner counts as offline until it is heard of."""
        runner, job.runner, job.assigned_at = job.runner, None, None
        del self._assigned[job.id]
        self._queued[job.id] = job
        if runner is not None:
            runner.job, runner.online = None, False

    def _notice_loss(self, runner: Runner) -> None:
        runner.online = False
        job = runner.job
        if job is not None and job.status == "in_progress":
            self.finish(job, "cancelled" if job.cancelled else "failure")

    def _complete(self, job: Job, conclusion: str) -> None:
        self._queued.pop(job.id, None)
        self._assigned.pop(job.id, None)
        job.status, job.conclusion, job.completed_at = "completed", conclusion, self.world.clock.now()
        self._tell("completed", job)
        self.changed.notify_all()
