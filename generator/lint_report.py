"""What `spot-runner lint` says: a line per finding for people, JSON for scripts."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from generator.findings import Finding


def show(files: Sequence[str], findings: Sequence[Finding], *, as_json: bool) -> None:
    """Print what was looked at and what was found."""
    console = Console(highlight=False)
    if as_json:
        rows = {"templates": list(files), "findings": [asdict(finding) for finding in findings]}
        console.file.write(json.dumps(rows, indent=2) + "\n")
        return
    for finding in findings:
        console.print(Text(str(finding)), soft_wrap=True)
    templates = "1 template" if len(files) == 1 else f"{len(files)} templates"
    console.print(f"{templates}, {len(findings) or 'no'} finding{'' if len(findings) == 1 else 's'}")
