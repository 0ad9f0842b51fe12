"""Why jobs could not be claimed together: whose they are by now, and how much room there is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lambdas.core.starts import WaitingJob

Held = Mapping[str, Any] | None  # the row that did not fit, empty if there is none; None where nothing was in the way


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What is left of a claim: jobs that still want machines, and launches that have others of them."""

    free: tuple[WaitingJob, ...]
    launches: tuple[str, ...]


def judge(jobs: Sequence[WaitingJob], rows: Sequence[Held]) -> Judged:
    """Return what is left of jobs, given the row of each that did not fit; what ended or has a runner is done.

    Its launch may not be: any machine takes any job of its labels, and another one waits for the machine of this job.
    """
    free, launches = [], []
    for job, row in zip(jobs, rows, strict=True):
        if row is None:
            free.append(job)
        elif row.get("launchId"):
            launches.append(str(row["launchId"]))
    return Judged(free=tuple(free), launches=tuple(dict.fromkeys(launches)))


def room(preset: str, counters: Mapping[str, Any], preset_limit: int, deployment_limit: int) -> int:
    """Return how many machines may be added, given how many there are."""
    of_preset = preset_limit - int(counters.get(f"preset:{preset}", 0))
    return max(0, min(of_preset, deployment_limit - int(counters.get("total", 0))))
