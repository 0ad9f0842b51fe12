"""A burst: what it asks for, how far its jobs have come, and that it does not end well with anything left."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from embedded.github.server import PlayedGitHub
from embedded.github.workflow_jobs import Job
from generator.errors import SpotRunnerError
from generator.local.burst import judging, outcome, playing, showing, watching
from generator.local.burst.outcome import Outcome
from generator.local.burst.watching import Look
from generator.local.burst.workload import PLENTIFUL, SHORT, planned
from generator.local.record import Record

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
LEFT = {"machines": (), "openRows": (), "lostJobs": ()}
A_LOOK = Look(
    at=NOON, jobs={"queued": 3, "running": 2}, machines={"spot": 2}, runners=2, booting=0, assigned=0, deliveries=7,
    undelivered=1, waits_since=None,
)  # fmt: skip


def an_outcome(**left: tuple[str, ...]) -> Outcome:
    return Outcome(numbers=dict.fromkeys(judging.MISHAPS, 1), left={**LEFT, **left}, jobs=())


def a_record() -> Record:
    record = Record(Console(file=StringIO(), width=200))
    record.step("A burst")
    return record


@pytest.fixture
def github() -> Iterator[PlayedGitHub]:
    with PlayedGitHub() as played:
        yield played


@pytest.fixture
def job(github: PlayedGitHub) -> Job:
    github.world.add_organization("octo-org")
    run = github.actions.start_run(github.world.add_repository("octo-org/shop"))
    return github.actions.queue_job(run, ("self-hosted", "spotrunner/linux-x64"), "test")


@pytest.mark.parametrize("jobs", [20, 57, 200])
def test_a_burst_has_so_many_jobs_on_two_presets_and_one_run_of_a_single_job_to_be_interrupted(jobs: int) -> None:
    runs = planned(jobs)
    assert sum(len(run.seconds) for run in runs) == jobs
    assert {run.preset for run in runs} == {SHORT, PLENTIFUL}
    assert [len(run.seconds) for run in runs if run.is_interrupted] == [1]
    assert [run.at_seconds for run in runs] == sorted(run.at_seconds for run in runs)


def test_a_burst_is_the_same_each_time() -> None:
    assert planned(60) == planned(60)
    assert planned(60) != planned(60, seed=1)


def test_a_queued_job_without_a_launch_waits_for_capacity_after_a_while(job: Job) -> None:
    assert job.queued_at is not None
    soon, late = job.queued_at + timedelta(seconds=5), job.queued_at + timedelta(seconds=60)
    assert watching.state_of(job, {"PK": "JOB#1"}, soon) == watching.QUEUED
    assert watching.state_of(job, {"PK": "JOB#1"}, late) == watching.WAITING
    assert watching.state_of(job, {"PK": "JOB#1", "launchId": "a"}, late) == watching.LAUNCHED
    assert watching.state_of(job, None, late) == watching.QUEUED  # nobody has told the deployment of it


def test_a_job_is_lost_unless_it_or_its_newest_attempt_succeeds(github: PlayedGitHub, job: Job) -> None:
    assert outcome.lost_jobs([job.run]) == [f"job {job.id} (queued)"]
    job.status, job.conclusion = "completed", "failure"
    assert outcome.lost_jobs([job.run]) == [f"job {job.id} (failure)"]
    again = github.actions.rerun(job)
    again.status, again.conclusion = "completed", "success"
    assert outcome.lost_jobs([job.run]) == []


def test_what_is_left_is_named_and_ends_the_burst_with_an_error() -> None:
    judging.refuse_leftovers(an_outcome())
    with pytest.raises(
        SpotRunnerError, match=r"^the burst left something behind: machines: i-1, i-2; openRows: JOB#7$"
    ):
        judging.refuse_leftovers(an_outcome(machines=("i-1", "i-2"), openRows=("JOB#7",)))


def test_a_mishap_that_did_not_happen_ends_the_burst_with_an_error() -> None:
    seen, record = an_outcome(), a_record()
    judging.tell(record, seen)
    assert len(record.steps[-1].said) == len(judging.MISHAPS)
    tame = replace(seen, numbers={**seen.numbers, "stolenRunners": 0})
    with pytest.raises(SpotRunnerError, match="it did not happen in this burst that runners were stolen"):
        judging.tell(record, tame)


def test_a_burst_needs_its_two_presets() -> None:
    playing.refuse_other_presets(["gpu", SHORT, PLENTIFUL], (SHORT, PLENTIFUL))
    with pytest.raises(SpotRunnerError, match=f"presets/ has no {PLENTIFUL}"):
        playing.refuse_other_presets(["gpu", SHORT], (SHORT, PLENTIFUL))


def shown(**terminal: Any) -> str:
    """Return what is on a console after two looks."""
    console = Console(file=StringIO(), width=120, **terminal)
    with showing.shown(console, jobs=9) as see:
        see(A_LOOK)
        see(replace(A_LOOK, at=NOON + timedelta(minutes=2)))
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_a_terminal_shows_a_table_that_moves() -> None:
    text = shown(force_terminal=True)
    assert "minute 2 of the burst" in text
    for row in ("queued               │      3", "to come              │      4", "webhook deliveries  │      7"):
        assert row in text


def test_elsewhere_a_line_is_printed_every_so_often() -> None:
    (line,) = shown().splitlines()
    assert line == "  minute 0: 3 queued, 2 running; machines: 2 spot; 2 runners; 7 deliveries"


def test_the_summary_names_numbers_and_what_is_left() -> None:
    console = Console(file=StringIO(), width=120)
    console.print(showing.summary(an_outcome(machines=("i-1",)), {"iamDenials": 0}))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    for row in ("stolen runners", "IAM denials", "left: machines", "left: lost jobs"):
        assert row in text
