"""GitHub's own examples are read, those too that its own schemas refuse; see tests/data/extract_workflow_jobs.py."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lambdas.core import workflow_job
from lambdas.core.errors import InvalidDeliveryError
from lambdas.core.workflow_job import WorkflowJob
from tests.lambdas.deliveries import a_payload

EXAMPLES = json.loads((Path(__file__).parents[2] / "data" / "workflow_jobs.json").read_text())


def parsed(payload: Any) -> WorkflowJob:
    return workflow_job.parse(json.dumps(payload).encode())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one['from']}-{one['payload']['action']}")
def test_every_example_of_github_is_read(example: dict[str, Any]) -> None:
    payload = example["payload"]
    job, said = parsed(payload), payload["workflow_job"]
    assert (job.job_id, job.run_id, list(job.labels)) == (said["id"], said["run_id"], said["labels"])
    assert job.repository == payload["repository"]["full_name"]
    assert job.is_public is not payload["repository"]["private"]
    assert job.action == said["status"]
    assert (job.runner_name, job.conclusion) == (said["runner_name"], said["conclusion"])


def test_a_job_that_waits_for_an_approval_is_not_queued_job_7() -> None:
    assert parsed(a_payload(status="waiting")).action == "waiting"


def test_of_no_runner_github_says_null_or_nothing() -> None:
    assert parsed(a_payload(runner_id=0, runner_name="")).runner_id is None
    assert parsed(a_payload(runner_id=0, runner_name="")).runner_name is None
    assert parsed(a_payload(runner_id=7, runner_name="i-1")).runner_id == 7


def test_times_are_read_and_may_be_missing() -> None:
    assert parsed(a_payload(created_at="2026-11-23T12:00:01Z")).queued_at == datetime(
        2026, 11, 23, 12, 0, 1, tzinfo=UTC
    )
    assert parsed(a_payload(created_at=None)).queued_at is None


def test_a_repository_that_is_not_said_to_be_private_is_public() -> None:
    payload = a_payload()
    del payload["repository"]["private"]
    assert parsed(payload).is_public


def without(*path: str) -> Callable[[Any], object]:
    def change(payload: Any) -> None:
        for key in path[:-1]:
            payload = payload[key]
        del payload[path[-1]]

    return change


BROKEN: dict[str, Callable[[Any], object]] = {
    "no action": without("action"),
    "no job": without("workflow_job"),
    "no id": without("workflow_job", "id"),
    "no run": without("workflow_job", "run_id"),
    "no repository": without("repository"),
    "no repository name": without("repository", "full_name"),
    "an id in words": lambda payload: payload["workflow_job"].update(id="one"),
    "an id that no table holds": lambda payload: payload["workflow_job"].update(id=10**40),
    "an id below zero": lambda payload: payload["workflow_job"].update(id=-1),
    "a time that is none": lambda payload: payload["workflow_job"].update(created_at="soon"),
    "a job that is a list": lambda payload: payload.update(workflow_job=[]),
    "labels that are a number": lambda payload: payload["workflow_job"].update(labels=7),
    "labels that are text": lambda payload: payload["workflow_job"].update(labels="spotrunner/linux-x64"),
    "a label that is a number": lambda payload: payload["workflow_job"].update(labels=[7]),
    "a label that no UTF-8 can write": lambda payload: payload["workflow_job"].update(labels=["\ud800"]),
    "a runner whose name is a list": lambda payload: payload["workflow_job"].update(runner_name=["i-1"]),
    "a conclusion that is an object": lambda payload: payload["workflow_job"].update(conclusion={"a": 1.5}),
    "an attempt below zero": lambda payload: payload["workflow_job"].update(run_attempt=-3),
    "an attempt without end": lambda payload: payload["workflow_job"].update(run_attempt=float("inf")),
    "an id that is a truth": lambda payload: payload["workflow_job"].update(id=True),
    "a time before all calendars": lambda payload: payload["workflow_job"].update(
        created_at="0001-01-01T00:00:00+14:00"
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_lacks_what_it_must_have_is_named_in_a_line(name: str) -> None:
    payload = a_payload()
    BROKEN[name](payload)
    with pytest.raises(InvalidDeliveryError) as error:
        parsed(payload)
    assert str(error.value).startswith("workflow_job lacks what it must have: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "body", [b"", b"payload=%7B%7D", b"{", b"\xff\xfe", b"null", b"[]", b'"text"', b"7", b"[" * 100_000]
)
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidDeliveryError):
        workflow_job.parse(body)
