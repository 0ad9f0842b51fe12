"""The jobs that this deployment knows: the open ones, found by the index, or all that the table keeps."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from generator import pausing, rows
from generator.errors import UsageError
from generator.inputs.wording import did_you_mean
from generator.inputs.yaml_source import shown
from generator.jobs import row
from generator.jobs.row import PARKED, JobRow
from generator.reporting.place import Place
from generator.rows import Found, Heard
from lambdas.adapters.job_rows import JOB
from lambdas.adapters.preset_rows import KIND
from lambdas.adapters.table import Table
from lambdas.core import jobs, times
from lambdas.core.preset import NAME
from lambdas.core.records import Record
from lambdas.core.workflow_job import COMPLETED


@dataclass(frozen=True, kw_only=True)
class Order:
    """Which jobs are wanted: those of one preset or of all, and whether those that have ended, too."""

    preset: str | None
    with_ended: bool


@dataclass(frozen=True, kw_only=True)
class Jobs(Found):
    """The jobs that were found."""

    server_url: str
    order: Order
    jobs: tuple[JobRow, ...]

    def as_json(self) -> dict[str, object]:
        """Return it as JSON values."""
        return self.document("jobs", map(self._job_as_json, self.jobs))

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
    found, unreadable = rows.parsed(_records(table, order, deployed, heard), _parsed)
    return Jobs(
        deployment=place.label,
        server_url=place.settings.github.server_url,
        order=order,
        now=now,
        jobs=tuple(sorted(found, key=lambda job: (job.preset or "", job.since or now, job.job_id))),
        unreadable=unreadable,
        notes=(*_unknown_preset(order, deployed), *pausing.notes(table, place.label)),
    )


def _records(table: Table, order: Order, deployed: Iterable[str], heard: Heard) -> Iterator[Record]:
    found = rows.whole(table, "JOB#", JOB, heard) if order.with_ended else _open(table, order, deployed, heard)
    return (record for record in found if order.preset in {None, record.get("preset")})


def _open(table: Table, order: Order, deployed: Iterable[str], heard: Heard) -> Iterator[Record]:
    """Yield the rows of the jobs that the index shows; one that has ended since it did is left out."""
    parked = deployed if order.preset is None else (order.preset,)
    kinds = (jobs.OPEN, *(f"{jobs.PARKED}{preset}" for preset in parked))
    shown_by_index = (item for kind in kinds for item in rows.of_kind(table, kind))
    keys = {str(item["PK"]): None for item in shown_by_index if order.preset in {None, item.get("preset")}}
    return (record for record in rows.several(table, tuple(keys), JOB, heard) if record.get("status") != COMPLETED)


def _parsed(record: Record) -> JobRow:
    is_parked = str(record.get("kind", "")).startswith(jobs.PARKED)
    return row.parse(record | {"status": PARKED} if is_parked else record)


def _unknown_preset(order: Order, deployed: list[str]) -> tuple[str, ...]:
    if order.preset is None or order.preset in deployed:
        return ()
    names = ", ".join(deployed) or "there is none"
    return (f"preset {order.preset} is not deployed ({names}){did_you_mean(order.preset, deployed)}",)
