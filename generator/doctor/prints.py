"""Prints an examination: a row per finding with its remedy below, or one JSON document."""

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.text import Text

from generator import printing
from generator.doctor.findings import Finding, Level

STYLES: Mapping[Level, str] = {Level.OK: "green", Level.WARNING: "yellow", Level.PROBLEM: "bold red"}
WIDTH = max(len(level) for level in Level)


def show(found: Sequence[Finding], *, as_json: bool) -> None:
    """Print what was found on standard output."""
    console = Console(highlight=False)
    if as_json:
        document = {"ok": not problems(found), "findings": [finding.as_json() for finding in found]}
        printing.show(document)
        return
    for finding in found:
        for line in lines(finding):
            console.print(line, soft_wrap=True)
    console.print(summed(found))


def lines(finding: Finding) -> Iterator[Text]:
    """Return a finding's row, and its remedy on a line of its own."""
    level = (f"{finding.level:<{WIDTH}}", STYLES[finding.level])
    yield Text.assemble(level, printing.without_commands(f"  {finding.about}: {finding.said}"))
    if finding.remedy:
        yield Text(printing.without_commands(f"{'':<{WIDTH}}  -> {finding.remedy}"))


def problems(found: Sequence[Finding]) -> int:
    """Count the problems."""
    return sum(finding.level is Level.PROBLEM for finding in found)


def summed(found: Sequence[Finding]) -> str:
    """Return how it stands in one line."""
    bad, doubtful = problems(found), sum(finding.level is Level.WARNING for finding in found)
    return f"{_counted(bad, 'problem')}, {_counted(doubtful, 'warning')}."


def _counted(number: int, what: str) -> str:
    return f"{number or 'No'} {what}{'' if number == 1 else 's'}"
