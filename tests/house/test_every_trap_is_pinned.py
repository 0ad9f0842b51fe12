"""What broke other systems of this kind is pinned: each trap has a test whose name ends in its id."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
TRAPS = (
    *(f"job_{number}" for number in range(1, 9)),
    *(f"ins_{number}" for number in range(1, 6)),
    *(f"lim_{number}" for number in range(1, 3)),
    *(f"sta_{number}" for number in range(1, 4)),
    *(f"ami_{number}" for number in range(1, 8)),
)
NAMED = re.compile(r"^(?:async )?def test_\w+_(?P<trap>[a-z]{3}_\d)\(", re.MULTILINE)


@pytest.fixture(scope="module")
def pinned() -> set[str]:
    return {found["trap"] for path in TESTS.rglob("test_*.py") for found in NAMED.finditer(path.read_text())}


@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_is_pinned_by_a_test_that_is_named_after_it(pinned: set[str], trap: str) -> None:
    assert trap in pinned
