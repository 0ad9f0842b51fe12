"""What is measured, given rows and steps."""

import json
from typing import Any

import pytest

from lambdas.core import job_measures, jobs, labels, machine_measures, measures, workflow_job
from lambdas.core.job_messages import JobEvent
from lambdas.core.labels import Wish
from lambdas.core.measures import Measure
from tests.lambdas.deliveries import a_payload
from tests.lambdas.makers import at


def an_event(action: str = "in_progress", **job: Any) -> JobEvent:
    """Return an event of a job that was queued two seconds before noon, and is taken by a machine at noon."""
    taken = {"runner_id": 7, "runner_name": "i-0123456789abcdef0", "started_at": "2026-11-23T12:00:00Z"}
    fields = {"labels": ["spotrunner/linux-x64"], **(taken if action == "in_progress" else {}), **job}
    parsed = workflow_job.parse(json.dumps(a_payload(action, **fields)).encode())
    wish = labels.wish(parsed.labels)
    assert isinstance(wish, Wish)
    return JobEvent(job=parsed, wish=wish, app_id="1", received_at=at(1))


def measured(*events: JobEvent) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [(dict(one.of), dict(one.numbers)) for one in job_measures.of_steps(jobs.steps(events))]


def a_row(**changes: Any) -> dict[str, Any]:
    """Return the row of a job that was heard of at noon, and is queued still."""
    row = {"preset": "linux-x64", "status": "queued", "kind": "JOB#open", "receivedAt": "2026-11-23T12:00:00Z"}
    return {name: value for name, value in {**row, **changes}.items() if value is not None}


def test_the_wait_of_a_job_is_from_its_queueing_to_its_start() -> None:
    assert measured(an_event()) == [({"Preset": "linux-x64"}, {"QueueToStart": (2.0,)})]


def test_what_was_told_of_one_preset_is_one_measure_and_each_preset_has_its_own() -> None:
    other = {"labels": ["spotrunner/gpu"], "started_at": "2026-11-23T12:01:00Z"}
    assert measured(an_event(id=1), an_event(id=2), an_event(id=3, **other), an_event("queued", id=4)) == [
        ({"Preset": "linux-x64"}, {"QueueToStart": (2.0, 2.0), "QueueToReceived": (62.0,)}),
        ({"Preset": "gpu"}, {"QueueToStart": (62.0,)}),
    ]


def test_no_wait_is_negative_which_would_cost_cloudwatch_its_percentiles() -> None:
    assert measured(an_event(started_at="2026-11-23T11:00:00Z")) == [
        ({"Preset": "linux-x64"}, {"QueueToStart": (0.0,)})
    ]


UNMEASURED: dict[str, JobEvent] = {
    "a runner that is no machine of ours": an_event(runner_name="big-iron", labels=["spotrunner/made-up"]),
    "no time at which it was queued": an_event(created_at=None),
    "no time at which it started": an_event(started_at=None),
    "an approval that is waited for": an_event("waiting"),
    "the end of a job": an_event("completed", runner_name="i-0123456789abcdef0", runner_id=7),
}


@pytest.mark.parametrize("why", UNMEASURED)
def test_nothing_is_measured_of(why: str) -> None:
    assert measured(UNMEASURED[why]) == []


def test_machines_that_live_are_counted_for_the_deployment_and_for_each_preset_that_has_any() -> None:
    counters = {"PK": "CAPACITY", "total": 3, "preset:linux-x64": 3, "preset:gpu": 0}
    assert machine_measures.alive(counters) == (
        Measure(numbers={"MachinesAlive": (3,)}),
        Measure(numbers={"MachinesAlive": (3,)}, of={"Preset": "linux-x64"}, adds_up=False),
    )
    assert machine_measures.alive({}) == ()


def test_a_job_is_stuck_once_it_is_queued_for_longer_than_15_minutes_for_no_known_reason() -> None:
    assert job_measures.stuck([a_row()], at(15)) == ()
    assert job_measures.stuck([a_row(), a_row(preset="gpu")], at(16)) == (
        Measure(numbers={"JobsStuck": (2,)}),
        Measure(numbers={"JobsStuck": (1,)}, of={"Preset": "linux-x64"}, adds_up=False),
        Measure(numbers={"JobsStuck": (1,)}, of={"Preset": "gpu"}, adds_up=False),
    )


STUCK: dict[str, tuple[dict[str, Any], bool]] = {
    "a job with a machine that does not take it": (
        {"launchId": "launch-1", "configuredAt": "2026-11-23T12:01:00Z"},
        True,
    ),
    "a job that GitHub queued and told of late": (
        {"queuedAt": "2026-11-23T10:00:00Z", "receivedAt": "2026-11-23T12:50:00Z"},
        False,
    ),
    "a job of which only GitHub's time is known": ({"receivedAt": None, "queuedAt": "2026-11-23T12:00:00Z"}, True),
    "a job that waits for room": ({"waitsFor": "maxRunners of the preset are reached: 7"}, False),
    "a parked job": ({"kind": "JOB#parked#linux-x64"}, False),
    "a job that runs": ({"status": "in_progress"}, False),
    "a job that has ended": ({"status": "completed", "kind": None}, False),
    "a job that waits for an approval": ({"status": "waiting", "receivedAt": None}, False),
}


@pytest.mark.parametrize("what", STUCK)
def test_whether_it_is_stuck(what: str) -> None:
    changes, is_stuck = STUCK[what]
    assert bool(job_measures.stuck([a_row(**changes)], at(60))) is is_stuck


def test_every_refusal_is_told_by_its_kind_and_no_name_of_a_preset_is_a_dimension() -> None:
    told = measures.refused(labels.Refusal(kind="unknown preset", why="no preset x is deployed"), 101, "x")
    assert (told.of, told.about["preset"]) == ({"Kind": "unknown preset"}, "x")
