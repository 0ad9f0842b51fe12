"""What waits for machines: jobs of one wish, as the queue carries them from attempt to attempt, version 1."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lambdas.core import checked, times
from lambdas.core.job_messages import JobEvent
from lambdas.core.labels import Wish
from lambdas.core.pacing import Slot

VERSION = 1
START = "start"
MOST = 30  # jobs of one launch: with a machine, its configuration and its job, a transaction of 100 holds them
FIRST_WAIT_SECONDS = 15
LONGEST_WAIT_SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class WaitingJob:
    """A queued job, with all that a runner for it needs; the App and the installation are those that told of it."""

    job_id: int
    labels: tuple[str, ...]
    repository: str
    app_id: str
    installation_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Start:
    """Jobs that want machines; `attempt` counts how often there were none, `slot` is what was reserved for them.

    `on_demand` jobs were interrupted on spot before.
    """

    wish: Wish
    jobs: tuple[WaitingJob, ...]
    attempt: int = 0
    slot: Slot | None = None
    on_demand: bool = False

    @property
    def again(self) -> "Start":
        """Return it as it is tried once more, with nothing reserved."""
        return replace(self, attempt=self.attempt + 1, slot=None)

    @property
    def wait_seconds(self) -> int:
        """Return how long to wait before it is tried once more: longer each time, two minutes at most."""
        return int(min(FIRST_WAIT_SECONDS * 2 ** min(self.attempt, 8), LONGEST_WAIT_SECONDS))


def of_event(event: JobEvent) -> Start:
    """Return what a queued job wants."""
    job = event.job
    waiting = WaitingJob(
        job_id=job.job_id,
        labels=job.labels,
        repository=job.repository,
        app_id=event.app_id,
        installation_id=job.installation_id,
    )
    return Start(wish=event.wish, jobs=(waiting,))


def of_row(row: Mapping[str, Any]) -> Start:
    """Return what the job of a row wants."""
    job = job_from_json({"installationId": None, **row})
    wish = Wish(preset=row["preset"], cpu=row["cpu"], ram=row["ram"])
    return Start(wish=wish, jobs=(job,), on_demand=row.get("onDemand") is True)


def grouped(starts: Iterable[Start]) -> tuple[Start, ...]:
    """Return starts of the same wish, attempt and slot as one, each job once, of no more jobs than a launch has."""
    found: dict[Start, dict[int, WaitingJob]] = {}
    for start in starts:
        jobs = found.setdefault(replace(start, jobs=()), {})
        jobs.update({job.job_id: job for job in start.jobs})
    return tuple(
        replace(alike, jobs=tuple(jobs.values())[first : first + MOST])
        for alike, jobs in found.items()
        for first in range(0, len(jobs), MOST)
    )


def to_json(start: Start) -> dict[str, object]:
    """Return the message that stands for a start."""
    return {
        "v": VERSION,
        "action": START,
        "preset": start.wish.preset,
        "cpu": start.wish.cpu,
        "ram": start.wish.ram,
        "attempt": start.attempt,
        "onDemand": start.on_demand,
        "slot": {"appId": start.slot.app_id, "at": times.text(start.slot.at)} if start.slot else None,
        "jobs": [job_json(job) for job in start.jobs],
    }


def from_json(said: Mapping[str, Any]) -> Start:
    """Return the start that a message stands for; raise ValueError, KeyError or TypeError if it stands for none."""
    slot = said["slot"]
    return Start(
        wish=Wish(preset=checked.text(said["preset"]), cpu=checked.least(said["cpu"]), ram=checked.least(said["ram"])),
        attempt=checked.least(said["attempt"]),
        on_demand=said.get("onDemand") is True,
        slot=Slot(app_id=checked.text(slot["appId"]), at=times.moment(slot["at"])) if slot else None,
        jobs=tuple(job_from_json(job) for job in said["jobs"]),
    )


def job_json(job: WaitingJob) -> dict[str, object]:
    """Return a job as messages and rows hold it."""
    return {
        "jobId": job.job_id,
        "labels": list(job.labels),
        "repository": job.repository,
        "appId": job.app_id,
        "installationId": job.installation_id,
    }


def job_from_json(said: Mapping[str, Any]) -> WaitingJob:
    """Return the job that a message or a row holds."""
    installation = said["installationId"]
    return WaitingJob(
        job_id=checked.identifier(said["jobId"]),
        labels=tuple(checked.text(label) for label in said["labels"]),
        repository=checked.text(said["repository"]),
        app_id=str(said["appId"]),
        installation_id=None if installation is None else checked.identifier(installation),
    )
