"""What is measured of jobs and machines: numbers by which CloudWatch tells how long jobs wait, and what is in the way.

Nothing is measured while there is nothing to tell: a metric without a value in a period counted nothing, and costs
nothing. A metric is billed for each combination of dimensions, so that these are only a deployment's and its presets'.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from lambdas.core import launches, machines, times
from lambdas.core.fleets import SPOT
from lambdas.core.jobs import OPEN, Step
from lambdas.core.labels import Refusal
from lambdas.core.launches import Launch
from lambdas.core.workflow_job import IN_PROGRESS, QUEUED

NAMESPACE = "spot-runner"
DEPLOYMENT, PRESET, KIND = "Deployment", "Preset", "Kind"
COUNT, SECONDS = "Count", "Seconds"
QUEUE_TO_RECEIVED, QUEUE_TO_START = "QueueToReceived", "QueueToStart"
SPOT_MACHINES, ON_DEMAND_MACHINES = "SpotMachines", "OnDemandMachines"
FALLBACKS, SHORTAGES, FLEET_FAULTS = "Fallbacks", "Shortages", "FleetFaults"
REGISTRATION_FAULTS, REGISTRATIONS_PACED = "RegistrationFaults", "RegistrationsPaced"
MACHINES_GIVEN_UP, INTERRUPTIONS = "MachinesGivenUp", "Interruptions"
REFUSALS, JOBS_PARKED, JOBS_HELD, MESSAGES_FAILED = "Refusals", "JobsParked", "JobsHeld", "MessagesFailed"
MACHINES_ALIVE, JOBS_STUCK = "MachinesAlive", "JobsStuck"
UNITS: Mapping[str, str] = {
    QUEUE_TO_RECEIVED: SECONDS,
    QUEUE_TO_START: SECONDS,
    SPOT_MACHINES: COUNT,
    ON_DEMAND_MACHINES: COUNT,
    FALLBACKS: COUNT,
    SHORTAGES: COUNT,
    FLEET_FAULTS: COUNT,
    REGISTRATION_FAULTS: COUNT,
    REGISTRATIONS_PACED: COUNT,
    MACHINES_GIVEN_UP: COUNT,
    INTERRUPTIONS: COUNT,
    REFUSALS: COUNT,
    JOBS_PARKED: COUNT,
    JOBS_HELD: COUNT,
    MESSAGES_FAILED: COUNT,
    MACHINES_ALIVE: COUNT,
    JOBS_STUCK: COUNT,
}
STUCK_AFTER = timedelta(minutes=15)
COUNTED = "preset:"  # what the counters of living machines have before a preset's name


@dataclass(frozen=True, kw_only=True)
class Measure:
    """Numbers that were measured together, at most 100 of each metric, and whose they are beside the deployment's.

    What `adds_up` is told of the deployment as a whole, too; the state of something has a measure for each. `about`
    stands beside it in the log, to search by: it is no dimension, each value of which would cost.
    """

    numbers: Mapping[str, tuple[float, ...]]
    of: Mapping[str, str] = field(default_factory=dict)
    adds_up: bool = True
    about: Mapping[str, object] = field(default_factory=dict)


def counted(metric: str, preset: str, number: int, **about: object) -> Measure:
    """Return that something happened so many times to jobs or machines of a preset."""
    return Measure(numbers={metric: (number,)}, of={PRESET: preset}, about=about)


def failed(messages: int) -> Measure:
    """Return that so many messages of a batch failed, and come again."""
    return Measure(numbers={MESSAGES_FAILED: (messages,)})


def refused(refusal: Refusal, job_id: int, preset: str | None) -> Measure:
    """Return that a job was refused; the preset that it names is its author's to choose, and no dimension."""
    about = {"jobId": job_id, "preset": preset, "why": refusal.why}
    return Measure(numbers={REFUSALS: (1,)}, of={KIND: refusal.kind}, about=about)


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


def of_launch(settled: Launch, then: Launch | None, faults: Sequence[str]) -> Measure:
    """Return what a settled launch got, and what it did not: `then` is the launch on demand of what it is short of."""
    short = len(launches.short(settled))
    market = SPOT_MACHINES if settled.market == SPOT else ON_DEMAND_MACHINES
    counts = {
        market: len(settled.places),
        FALLBACKS: short if then else 0,
        SHORTAGES: 0 if then or faults else short,
        FLEET_FAULTS: 1 if faults else 0,
    }
    about = {"launchId": settled.launch_id, **({"faults": list(faults)} if faults else {})}
    numbers: dict[str, tuple[float, ...]] = {metric: (count,) for metric, count in counts.items() if count}
    return Measure(numbers=numbers, of={PRESET: settled.wish.preset}, about=about)


def alive(counters: Mapping[str, Any]) -> tuple[Measure, ...]:
    """Return how many machines live, or are reserved, by the row `CAPACITY`: of the deployment, and of each preset."""
    of_presets = {
        name.removeprefix(COUNTED): int(count) for name, count in counters.items() if name.startswith(COUNTED)
    }
    return _states(MACHINES_ALIVE, int(counters.get("total", 0)), of_presets)


def stuck(rows: Iterable[Mapping[str, Any]], now: datetime) -> tuple[Measure, ...]:
    """Return how many jobs have been queued for more than 15 minutes, and nothing that is known is in their way.

    Rows are those of jobs; any that are not queued, wait for something that is known, or are parked, are no matter.
    """
    found = Counter(str(row["preset"]) for row in rows if _is_stuck(row, now))
    return _states(JOBS_STUCK, found.total(), found)


def _states(metric: str, total: int, of_presets: Mapping[str, int]) -> tuple[Measure, ...]:
    """Return the state of the deployment, and of each preset of which there is any."""
    each = {preset: count for preset, count in of_presets.items() if count}
    return (
        *([Measure(numbers={metric: (total,)})] if total else []),
        *(Measure(numbers={metric: (count,)}, of={PRESET: preset}, adds_up=False) for preset, count in each.items()),
    )


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
