"""The machines that live, found by the index."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rich.text import Text

from generator import durations, pausing, rows, terminal
from generator.printing import show
from generator.reporting.place import Place
from generator.rows import Found, Heard
from generator.runners import row
from generator.runners.row import CONFIGURED, RUNNING, STARTING, RunnerRow
from lambdas.adapters.machine_rows import RUNNER
from lambdas.adapters.table import Table
from lambdas.core import times
from lambdas.core.machines import LIVE
from lambdas.core.records import Record

HEADINGS = ("instance", "preset", "state", "market", "type", "age", "for job", "labels")
UNBROKEN = ("instance", "age")
STYLES = {RUNNING: "green", CONFIGURED: "cyan", STARTING: "yellow"}


@dataclass(frozen=True, kw_only=True)
class Runners(Found):
    """The machines that were found."""

    runners: tuple[RunnerRow, ...]

    def as_json(self) -> dict[str, object]:
        """Return it as JSON values."""
        return self.document("runners", map(_as_json, self.runners))


def find(place: Place, now: datetime, heard: Heard) -> Runners:
    """Return the machines that live, by preset, the oldest first."""
    table = rows.find(place)
    found, unreadable = rows.parsed(_living(table, heard), row.parse)
    return Runners(
        deployment=place.label,
        now=now,
        runners=tuple(sorted(found, key=lambda runner: (runner.preset, runner.launched_at, runner.instance_id))),
        unreadable=unreadable,
        notes=pausing.notes(table, place.label),
    )


def print_runners(found: Runners, *, as_json: bool) -> None:
    """Print what was found: a table for people, one JSON document for scripts."""
    if as_json:
        show(found.as_json())
        return
    out = terminal.console()
    if found.runners:
        out.print(terminal.table(HEADINGS, [_cells(runner, found.now) for runner in found.runners], UNBROKEN))
    for line in _lines(found):
        out.print(terminal.text(line), soft_wrap=True)


def _living(table: Table, heard: Heard) -> Iterator[Record]:
    """Yield the rows of the machines that the index shows; one that has ended since it did is left out."""
    keys = tuple(str(item["PK"]) for item in rows.of_kind(table, LIVE))
    return (record for record in rows.several(table, keys, RUNNER, heard) if "endedAt" not in record)


def _lines(found: Runners) -> Iterator[str]:
    if found.runners:
        yield terminal.counted("machine", Counter(runner.state for runner in found.runners))
    else:
        yield f"No machine lives in {found.deployment}."
    yield from (f"note: {note}" for note in found.notes)


def _cells(runner: RunnerRow, now: datetime) -> list[Text]:
    told = f"{RUNNING} job {runner.running_job}" if runner.running_job else f"{RUNNING} another job"
    does = told if runner.state == RUNNING else runner.state
    return [
        terminal.text(runner.instance_id),
        terminal.text(runner.preset),
        terminal.text(does, STYLES[runner.state]),
        terminal.text(runner.market or ""),
        terminal.text(runner.instance_type or ""),
        terminal.text(durations.text(now - runner.launched_at)),
        terminal.text("" if runner.launched_for is None else str(runner.launched_for)),
        terminal.text(" ".join(runner.labels)),
    ]


def _as_json(runner: RunnerRow) -> dict[str, object]:
    known = runner.model_dump(mode="json", by_alias=True, exclude={"launched_at", "configured_at"})
    return {
        "instanceId": runner.instance_id,
        "state": runner.state,
        **known,
        "launchedAt": times.text(runner.launched_at),
        "configuredAt": times.text(runner.configured_at) if runner.configured_at else None,
    }
