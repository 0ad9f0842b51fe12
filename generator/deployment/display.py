"""Shows progress: a live table on a terminal, plain lines elsewhere; always on standard error, results go elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from rich.console import Console, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from generator.deployment.progress import (
    Event,
    Listener,
    Notice,
    ResourceMoved,
    StackFinished,
    StackStarted,
    Uploaded,
)
from generator.printing import without_commands

STYLES = {"created": "green", "updated": "green", "deleted": "green", "failed": "red", "interrupted": "yellow"}
REFRESHES_PER_SECOND = 8


@dataclass(frozen=True, kw_only=True)
class Row:
    """What the table says of one stack; `done` of `total` resources are through, `total` is 0 when unknown."""

    action: str
    resource: str = ""
    done: frozenset[str] = frozenset()
    total: int = 0
    outcome: str = ""

    def told(self, event: Event) -> "Row":
        """Return the row after an event of its stack."""
        if isinstance(event, StackStarted):
            return Row(action=event.action, total=event.resources)
        if isinstance(event, ResourceMoved):
            through = self.done | {event.resource} if event.status.endswith("_COMPLETE") else self.done
            return replace(self, resource=f"{event.resource} {event.status}", done=through)
        if isinstance(event, StackFinished):
            return replace(self, outcome=event.outcome, resource=event.reason)
        return self


@contextmanager
def shown(console: Console) -> Iterator[Listener]:
    """Give a listener that shows what it hears for as long as the block runs."""
    if not console.is_terminal:
        yield lambda event: _print_line(console, event)
        return
    rows: dict[str, Row] = {}
    spinner = Spinner("dots")

    def table() -> Table:
        return _table(rows, spinner.render(console.get_time()))

    with Live(console=console, refresh_per_second=REFRESHES_PER_SECOND, get_renderable=table):
        yield lambda event: _update(console, rows, event)


def line(event: Event) -> str:
    """Return an event as one line of text; an empty one is not worth showing."""
    match event:
        case Notice():
            return event.text
        case Uploaded() if event.sent:
            return f"uploaded {event.key} ({event.size_bytes:,} bytes)"
        case StackStarted():
            size = f" ({event.resources} resources)" if event.resources else ""
            return f"{event.stack}: {event.action}{size}"
        case ResourceMoved() if event.status.endswith("_FAILED"):
            return f"{event.stack}: {event.resource} {event.status}: {event.reason}"
        case StackFinished() if event.outcome != "unchanged":
            return f"{event.stack}: {event.outcome}"
        case _:
            return ""


def _print_line(console: Console, event: Event) -> None:
    text = line(event)
    if text:
        console.print(Text(without_commands(text)), soft_wrap=True)


def _update(console: Console, rows: dict[str, Row], event: Event) -> None:
    if isinstance(event, Notice | Uploaded):
        _print_line(console, event)
    else:
        rows[event.stack] = rows.get(event.stack, Row(action="")).told(event)


def _table(rows: dict[str, Row], turning: RenderableType) -> Table:
    table = Table.grid(padding=(0, 2))
    for stack, row in sorted(rows.items()):
        mark = Text("✗" if row.outcome == "failed" else "✓") if row.outcome else turning
        state = Text(row.outcome or row.action, style=STYLES.get(row.outcome, ""))
        count = f"{len(row.done)}/{row.total}" if row.total else ""
        table.add_row(mark, Text(stack), state, Text(count), Text(row.resource, overflow="ellipsis", no_wrap=True))
    return table
