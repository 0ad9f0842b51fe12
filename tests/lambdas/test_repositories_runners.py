"""An App without rights on the organization registers runners in repositories: a runner takes no other's jobs."""

import pytest

from embedded.github.failures import Failure
from embedded.github.workflow_jobs import Job
from lambdas.adapters import workflow_jobs
from lambdas.adapters.github import RefusedError
from tests.github_app import LABELS, SHOP
from tests.lambdas.played_jobs import heard, picked_up, told
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


# A repository that has another name by now


def test_a_runner_is_made_and_removed_where_its_repository_is_now(yard: Yard) -> None:
    job = queued(yard, SHOP)
    yard.organization.played.world.rename(job.run.repository, "store")
    assert yard.take(told(yard, job, repository=SHOP)) == [], "it was heard of before"
    (runner,) = yard.organization.played.actions.roster.runners.values()
    assert runner.scope == "octo-org/store"
    yard.organization.played.actions.cancel(job)
    assert yard.take(told(yard, job, repository=SHOP)) == []
    assert (instances(yard), yard.runners()) == ([], {})


def test_a_busy_runner_of_a_renamed_repository_is_left_alone_ins_2(yard: Yard) -> None:
    thief, job = queued(yard, SHOP), queued(yard, SHOP)
    yard.organization.played.world.rename(job.run.repository, "store")
    assert yard.take(told(yard, job, repository=SHOP)) == []
    (machine,) = instances(yard)
    runner = yard.organization.played.actions.roster.named(machine)
    assert runner
    assert picked_up(yard, runner) is thief
    yard.organization.played.actions.cancel(job)
    assert yard.take(told(yard, job, repository=SHOP)) == []
    assert instances(yard) == [machine]


def test_a_redirect_to_somewhere_else_is_refused_and_gets_no_token(yard: Yard) -> None:
    elsewhere = Failure(match="GET /repos/.*", status=301, headers={"Location": "https://elsewhere.test/api"})
    yard.organization.played.failures.add(elsewhere)
    apps, app_id = yard.registry.apps, str(yard.organization.app.id)
    with pytest.raises(RefusedError, match="301"):
        workflow_jobs.find(apps, app_id, SHOP, 1, yard.account.world.now)
    assert [one for one in yard.session.asked if "elsewhere" in one] == []
