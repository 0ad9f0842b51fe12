"""docs/decisions.md maps each point of what was asked for to code and to a test, and both exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
POINTS = [
    *(f"1.{n}" for n in range(1, 7)), *(f"2.{n}" for n in range(1, 7)), *(f"3.{n}" for n in range(1, 6)),
    *(f"4.{n}" for n in range(1, 6)), *(f"5.{n}" for n in range(1, 4)), "6", "7",
    "card: render", "card: lint", "card: pull requests", "card: deploy on merge", "card: upload zips",
    "card: report", "card: badge", "users: labels", "users: webhook", "users: runners",
]  # fmt: skip
ROW = re.compile(r"^\| (?P<point>[^|]+?) \| (?P<wish>[^|]+?) \| (?P<code>[^|]+?) \| (?P<test>[^|]+?) \|$", re.MULTILINE)


def rows() -> dict[str, re.Match[str]]:
    table = (ROOT / "docs" / "decisions.md").read_text().split("## What was asked for", 1)[1]
    return {row["point"]: row for row in ROW.finditer(table) if row["point"] not in {"point", "---"}}


@cache
def functions_in(path: Path) -> frozenset[str]:
    return frozenset(n.name for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef))


def test_each_point_has_one_row() -> None:
    assert sorted(rows()) == sorted(POINTS)


@pytest.mark.parametrize("point", POINTS)
def test_the_row_names_code_and_tests_that_exist(point: str) -> None:
    row = rows()[point]
    for path in re.findall(r"`([^`]+)`", row["code"]):
        assert (ROOT / path).exists(), path
    named = re.findall(r"`([^`:]+)::([^`]+)`", row["test"])
    assert named, f"{point} names no test"
    for path, name in named:
        assert name in functions_in(ROOT / path), f"{path}::{name}"
