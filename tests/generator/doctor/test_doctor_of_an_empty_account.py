"""`spot-runner doctor` in an account that nobody has set up."""

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., tuple[int, str, str]]
Rows = Callable[..., dict[str, list[dict[str, Any]]]]


@pytest.mark.usefixtures("aws", "github")
def test_an_empty_account_is_told_what_is_missing_and_what_to_run(rows: Rows, run: Run) -> None:
    problems = {about for about, (row, *_) in rows().items() if row["level"] == "problem"}
    assert problems == {
        "stack spot-runner-bootstrap",
        "OIDC provider",
        "service-linked role",
        "artifact bucket",
        "permissions boundary",
    }
    code, out, _ = run("doctor")
    assert code == 1
    assert "-> run `spot-runner bootstrap` as an administrator" in out
