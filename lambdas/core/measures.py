"""What is measured of jobs and machines: numbers by which CloudWatch tells how long jobs wait, and what is in the way.

Nothing is measured while there is nothing to tell: a metric without a value in a period counted nothing, and costs
nothing. A metric is billed for each combination of dimensions, so that these are only a deployment's and its presets'.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lambdas.core.labels import Refusal

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


def states(metric: str, total: int, of_presets: Mapping[str, int]) -> tuple[Measure, ...]:
    """Return the state of the deployment, and of each preset of which there is any."""
    each = {preset: count for preset, count in of_presets.items() if count}
    return (
        *([Measure(numbers={metric: (total,)})] if total else []),
        *(Measure(numbers={metric: (count,)}, of={PRESET: preset}, adds_up=False) for preset, count in each.items()),
    )
