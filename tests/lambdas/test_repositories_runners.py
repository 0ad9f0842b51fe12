"""An App without rights on the organization registers runners in repositories: a runner takes no other's jobs."""

import pytest

from embedded.github.workflow_jobs import Job
from tests.github_app import LABELS, SHOP
from tests.lambdas.played_jobs import heard, picked_up
from tests.lambdas.test_launching_ends import instances
from tests.lambdas.yard import Yard

SEARCH = "octo-org/search"


@pytest.fixture(autouse=True)
def _of_repositories(yard: Yard) -> None:
    yard.organization.installation.permissions = {"administration": "write", "actions": "write"}
    yard.organization.played.world.add_repository(SEARCH)


def queued(yard: Yard, repository: str) -> Job:
    """Queue a job in a repository of which nobody is told."""
    actions = yard.organization.played.actions
    return actions.queue_job(actions.start_run(yard.organization.played.world.repositories[repository]), LABELS)


def taken_elsewhere(yard: Yard, job: Job) -> None:
    """Let a runner of somebody else run a job."""
    roster = yard.organization.played.actions.roster
    made = roster.register(job.run.repository.full_name, "somebody", name="theirs", labels=LABELS, runner_group_id=1)
    assert picked_up(yard, made) is job
    assert heard(yard, job) == []


def launched(yard: Yard, repository: str) -> tuple[Job, str]:
    """Queue a job in a repository, and have its machine launched; return both, the machine by its instance's id."""
    job = queued(yard, repository)
    assert heard(yard, job) == []
    (row,) = (one for one in yard.rows("RUNNER") if one["launchedFor"] == job.id)
    return job, row["instanceId"]


def stolen(yard: Yard) -> tuple[Job, str]:
    """Launch a machine for a job that another one of its repository takes; return the job, and the machine."""
    thief = queued(yard, SHOP)
    job, machine = launched(yard, SHOP)
    runner = yard.organization.played.actions.roster.named(machine)
    assert runner
    assert picked_up(yard, runner) is thief
    return job, machine


def test_idle_machines_of_one_repository_are_none_for_jobs_of_another_job_6(yard: Yard) -> None:
    job, machine = stolen(yard)
    (thief,) = (one for one in yard.organization.played.actions.jobs.values() if one.runner)
    assert heard(yard, thief) == []
    other, theirs = launched(yard, SEARCH)
    taken_elsewhere(yard, other)
    yard.reconcile(120)
    assert instances(yard) == [machine], "no job of its repository waits for the other"
    assert yard.pass_on() == []
    assert yard.job(job.id)["launchId"] == "launch-3"
    assert machine in instances(yard)
    assert theirs not in instances(yard)


def test_a_cancelled_job_takes_no_machine_of_another_repository_along_job_6(yard: Yard) -> None:
    _, theirs = launched(yard, SEARCH)
    job, machine = stolen(yard)
    yard.organization.played.actions.cancel(job)
    assert heard(yard, job) == []
    assert instances(yard) == [theirs, machine]
