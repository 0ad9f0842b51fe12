"""Tables and lines on standard output: coloured on a terminal, never cut in a pipe, and no text in them a command."""

import os
from collections.abc import Collection, Mapping, Sequence

from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from generator.github.markdown import flat
from generator.printing import without_commands

WIDE_ENOUGH = 20_000  # characters: what is piped is never cut or wrapped


def console() -> Console:
    """Return standard output; where it is no terminal and COLUMNS is not set, nothing is wrapped."""
    out = Console(highlight=False)
    return out if out.is_terminal or os.environ.get("COLUMNS") else Console(highlight=False, width=WIDE_ENOUGH)


def text(words: str, style: str = "", link: str | None = None) -> Text:
    """Return words, which may come from outside, as one line; a terminal that can opens `link` from it."""
    return Text(without_commands(flat(words)), style=Style.parse(style) + Style(link=link))


def table(headings: Sequence[str], rows: Sequence[Sequence[Text]], unbroken: Collection[str] = ()) -> Table:
    """Return a table without the columns in which no row has anything.

    Where it is too wide, cells are folded, those of the `unbroken` columns never.
    """
    made = Table()
    kept = [number for number in range(len(headings)) if any(row[number] for row in rows)]
    for number in kept:
        made.add_column(headings[number], overflow="fold", no_wrap=headings[number] in unbroken)
    for row in rows:
        made.add_row(*(row[number] for number in kept))
    return made


def counted(noun: str, counts: Mapping[str, int]) -> str:
    """Return `3 jobs: 2 queued, 1 parked`, the most first."""
    total = sum(counts.values())
    each = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return f"{total:,} {noun}{'' if total == 1 else 's'}: {', '.join(f'{count:,} {name}' for name, count in each)}"
