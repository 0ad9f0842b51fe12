"""What is measured of jobs: how long they took to be heard of and to start, and how many nobody starts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from lambdas.core import machines, measures, times
from lambdas.core.jobs import OPEN, Step
from lambdas.core.measures import JOBS_STUCK, PRESET, QUEUE_TO_RECEIVED, QUEUE_TO_START, Measure
from lambdas.core.workflow_job import IN_PROGRESS, QUEUED

STUCK_AFTER = timedelta(minutes=15)


def of_steps(steps: Iterable[Step]) -> tuple[Measure, ...]:
    """Return how long jobs took to be heard of and to start, preset by preset, given steps that were ahead.

    A job comes ahead to a status once, so that it is measured once. Of a job whose start and end were told in one
    batch, the start is no step of its own, and is not measured.
    """
    found: dict[str, dict[str, tuple[float, ...]]] = defaultdict(dict)
    for step in steps:
        for metric, until in _reached(step).items():
            if "queuedAt" in step.known:
                numbers = found[str(step.known["preset"])]
                numbers[metric] = (*numbers.get(metric, ()), _seconds(step.known["queuedAt"], until))
    return tuple(Measure(numbers=numbers, of={PRESET: preset}) for preset, numbers in found.items())


def stuck(rows: Iterable[Mapping[str, Any]], now: datetime) -> tuple[Measure, ...]:
    """Return how many jobs have been queued for more than 15 minutes, and nothing that is known is in their way.

    Rows are those of jobs; any that are not queued, wait for something that is known, or are parked, are no matter.
    """
    found = Counter(str(row["preset"]) for row in rows if _is_stuck(row, now))
    return measures.states(JOBS_STUCK, found.total(), found)


def _is_stuck(row: Mapping[str, Any], now: datetime) -> bool:
    is_known = row.get("kind") != OPEN or row.get("waitsFor") is not None
    if row.get("status") != QUEUED or is_known:
        return False
    since = row.get("receivedAt") or row.get("queuedAt")
    return since is not None and now - times.moment(str(since)) > STUCK_AFTER


def _reached(step: Step) -> dict[str, object]:
    """Return what a job has reached with a step that is measured, and when.

    A runner that is no machine of ours may have our labels: how fast it is tells nothing, and whose preset it names
    nobody has admitted.
    """
    if step.status == QUEUED and "receivedAt" in step.known:
        return {QUEUE_TO_RECEIVED: step.known["receivedAt"]}
    is_machine = machines.INSTANCE_ID.fullmatch(str(step.known.get("runnerName", "")))
    if step.status == IN_PROGRESS and is_machine and "pickedUpAt" in step.known:
        return {QUEUE_TO_START: step.known["pickedUpAt"]}
    return {}


def _seconds(since: object, until: object) -> float:
    """Return the time between two stamps, never less than none: with one negative value CloudWatch has no percentiles.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
    """
    return max(0.0, (times.moment(str(until)) - times.moment(str(since))).total_seconds())
