"""Workflow runs, their jobs, and the runners that do them.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idruns-on
"""

from dataclasses import dataclass, field
from datetime import datetime

from embedded.github.world import Repository


@dataclass(kw_only=True)
class Run:
    """One run of a workflow, in one or more attempts."""

    id: int
    run_number: int
    repository: Repository
    workflow_name: str
    event: str
    actor: str
    head_branch: str
    head_sha: str
    created_at: datetime
    attempt: int = 1
    jobs: "list[Job]" = field(default_factory=list)

    def jobs_of(self, attempt: int) -> "list[Job]":
        """Return the jobs of one attempt."""
        return [job for job in self.jobs if job.run_attempt == attempt]

    @property
    def status(self) -> str:
        """What its newest attempt does: `completed` once all of its jobs are."""
        statuses = {job.status for job in self.jobs_of(self.attempt)}
        if statuses <= {"completed"}:
            return "completed"
        return next(one for one in ("in_progress", "waiting", "queued") if one in statuses)

    @property
    def conclusion(self) -> str | None:
        """How its newest attempt ended."""
        if self.status != "completed":
            return None
        conclusions = {job.conclusion for job in self.jobs_of(self.attempt)}
        return next((one for one in ("failure", "cancelled", "success") if one in conclusions), "skipped")


@dataclass(kw_only=True)
class Job:
    """One job; `seconds` is how long it takes once started, `outcome` how it ends if nothing is in its way.

    `runner` has been given the job (`assigned_at`), and does it (`started_at`) until it is completed.
    """

    id: int
    run: Run
    run_attempt: int
    name: str
    labels: tuple[str, ...]
    created_at: datetime
    status: str = "queued"
    conclusion: str | None = None
    seconds: float = 0.0
    outcome: str = "success"
    runner: "Runner | None" = None
    queued_at: datetime | None = None
    assigned_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    cancelled: bool = False


@dataclass(kw_only=True)
class RunnerGroup:
    """One group of runners of an organization; public repositories are given none of them unless it `allows_public`.

    https://docs.github.com/en/actions/how-tos/manage-runners/self-hosted-runners/manage-access
    """

    id: int
    name: str
    allows_public: bool = False


@dataclass(kw_only=True)
class Runner:
    """One ephemeral runner of an organization or a repository (`scope`: a login or a full name).

    `key` is the secret of its JIT configuration, `session` that of its one connection. It is `online` from then on,
    until GitHub notices that its machine is gone (`lost_at`) or has it do no job that it was given.
    """

    id: int
    name: str
    scope: str
    labels: tuple[str, ...]
    group: RunnerGroup
    work_folder: str
    key: str
    created_at: datetime
    session: str | None = None
    online: bool = False
    lost_at: datetime | None = None
    job: Job | None = None

    def may_serve(self, job: Job) -> bool:
        """Tell whether it is there for the job's repository, and has all of the job's labels, compared without case."""
        repository = job.run.repository
        shared = self.scope.lower() == repository.owner.lower() and (repository.private or self.group.allows_public)
        here = shared or self.scope.lower() == repository.full_name.lower()
        return here and {label.lower() for label in job.labels} <= {label.lower() for label in self.labels}
