"""Shows a burst: a live table on a terminal, elsewhere a line every so often; and its numbers at the end."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.table import Table

from generator.local.burst import watching
from generator.local.burst.outcome import Outcome
from generator.local.burst.watching import Look
from lambdas.core.fleets import ON_DEMAND, SPOT

SECONDS_BETWEEN_LINES = 5.0
Show = Callable[[Look], None]
WORDS = {
    "queueToStartP50Seconds": "queue to start, P50 (seconds)",
    "queueToStartP95Seconds": "queue to start, P95 (seconds)",
    "launchCallsPerJob": "AWS calls of launch per job",
    "longestShortageSeconds": "longest wait for capacity (seconds)",
    "minutes": "minutes of the emulator's clock",
    "iamDecisions": "IAM decisions",
    "iamDenials": "IAM denials",
    "runnersInGitHub": "runners in GitHub",
    "realSeconds": "seconds on this computer, with the set-up",
}


@contextmanager
def shown(console: Console, jobs: int) -> Iterator[Show]:
    """Show looks as long as the block lasts; `jobs` is how many there will be."""
    seen = _Since(jobs)
    if not console.is_terminal:
        yield lambda look: seen.every_so_often(console, look)
        return
    with Live(console=console, transient=True, refresh_per_second=4) as live:
        yield lambda look: live.update(seen.table(look))


class _Since:
    """What was seen since the beginning."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._first: Look | None = None
        self._said_at = float("-inf")

    def table(self, look: Look) -> Table:
        """Return a look as a table."""
        shown = Table(
            title=f"{look.at:%H:%M:%S} UTC, minute {self._minutes(look):.0f} of the burst", title_justify="left"
        )
        for heading in ("jobs", "", "machines and GitHub", ""):
            shown.add_column(heading, justify="left" if heading else "right", min_width=6)
        states = [(state, look.jobs.get(state, 0)) for state in watching.STATES]
        states.append(("to come", self._to_come(look)))
        others = [
            ("spot machines", look.machines.get(SPOT, 0)),
            ("machines on demand", look.machines.get(ON_DEMAND, 0)),
            ("of them booting", look.booting),
            ("runners in GitHub", look.runners),
            ("webhook deliveries", look.deliveries),
            ("of them not taken", look.undelivered),
        ]
        for (state, jobs), (what, count) in zip(states, others, strict=True):
            shown.add_row(state, str(jobs), what, str(count))
        return shown

    def every_so_often(self, console: Console, look: Look) -> None:
        """Print a look as a line, if the last one is old enough."""
        if time.monotonic() - self._said_at < SECONDS_BETWEEN_LINES:
            return
        self._said_at = time.monotonic()
        states = ", ".join(f"{look.jobs[state]} {state}" for state in watching.STATES if look.jobs.get(state))
        machines = ", ".join(f"{count} {market}" for market, count in sorted(look.machines.items())) or "none"
        console.print(
            f"  minute {self._minutes(look):.0f}: {states or 'no job yet'}; machines: {machines}; "
            f"{look.runners} runners; {look.deliveries} deliveries",
            soft_wrap=True,
        )

    def _to_come(self, look: Look) -> int:
        return max(0, self._jobs - sum(look.jobs.values()))

    def _minutes(self, look: Look) -> float:
        self._first = self._first or look
        return (look.at - self._first.at).total_seconds() / 60


def summary(outcome: Outcome, more: dict[str, float]) -> Table:
    """Return the numbers of a burst, and what is left of it, as a table."""
    shown = Table(title="What came of it", title_justify="left")
    shown.add_column("what")
    shown.add_column("how much", justify="right")
    for name, value in {**outcome.numbers, **more}.items():
        shown.add_row(_words(name), f"{value:g}")
    shown.add_section()
    for name, left in outcome.left.items():
        shown.add_row(f"left: {_words(name)}", str(len(left)), style="bold red" if left else "bold green")
    return shown


def _words(name: str) -> str:
    """Return `redeliveries` as it is, and `lostJobs` as `lost jobs`."""
    return WORDS.get(name) or "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
