"""What a machine with a JIT configuration can do, by the played run.sh and by hand."""

import signal
import threading

import pytest
import requests

from embedded.github.workflow_jobs import Job
from tests.embedded.github.machines import boot, configuration, end, key_of, knock
from tests.github_app import LABELS, ORGANIZATION, Organization


def refusal(answer: requests.Response) -> int:
    assert answer.json()["message"]
    return answer.status_code


def until_status(organization: Organization, job: Job, status: str) -> None:
    with organization.played.actions.changed:
        assert organization.played.actions.changed.wait_for(lambda: job.status == status, timeout=20)


def test_a_machine_does_one_job_and_its_runner_is_gone(organization: Organization) -> None:
    job = organization.queue(name="test")
    code, out, _ = end(boot(configuration(organization)))
    assert (code, out.splitlines()) == (0, ["Running job: test", "Job test completed with result: success"])
    assert (job.conclusion, job.runner and job.runner.name) == ("success", "i-0abc")
    assert organization.played.actions.roster.of(ORGANIZATION) == []


def test_a_job_takes_as_long_as_the_played_clock_says(organization: Organization) -> None:
    job = organization.queue(seconds=3600, outcome="failure")
    machine = boot(configuration(organization))
    until_status(organization, job, "in_progress")
    assert machine.poll() is None
    organization.pass_time(3600)
    code, _, _ = end(machine)
    assert (code, job.conclusion) == (0, "failure")
    assert job.started_at is not None
    assert job.completed_at is not None
    assert (job.completed_at - job.started_at).total_seconds() == 3600


def test_a_machine_waits_for_a_job(organization: Organization) -> None:
    machine = boot(configuration(organization))
    (runner,) = organization.played.actions.roster.of(ORGANIZATION)
    with organization.played.actions.changed:
        assert organization.played.actions.changed.wait_for(lambda: runner.online, timeout=20)
    job = organization.queue()
    assert end(machine)[0] == 0
    assert job.conclusion == "success"


def test_a_configuration_is_used_once(organization: Organization) -> None:
    encoded = configuration(organization)
    assert knock(organization, "POST", "/sessions", key_of(encoded)).status_code == 201
    code, out, err = end(boot(encoded))
    assert (code, out) == (0, "")
    assert "was used before" in err


def test_an_unknown_configuration_is_refused(organization: Organization) -> None:
    assert refusal(knock(organization, "POST", "/sessions", "made-up")) == 401


def test_the_configuration_of_a_removed_runner_is_refused(organization: Organization) -> None:
    encoded = configuration(organization)
    (runner,) = organization.played.actions.roster.of(ORGANIZATION)
    organization.played.actions.remove(runner)
    assert refusal(knock(organization, "POST", "/sessions", key_of(encoded))) == 404
    code, _, err = end(boot(encoded))
    assert (code, "deleted from the server" in err) == (0, True)


def test_a_machine_ends_when_its_idle_runner_is_removed(organization: Organization) -> None:
    machine = boot(configuration(organization))
    (runner,) = organization.played.actions.roster.of(ORGANIZATION)
    with organization.played.actions.changed:
        assert organization.played.actions.changed.wait_for(lambda: runner.online, timeout=20)
    organization.played.actions.remove(runner)
    code, _, err = end(machine)
    assert (code, "The runner is gone" in err) == (0, True)


def test_a_cancelled_job_ends_on_its_machine(organization: Organization) -> None:
    job = organization.queue(seconds=3600)
    machine = boot(configuration(organization))
    until_status(organization, job, "in_progress")
    organization.played.actions.cancel(job)
    assert (end(machine)[0], job.conclusion) == (0, "cancelled")


def test_a_machine_that_is_told_to_go_fails_its_job(organization: Organization) -> None:
    job = organization.queue(seconds=3600)
    machine = boot(configuration(organization))
    until_status(organization, job, "in_progress")
    machine.send_signal(signal.SIGTERM)
    assert (end(machine)[0], job.conclusion) == (0, "failure")


def test_a_job_that_was_taken_back_is_passed_over(organization: Organization) -> None:
    key = key_of(configuration(organization))
    session = knock(organization, "POST", "/sessions", key).json()["session"]
    job = organization.queue()
    assert knock(organization, "GET", "/job", session).json()["id"] == job.id
    organization.pass_time(60)
    other = organization.runner("i-other")
    organization.played.actions.start(job, other)
    assert refusal(knock(organization, "POST", f"/jobs/{job.id}/start", session)) == 409
    assert refusal(knock(organization, "GET", f"/jobs/{job.id}", session)) == 409
    assert refusal(knock(organization, "POST", "/jobs/77/start", session)) == 409
    later = organization.queue()
    assert knock(organization, "GET", "/job", session).json()["id"] == later.id


def test_a_session_ends_only_its_own_job(organization: Organization) -> None:
    session = knock(organization, "POST", "/sessions", key_of(configuration(organization))).json()["session"]
    mine = organization.queue()
    other = organization.runner("i-other")
    theirs = organization.queue()
    organization.played.actions.start(theirs, other)
    finish = {"json": {"conclusion": "success"}}
    assert refusal(knock(organization, "POST", f"/jobs/{mine.id}/finish", session, **finish)) == 409  # not yet started
    assert refusal(knock(organization, "GET", f"/jobs/{mine.id}", session)) == 409
    assert knock(organization, "POST", f"/jobs/{mine.id}/start", session).status_code == 200
    assert refusal(knock(organization, "POST", f"/jobs/{theirs.id}/finish", session, **finish)) == 409
    assert refusal(knock(organization, "POST", f"/jobs/{mine.id}/finish", "made-up", **finish)) == 404
    assert (mine.status, theirs.status) == ("in_progress", "in_progress")


def test_a_job_is_due_to_end_after_its_seconds_and_not_before(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embedded.github.runner_door.LONGEST_WAIT_SECONDS", 0.1)
    session = knock(organization, "POST", "/sessions", key_of(configuration(organization))).json()["session"]
    job = organization.queue(seconds=90)
    knock(organization, "POST", f"/jobs/{job.id}/start", session)
    organization.played.clock.forward(89)
    assert knock(organization, "GET", f"/jobs/{job.id}", session).status_code == 204
    organization.played.clock.forward(1)
    assert knock(organization, "GET", f"/jobs/{job.id}", session).json() == {"conclusion": "success"}


def test_what_is_not_at_the_door_is_not_found(organization: Organization) -> None:
    assert refusal(knock(organization, "DELETE", "/sessions", "any")) == 404


def test_nobody_waits_at_the_door_of_a_github_that_is_gone(organization: Organization) -> None:
    session = knock(organization, "POST", "/sessions", key_of(configuration(organization))).json()["session"]
    seen = list[int]()
    waiting = threading.Thread(
        target=lambda: seen.append(knock(organization, "GET", "/job", session).status_code), daemon=True
    )
    waiting.start()
    organization.played._door.close()
    waiting.join(timeout=3)  # without the end, it would wait for five seconds
    assert seen == [204]


def test_what_machines_say_is_not_among_the_calls(organization: Organization) -> None:
    configuration(organization, labels=list(LABELS))
    before = len(organization.played.calls)
    knock(organization, "POST", "/sessions", "made-up")
    assert len(organization.played.calls) == before
