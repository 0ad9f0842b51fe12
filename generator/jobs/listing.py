"""The jobs that this deployment knows: the open ones, found by the index, or all that the table keeps."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from generator import pausing, rows
from generator.errors import SpotRunnerError, UsageError
from generator.inputs.wording import did_you_mean
from generator.inputs.yaml_source import shown
from generator.jobs import row
from generator.jobs.row import PARKED, JobRow
from generator.reporting.place import Place
from generator.rows import Heard
from lambdas.adapters.job_rows import JOB
from lambdas.adapters.table import KIND, Table
from lambdas.core import times
from lambdas.core.jobs import OPEN
from lambdas.core.preset import NAME
from lambdas.core.records import Record
from lambdas.core.workflow_job import COMPLETED

ALL_PARKED = "JOB#parked#"  # the index's kind of jobs that wait for their preset's first AMI; its name follows


@dataclass(frozen=True, kw_only=True)
class Order:
    """Which jobs are wanted: those of one preset or of all, and whether those that have ended, too."""

    preset: str | None
    with_ended: bool


@dataclass(frozen=True, kw_only=True)
class Jobs:
    """What was found at `now`; `unreadable` tells of rows that are not as this release expects."""

    deployment: str
    server_url: str
    order: Order
    now: datetime
    jobs: tuple[JobRow, ...]
    unreadable: tuple[str, ...]
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Return it as JSON values."""
        return {
            "ok": not self.unreadable,
            "deployment": self.deployment,
            "generatedAt": times.text(self.now),
            "jobs": [self._job_as_json(job) for job in self.jobs],
            "errors": list(self.unreadable),
            "notes": list(self.notes),
        }

    def _job_as_json(self, job: JobRow) -> dict[str, object]:
        return {
            **job.model_dump(mode="json", by_alias=True, exclude={"stamps"}),
            "since": times.text(job.since) if job.since else None,
            "stamps": {name: times.text(moment) for name, moment in job.told.items()},
            "url": job.page(self.server_url),
        }


def checked_preset(preset: str | None) -> str | None:
    """Return the name of a preset, deployed or not; raise UsageError if no preset can have it."""
    if preset is not None and not NAME.fullmatch(preset):
        raise UsageError(f"--preset is '{shown(preset)}', expected a preset's name, such as linux-x64")
    return preset


def find(place: Place, order: Order, now: datetime, heard: Heard) -> Jobs:
    """Return the jobs that are wanted, by preset, the longest in their status first."""
    table = rows.find(place)
    deployed = sorted(str(state["presetName"]) for state in rows.of_kind(table, KIND))
    found, unreadable = _parsed(_records(table, order, deployed, heard))
    return Jobs(
        deployment=place.label,
        server_url=place.settings.github.server_url,
        order=order,
        now=now,
        jobs=tuple(sorted(found, key=lambda job: (job.preset or "", job.since or now, job.job_id))),
        unreadable=tuple(unreadable),
        notes=(*_unknown_preset(order, deployed), *pausing.notes(table, place.label)),
    )


def _records(table: Table, order: Order, deployed: Iterable[str], heard: Heard) -> Iterator[Record]:
    found = rows.whole(table, "JOB#", JOB, heard) if order.with_ended else _open(table, order, deployed, heard)
    return (record for record in found if order.preset in {None, record.get("preset")})


def _open(table: Table, order: Order, deployed: Iterable[str], heard: Heard) -> Iterator[Record]:
    """Yield the rows of the jobs that the index shows; one that has ended since it did is left out."""
    parked = deployed if order.preset is None else (order.preset,)
    kinds = (OPEN, *(f"{ALL_PARKED}{preset}" for preset in parked))
    shown_by_index = (item for kind in kinds for item in rows.of_kind(table, kind))
    keys = {str(item["PK"]): None for item in shown_by_index if order.preset in {None, item.get("preset")}}
    return (record for record in rows.several(table, tuple(keys), JOB, heard) if record.get("status") != COMPLETED)


def _parsed(records: Iterable[Record]) -> tuple[list[JobRow], list[str]]:
    jobs, unreadable = [], []
    for record in records:
        is_parked = str(record.get("kind", "")).startswith(ALL_PARKED)
        try:
            jobs.append(row.parse(record | {"status": PARKED} if is_parked else record))
        except SpotRunnerError as error:
            unreadable.append(str(error))
    return jobs, unreadable


def _unknown_preset(order: Order, deployed: list[str]) -> tuple[str, ...]:
    if order.preset is None or order.preset in deployed:
        return ()
    names = ", ".join(deployed) or "there is none"
    return (f"preset {order.preset} is not deployed ({names}){did_you_mean(order.preset, deployed)}",)
