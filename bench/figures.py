"""Figures beside their limits: a table for people, JSON for scripts, and whether all are within."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What was measured, and the most that it may be; None where it is only told."""

    what: str
    measured: float
    limit: float | None = None

    @property
    def ok(self) -> bool:
        """Tell whether it is within its limit."""
        return self.limit is None or self.measured <= self.limit


def show(title: str, figures: Sequence[Figure]) -> None:
    """Print figures as a table."""
    table = Table("what", "measured", "limit", "ok", title=title, title_justify="left")
    for one in figures:
        limit = "" if one.limit is None else f"{one.limit:,.10g}"
        table.add_row(one.what, f"{one.measured:,.6g}", limit, "" if one.limit is None else "yes" if one.ok else "NO")
    Console().print(table)


def write(found: Mapping[str, Sequence[Figure]]) -> None:
    """Print figures as JSON, by their titles."""
    said = {title: [{**asdict(one), "ok": one.ok} for one in its] for title, its in found.items()}
    json.dump(said, sys.stdout, indent=1)
    sys.stdout.write("\n")
