"""What launching tells CloudWatch: the numbers of each batch and of each launch, once they are recorded."""

from collections.abc import Iterable, Sequence

from lambdas.adapters import metrics
from lambdas.core import job_measures, machine_measures, measures
from lambdas.core.jobs import Step
from lambdas.core.labels import Refusal
from lambdas.core.launches import Launch
from lambdas.core.measures import Measure
from lambdas.launching.launcher import Launcher


def came(world: Launcher, steps: Iterable[Step]) -> None:
    """Tell how long jobs took that came ahead by steps."""
    _tell(world, *job_measures.of_steps(steps))


def settled(world: Launcher, launch: Launch, then: Launch | None, faults: Sequence[str]) -> None:
    """Tell what a launch got, now that it is settled."""
    _tell(world, machine_measures.of_launch(launch, then, faults))


def count(world: Launcher, metric: str, preset: str, number: int, **about: object) -> None:
    """Tell that something happened so many times to jobs or machines of a preset."""
    _tell(world, measures.counted(metric, preset, number, **about))


def refused(world: Launcher, refusal: Refusal, preset: str, job_ids: Iterable[int]) -> None:
    """Tell that jobs were refused."""
    _tell(world, *(measures.refused(refusal, job_id, preset) for job_id in job_ids))


def failed(world: Launcher, messages: int) -> None:
    """Tell that so many messages of a batch failed, if any did."""
    if messages:
        _tell(world, measures.failed(messages))


def _tell(world: Launcher, *told: Measure) -> None:
    metrics.emit(world.site.names.deployment, told, world.now)
