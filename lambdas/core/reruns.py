"""A job that lost its machine to a spot interruption is run once more, alone and on demand, when its run has ended."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from lambdas.core import checked
from lambdas.core.job_messages import JobEvent

VERSION = 1
RERUN = "rerun"
KEPT = timedelta(days=1)  # of the note that an attempt is on demand: GitHub drops what is queued for longer
FIRST_WAIT_SECONDS = 30
LONGEST_WAIT_SECONDS = 300
MOST_TRIES = 300  # with the waits between them a day, after which nobody waits for the run any more


@dataclass(frozen=True, kw_only=True)
class Rerun:
    """A job to run again: `attempt` is the one that was interrupted, `tries` how often its run had not ended yet.

    Another job of the run may have been run again before: then `successor` is the job's id in that attempt.
    """

    job_id: int
    run_id: int
    attempt: int
    preset: str
    repository: str
    app_id: str
    installation_id: int | None = None
    tries: int = 0
    successor: int = 0

    @property
    def in_run(self) -> int:
        """Return the id that the job has in the attempt."""
        return self.successor or self.job_id

    @property
    def again(self) -> "Rerun":
        """Return it as it is tried once more."""
        return replace(self, tries=self.tries + 1)

    @property
    def wait_seconds(self) -> int:
        """Return how long to wait before the run is looked at."""
        return int(min(FIRST_WAIT_SECONDS * 2 ** min(self.tries, 8), LONGEST_WAIT_SECONDS))


def of_event(event: JobEvent) -> Rerun:
    """Return what is to be done about a job that ended with its machine."""
    job = event.job
    return Rerun(
        job_id=job.job_id,
        run_id=job.run_id,
        attempt=job.run_attempt,
        preset=event.wish.preset,
        repository=job.repository,
        app_id=event.app_id,
        installation_id=job.installation_id,
    )


def to_json(rerun: Rerun) -> dict[str, object]:
    """Return the message that stands for it."""
    return {
        "v": VERSION,
        "action": RERUN,
        "jobId": rerun.job_id,
        "runId": rerun.run_id,
        "attempt": rerun.attempt,
        "preset": rerun.preset,
        "repository": rerun.repository,
        "appId": rerun.app_id,
        "installationId": rerun.installation_id,
        "tries": rerun.tries,
        "successor": rerun.successor,
    }


def from_json(said: Mapping[str, Any]) -> Rerun:
    """Return what a message stands for; raise ValueError, KeyError or TypeError if it stands for nothing."""
    installation = said["installationId"]
    return Rerun(
        job_id=checked.identifier(said["jobId"]),
        run_id=checked.identifier(said["runId"]),
        attempt=checked.identifier(said["attempt"]),
        preset=checked.text(said["preset"]),
        repository=checked.text(said["repository"]),
        app_id=str(said["appId"]),
        installation_id=None if installation is None else checked.identifier(installation),
        tries=checked.least(said["tries"]),
        successor=checked.least(said.get("successor")),
    )
