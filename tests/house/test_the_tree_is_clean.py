"""What must not be in any file of this repository, whoever wrote it."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.splitlines()
    if (ROOT / name).is_file()
]  # fmt: skip
SOURCES = [path for path in FILES if path.suffix == ".py"]

# Spelled in pieces, so that this file does not hold what it forbids.
EVERYWHERE = {
    "an unfinished thing": r"\b(TO" + r"DO|FIX" + r"ME)\b",
    "a machine's path": r"(/wo" + r"rk/|/ro" + r"ot/|/home/[a-z])",
    "a registry's host": r"(pypi\.o" + r"rg|pythonhos" + r"ted|registry\.npm" + r"js)",
    "a lock's address": r"\"resol" + r"ved\":",
}
IN_PYTHON = {
    "an unnamed gap": r"raise NotImpl" + r"ementedError",
    "a patched collaborator": r"mock\.pa" + r"tch|unittest\.mo" + r"ck\b(?!\"\.msg)",
    "a hole in the coverage": r"pragma: no co" + r"ver",
    "a bare except": r"^\s*except\s*:",
    "a silent except": r"except[^\n]*:\n\s+pass\b",
}


@pytest.mark.parametrize("what", EVERYWHERE)
def test_no_file_holds(what: str) -> None:
    assert found(EVERYWHERE[what], FILES) == []


@pytest.mark.parametrize("what", IN_PYTHON)
def test_no_python_file_holds(what: str) -> None:
    assert found(IN_PYTHON[what], SOURCES) == []


def test_no_test_sleeps() -> None:
    tests = [path for path in SOURCES if path.relative_to(ROOT).parts[0] == "tests"]
    assert found(r"time\.sle" + r"ep\(", tests) == []


def test_no_source_file_is_longer_than_one_sitting() -> None:
    code = [
        path for path in SOURCES if path.relative_to(ROOT).parts[0] in {"generator", "lambdas", "embedded", "bench"}
    ]
    assert {str(path.relative_to(ROOT)): n for path in code if (n := len(path.read_text().splitlines())) > 300} == {}


@pytest.mark.parametrize(
    ("rooms", "most"), [(("aws",), 6000), (("functions", "machines"), 700)], ids=["its services", "its processes"]
)
def test_the_embedded_aws_does_not_grow(rooms: tuple[str, ...], most: int) -> None:
    found = [path for room in rooms for path in (ROOT / "embedded" / room).rglob("*.py")]
    assert sum(len(path.read_text().splitlines()) for path in found) < most


def found(pattern: str, files: list[Path]) -> list[str]:
    expression = re.compile(pattern, re.MULTILINE)
    hits = []
    for path in files:
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        hits += [f"{path.relative_to(ROOT)}: {match.group(0)!r}" for match in expression.finditer(text)]
    return hits
