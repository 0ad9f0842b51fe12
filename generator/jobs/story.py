"""What became of a job, told in words for people and as JSON for scripts."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from generator import pausing, rows
from generator.errors import SpotRunnerError
from generator.github.markdown import flat
from generator.jobs import machines, reading
from generator.jobs.remedies import NEEDS_PRESETS, Known, remedies
from generator.jobs.row import STAMP, JobRow
from generator.reporting.place import Place
from generator.runners.row import RunnerRow
from lambdas.core import times
from lambdas.core.preset import Preset
from lambdas.core.workflow_job import COMPLETED

CAUSES = (
    "none of its labels begins with spotrunner/: such jobs are left to other runners",
    "GitHub's delivery did not get here: see Recent Deliveries in the App's settings, and docs/runners.md",
    "it ended or was refused more than 30 days ago: rows are not kept for longer",
    "it was heard of a moment ago, and waits in the queue for launch to record it: ask again in a minute",
    "it belongs to another deployment: --environment chooses among those of spot-runner.yaml",
)


@dataclass(frozen=True, kw_only=True)
class Story:
    """One job as this deployment knows it; `row` is None where it knows nothing.

    `machine` was launched for it, or runs it.

    `remedies` say what to do about a refusal, `causes` why there may be no row, `notes` what could not be found out.
    """

    job_id: int
    deployment: str
    server_url: str
    row: JobRow | None
    machine: RunnerRow | None = None
    remedies: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Tell whether the job is known, and was not refused."""
        return self.row is not None and not self.row.is_refused

    @property
    def url(self) -> str | None:
        """Return the job's page, or None where the row does not tell enough."""
        return self.row.page(self.server_url) if self.row else None

    def as_json(self) -> dict[str, object]:
        """Return it as JSON values."""
        row = self.row.model_dump(mode="json", by_alias=True, exclude={"job_id", "stamps"}) if self.row else None
        stamps = self.row.told if self.row else {}
        return {
            "ok": self.ok,
            "jobId": self.job_id,
            "deployment": self.deployment,
            "job": row,
            "machine": self.machine.model_dump(mode="json", by_alias=True) if self.machine else None,
            "stamps": {name: times.text(moment) for name, moment in stamps.items()},
            "url": self.url,
            "remedies": list(self.remedies),
            "causes": list(self.causes),
            "notes": list(self.notes),
        }

    def lines(self) -> Iterator[str]:
        """Return it in words, safe for a terminal whatever was in labels."""
        if self.row is None:
            yield f"Nothing is known of job {self.job_id} in {self.deployment}. Either"
            yield from _listed(self.causes)
        else:
            yield flat(f"Job {self.job_id} {_became(self.row)}")
            yield from (f"  {name}: {flat(text)}" for name, text in self._facts(self.row))
            yield from ("What to do:", *_listed(self.remedies)) if self.remedies else ()
        yield from (f"note: {flat(note)}" for note in self.notes)

    def _facts(self, row: JobRow) -> Iterator[tuple[str, str]]:
        if row.reason:
            yield "reason", row.reason
        yield "repository", row.repository
        yield "labels", ", ".join(f"'{label}'" for label in row.labels) or "none"
        if row.preset:
            yield "preset", row.preset
        if row.waits_for:
            yield "waits for", row.waits_for
        if row.launch_id:
            yield "launch", row.launch_id
        if self.machine:
            yield "machine", _described(self.machine)
        if row.run_id is not None:
            yield "run", f"{row.run_id}, attempt {row.run_attempt or 1}"
        if row.runner_name:
            yield "runner", row.runner_name
        if row.conclusion:
            yield "conclusion", row.conclusion
        if self.url:
            yield "page", self.url
        yield from ((_words(name), times.text(moment)) for name, moment in row.told.items())


def find(place: Place, job_id: int) -> Story:
    """Return what became of a job; raise SpotRunnerError if the table cannot be read."""
    table = rows.find(place)
    row = reading.job(table, job_id)
    server_url = place.settings.github.server_url
    story = Story(job_id=job_id, deployment=place.label, server_url=server_url, row=row)
    if row is None:
        return replace(story, causes=CAUSES, notes=pausing.notes(table, place.label))
    if not row.is_refused:
        notes = () if row.status == COMPLETED else pausing.notes(table, place.label)
        return replace(story, machine=machines.of_job(place, table, row), notes=notes)
    presets, notes = _presets(place, row)
    known = Known(settings=place.settings, presets=presets)
    return replace(story, remedies=remedies(row, known), notes=notes)


def _presets(place: Place, row: JobRow) -> tuple[Mapping[str, Preset] | None, tuple[str, ...]]:
    """Return the deployed presets if they matter; where they cannot be read, None and a note."""
    if row.refusal not in NEEDS_PRESETS:
        return None, ()
    try:
        return reading.deployed_presets(place), ()
    except SpotRunnerError as error:
        return None, (f"which presets are deployed is not known: {error}",)


def _described(machine: RunnerRow) -> str:
    about = (machine.instance_id, machine.instance_type, machine.market, machine.end_reason or machine.state)
    return ", ".join(one for one in about if one)


def _became(row: JobRow) -> str:
    if not row.is_refused:
        return f"is {row.status}"
    return f"was refused: {row.refusal}" if row.refusal else "was refused"


def _words(stamp: str) -> str:
    """Return `picked up` for `pickedUpAt`."""
    return flat(re.sub("[A-Z]", lambda found: f" {found[0].lower()}", stamp.removesuffix(STAMP)))


def _listed(lines: Iterable[str]) -> Iterator[str]:
    return (f"  - {flat(line)}" for line in lines)
