"""What `spot-runner render` says: lines and coloured diffs for people, JSON for scripts."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from generator.templates_out import FOLDER, Difference, Written

# Colours appear only where standard output is a terminal.
STYLES = {"+++": "bold", "---": "bold", "@@": "cyan", "+": "green", "-": "red"}


def show_differences(found: Sequence[Difference], *, as_json: bool) -> None:
    """Print every difference with its diff."""
    console = Console(highlight=False)
    if as_json:
        rows = [asdict(difference) for difference in found]
        console.file.write(json.dumps({"inStep": not rows, "differences": rows}, indent=2) + "\n")
        return
    for difference in found:
        console.print(Text(str(difference), style="bold"), soft_wrap=True)
        for line in difference.diff.splitlines():
            console.print(Text(line, style=_style(line)), soft_wrap=True)


def show_written(done: Written, *, as_json: bool) -> None:
    """Print what was written and removed, and how much stayed as it was."""
    console = Console(highlight=False)
    if as_json:
        console.file.write(json.dumps(asdict(done), indent=2) + "\n")
        return
    lines = (
        *(f"wrote {FOLDER}/{name}" for name in done.written),
        *(f"removed {FOLDER}/{name}: its preset is gone" for name in done.removed),
        *(f"left alone {FOLDER}/{name}: it is rendered from nothing" for name in done.stray),
        f"{len(done.written)} written, {len(done.removed)} removed, {len(done.unchanged)} unchanged",
    )
    for line in lines:
        console.print(Text(line), soft_wrap=True)


def _style(line: str) -> str:
    return next((style for start, style in STYLES.items() if line.startswith(start)), "")
