"""Jobs on the played GitHub: who gets them, how they end, and how they are done again."""

from typing import Any

import pytest
import requests

from embedded.github.errors import ApiError
from embedded.github.workflow_jobs import Job
from tests.github_app import LABELS, ORGANIZATION, SHOP, Organization

JOBS, RUNS = f"/repos/{SHOP}/actions/jobs", f"/repos/{SHOP}/actions/runs"


def refusal(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


def seen(organization: Organization, job: Job) -> dict[str, Any]:
    """The job as the API shows it."""
    found: dict[str, Any] = organization.ask("GET", f"{JOBS}/{job.id}", organization.token()).json()
    return found


def done(organization: Organization, conclusion: str = "success", **fields: Any) -> Job:
    """A job that a runner of its own has done."""
    job = organization.queue(**fields)
    runner = organization.runner(f"runner of {job.id}")
    organization.played.actions.start(job, runner)
    organization.played.actions.finish(job, conclusion)
    return job


SERVING: dict[str, tuple[tuple[str, ...], tuple[str, ...], bool]] = {
    "the same labels": (LABELS, LABELS, True),
    "more labels": ((*LABELS, "gpu"), LABELS, True),
    "the labels in another case": (("Self-Hosted", "SpotRunner/Linux-X64"), LABELS, True),
    "labels that the job has in another case": (LABELS, ("Self-Hosted", "SpotRunner/Linux-X64"), True),
    "a label too few": (("self-hosted",), LABELS, False),
    "the labels joined by commas": (("self-hosted,spotrunner/linux-x64",), LABELS, False),
    "other labels": (("self-hosted", "spotrunner/linux"), LABELS, False),
}


@pytest.mark.parametrize("what", SERVING)
def test_a_runner_serves_a_job_with(organization: Organization, what: str) -> None:
    has, wants, served = SERVING[what]
    runner, job = organization.runner(labels=has), organization.queue(wants)
    assert (runner.job is job) is served


def test_a_runner_serves_where_it_is_registered_only(organization: Organization) -> None:
    played = organization.played
    other = played.world.add_repository("octo-org/other")
    foreign = played.world.add_repository("octocat/hello")
    of_shop, of_all = organization.runner("i-shop", scope=SHOP), organization.runner("i-all")
    played.actions.queue_job(played.actions.start_run(foreign), LABELS)
    assert (of_shop.job, of_all.job) == (None, None)
    played.actions.queue_job(played.actions.start_run(other), LABELS)
    assert of_shop.job is None
    assert of_all.job is not None


def test_a_public_repositorys_job_goes_to_no_runner_of_a_group_that_allows_none(organization: Organization) -> None:
    allowing = organization.played.actions.roster.add_group(ORGANIZATION, "open source")
    allowing.allows_public = True
    organization.repository.private = False
    organization.runner("i-0default")
    job = organization.queue()
    assert (job.runner, job.status) == (None, "queued")
    runner = organization.runner("i-0open", group=allowing.id)
    assert job.runner is runner
    own = organization.runner("i-0own", scope=SHOP)
    assert organization.queue().runner is own, "a repository's own runners are in no group"
    path = f"/orgs/{ORGANIZATION}/actions/runner-groups"
    listed = organization.ask("GET", path, organization.token()).json()["runner_groups"]
    assert {one["name"]: one["allows_public_repositories"] for one in listed} == {"Default": False, "open source": True}


def test_an_offline_or_busy_runner_is_given_nothing(organization: Organization) -> None:
    offline, busy = organization.registered("i-offline"), organization.runner("i-busy")
    first, second = organization.queue(), organization.queue()
    assert (busy.job, offline.job, second.runner) == (first, None, None)
    organization.played.actions.connect(offline, "session")
    assert offline.job is second


def test_any_of_several_runners_takes_a_job_and_the_seed_decides_which(organization: Organization) -> None:
    for number in range(4):
        organization.runner(f"i-{number}")
    takers = [job.runner.name for job in [organization.queue() for _ in range(4)] if job.runner]
    assert sorted(takers) == ["i-0", "i-1", "i-2", "i-3"]
    assert takers == ["i-3", "i-1", "i-0", "i-2"]  # a stolen runner: the first job has not the first runner


def test_a_job_goes_from_queued_to_completed(organization: Organization) -> None:
    job = organization.queue()
    assert (seen(organization, job)["status"], seen(organization, job)["runner_name"]) == ("queued", None)
    runner = organization.runner()
    assert (seen(organization, job)["status"], seen(organization, job)["runner_name"]) == ("queued", None)
    organization.played.actions.start(job, runner)
    running = seen(organization, job)
    assert (running["status"], running["runner_name"], running["runner_id"]) == ("in_progress", "i-0abc", runner.id)
    organization.pass_time(90)
    organization.played.actions.finish(job, "success")
    ended = seen(organization, job)
    assert (ended["status"], ended["conclusion"], ended["runner_name"]) == ("completed", "success", "i-0abc")
    assert ended["completed_at"] > ended["started_at"]
    assert organization.played.actions.roster.of(ORGANIZATION) == []  # ephemeral


def test_a_job_not_picked_up_within_a_minute_is_given_to_another(organization: Organization) -> None:
    actions = organization.played.actions
    slow, job = organization.runner("i-slow"), organization.queue()
    organization.pass_time(59)
    assert job.runner is slow
    organization.pass_time(1)
    assert (job.runner, job.status, slow.online) == (None, "queued", False)
    quick = organization.runner("i-quick")
    with pytest.raises(ApiError, match="not assigned to i-slow any more"):
        actions.start(job, slow)
    actions.start(job, quick)
    later = organization.queue()
    assert actions.hear("session of i-slow") is slow  # it is back
    assert later.runner is slow


def test_who_asks_hears_what_the_time_has_done(organization: Organization) -> None:
    token, runner = organization.token(), organization.runner()
    organization.queue()
    path = f"/orgs/{ORGANIZATION}/actions/runners/{runner.id}"
    assert organization.ask("GET", path, token).json()["status"] == "online"
    organization.played.clock.forward(60)
    assert organization.ask("GET", path, token).json()["status"] == "offline"


def test_a_job_that_is_picked_up_in_time_stays_where_it_is(organization: Organization) -> None:
    runner, job = organization.runner(), organization.queue()
    organization.pass_time(59)
    organization.played.actions.start(job, runner)
    organization.pass_time(3600)
    assert (job.status, job.runner) == ("in_progress", runner)


def test_a_job_waits_a_day_for_a_runner_once_it_is_queued(organization: Organization) -> None:
    job = organization.played.actions.hold_job(organization.run(), LABELS)
    organization.pass_time(48 * 3600)
    organization.played.actions.approve(job)
    organization.pass_time(24 * 3600 - 1)
    assert job.status == "queued"
    organization.pass_time(1)
    assert (job.status, job.conclusion) == ("completed", "cancelled")


def test_a_job_fails_a_while_after_its_machine_has_died(organization: Organization) -> None:
    runner, job = organization.runner(), organization.queue()
    organization.played.actions.start(job, runner)
    organization.played.actions.lose(runner)
    organization.pass_time(29)
    assert (job.status, runner.online) == ("in_progress", True)
    organization.pass_time(1)
    assert (seen(organization, job)["conclusion"], seen(organization, job)["runner_name"]) == ("failure", "i-0abc")


def test_a_dead_machine_may_still_be_given_a_job_which_another_does_then(organization: Organization) -> None:
    dead = organization.runner("i-dead")
    organization.played.actions.lose(dead)
    job = organization.queue()
    assert job.runner is dead
    alive = organization.runner("i-alive")
    organization.pass_time(60)
    assert (job.runner, dead.online) == (alive, False)


def test_a_dead_idle_machine_leaves_an_offline_runner_for_a_day(organization: Organization) -> None:
    dead = organization.runner()
    organization.pass_time(3600)
    organization.played.actions.lose(dead)
    organization.pass_time(30)
    assert (dead.online, organization.queue().runner) == (False, None)
    organization.pass_time(24 * 3600 - 31)
    assert organization.played.actions.roster.of(ORGANIZATION) == [dead]
    organization.pass_time(1)
    assert organization.played.actions.roster.of(ORGANIZATION) == []


def test_a_queued_job_is_cancelled_at_once_and_its_runner_free_again(organization: Organization) -> None:
    runner, first, second = organization.runner(), organization.queue(), organization.queue()
    organization.played.actions.cancel(first)
    assert (first.conclusion, seen(organization, first)["runner_name"]) == ("cancelled", None)
    assert runner.job is second


def test_a_running_job_is_cancelled_when_its_machine_hears_of_it_or_is_lost(organization: Organization) -> None:
    runner, job = organization.runner(), organization.queue()
    organization.played.actions.start(job, runner)
    organization.played.actions.cancel(job)
    assert job.status == "in_progress"
    organization.played.actions.lose(runner)
    organization.pass_time(30)
    assert job.conclusion == "cancelled"


def test_a_job_waits_for_approval(organization: Organization) -> None:
    job = organization.played.actions.hold_job(organization.run(), LABELS)
    runner = organization.runner()
    assert (seen(organization, job)["status"], runner.job) == ("waiting", None)
    organization.played.actions.approve(job)
    assert (seen(organization, job)["status"], runner.job) == ("queued", job)


def test_one_job_is_done_again_in_a_new_attempt(organization: Organization) -> None:
    token, run, actions = organization.token(), organization.run(), organization.played.actions
    good, bad = (actions.queue_job(run, LABELS, name, seconds=9) for name in ("lint", "build"))
    for job, conclusion in ((good, "success"), (bad, "failure")):
        actions.start(job, organization.runner())
        actions.finish(job, conclusion)
    path = f"{JOBS}/{bad.id}/rerun"
    assert organization.ask("GET", f"{RUNS}/{run.id}", token).json()["conclusion"] == "failure"
    assert organization.ask("POST", path, token).status_code == 201
    newest = organization.ask("GET", f"{RUNS}/{run.id}/jobs", token).json()["jobs"]
    assert [(one["name"], one["status"], one["run_attempt"]) for one in newest] == [
        ("lint", "completed", 2),
        ("build", "queued", 2),
    ]
    assert {one["id"] for one in newest}.isdisjoint({good.id, bad.id})
    first = organization.ask("GET", f"{RUNS}/{run.id}/attempts/1/jobs", token).json()["jobs"]
    assert [(one["id"], one["conclusion"]) for one in first] == [(good.id, "success"), (bad.id, "failure")]
    assert organization.ask("GET", f"{RUNS}/{run.id}/jobs?filter=all", token).json()["total_count"] == 4
    about = organization.ask("GET", f"{RUNS}/{run.id}", token).json()
    assert (about["status"], about["conclusion"], about["run_attempt"]) == ("queued", None, 2)
    assert run.jobs[-1].seconds == 9


def test_a_job_is_not_done_again_while_its_run_goes_on(organization: Organization) -> None:
    token, job = organization.token(), done(organization, "failure")
    organization.played.actions.queue_job(job.run, LABELS)
    message = "The workflow run containing this job is already running"
    assert refusal(organization.ask("POST", f"{JOBS}/{job.id}/rerun", token)) == (403, message)


def test_a_job_of_an_earlier_attempt_is_not_done_again(organization: Organization) -> None:
    token, job = organization.token(), done(organization, "failure")
    again = organization.played.actions.rerun(job)
    organization.played.actions.cancel(again)
    assert organization.ask("POST", f"{JOBS}/{job.id}/rerun", token).status_code == 403
    assert organization.ask("POST", f"{JOBS}/{again.id}/rerun", token).status_code == 201


def test_doing_a_job_again_needs_the_permission(organization: Organization) -> None:
    job = done(organization)
    answer = organization.ask("POST", f"{JOBS}/{job.id}/rerun", organization.permit(actions="read"))
    assert refusal(answer) == (403, "Resource not accessible by integration")


@pytest.mark.parametrize("path", [f"{JOBS}/77", f"{RUNS}/77", f"{RUNS}/77/jobs", f"{RUNS}/{{run}}/attempts/2/jobs"])
def test_a_job_or_run_that_is_not_there_is_not_found(organization: Organization, path: str) -> None:
    run = done(organization).run
    answer = organization.ask("GET", path.format(run=run.id), organization.token())
    assert refusal(answer) == (404, "Not Found")


CONCLUSIONS = {
    "success": ("success", "skipped"),
    "failure": ("success", "failure", "cancelled"),
    "cancelled": ("cancelled", "success"),
    "skipped": ("skipped",),
}


@pytest.mark.parametrize("expected", CONCLUSIONS)
def test_a_run_ends_as_its_jobs_do(organization: Organization, expected: str) -> None:
    run, actions = organization.run(), organization.played.actions
    for conclusion in CONCLUSIONS[expected]:
        if conclusion == "skipped":
            actions.skip_job(run)
            continue
        job = actions.queue_job(run, LABELS)
        actions.start(job, organization.runner())
        actions.finish(job, conclusion)
    about = organization.ask("GET", f"{RUNS}/{run.id}", organization.token()).json()
    assert (about["status"], about["conclusion"]) == ("completed", expected)
