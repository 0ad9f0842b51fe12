import re
from pathlib import Path

import pytest
import typer.main

from generator.cli import app

ROOT = Path(__file__).parents[3]
DOCUMENTS = [*sorted((ROOT / "docs").glob("*.md")), *ROOT.glob("README.md")]
ALL = typer.main.get_group(app).commands
INNER = {
    f"{name} {inner}": command
    for name, group in ALL.items()
    for inner, command in getattr(group, "commands", {}).items()
}
COMMANDS = {name: command for name, command in (ALL | INNER).items() if not command.hidden}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_documented(name: str) -> None:
    assert [path for path in DOCUMENTS if re.search(rf"spot-runner {name}\b", path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_and_its_options_explain_themselves(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    unexplained = [parameter.name for parameter in command.params if not getattr(parameter, "help", None)]
    assert unexplained == []
