"""`spot-runner pause` and `resume`: the stop of a whole deployment."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from embedded.aws.server import EmbeddedAws
from generator import pausing
from generator.reporting.place import Place
from lambdas.adapters.items import decode, encode
from tests.generator.conftest import Operator
from tests.generator.jobs.conftest import FIND_TABLE, TABLE, Keep, rows_like
from tests.lambdas.makers import NOON

Run = Callable[..., tuple[int, str, str]]
Row = Callable[[], dict[str, Any] | None]
KEY = {"PK": "CAPACITY", "SK": "DEPLOYMENT"}


@pytest.fixture
def row(deployed: EmbeddedAws, keep: Keep) -> Iterator[Row]:  # noqa: ARG001 - keep says where the account is
    """Return a way to look at the row of the capacity, which goes when the test ends."""
    dynamodb = deployed.client("dynamodb")

    def read() -> dict[str, Any] | None:
        found = dynamodb.get_item(TableName=TABLE, Key=encode(KEY)).get("Item")
        return decode(found) if found else None

    yield read
    dynamodb.delete_item(TableName=TABLE, Key=encode(KEY))


def test_a_pause_is_told_with_what_was_before_and_what_becomes_of_jobs(here: Place, row: Row) -> None:
    first, second, *_ = turned = list(pausing.pause(here, "a move", NOON).lines())
    assert first == "spot-runner is paused since 2026-11-23T12:00:00Z: a move"
    assert second == "before: not paused"
    assert "jobs that arrive are recorded and wait, none is lost" in turned[2]
    assert "`spot-runner resume` launches what waits" in turned[2]
    assert row() == {**KEY, "pausedAt": "2026-11-23T12:00:00Z", "pausedReason": "a move"}


def test_what_is_counted_there_stays(here: Place, row: Row, keep: Keep) -> None:
    counts = keep({**KEY, "total": 3, "preset:linux-x64": 3})
    pausing.pause(here, None, NOON)
    assert row() == {**counts, "pausedAt": "2026-11-23T12:00:00Z"}
    pausing.resume(here)
    assert row() == counts


def test_a_second_pause_keeps_the_beginning_and_takes_a_new_reason(here: Place, row: Row) -> None:
    pausing.pause(here, "a move", NOON)
    assert list(pausing.pause(here, None, NOON + timedelta(hours=1)).lines())[:2] == [
        "spot-runner is paused since 2026-11-23T12:00:00Z: a move",
        "before: paused since 2026-11-23T12:00:00Z: a move",
    ]
    assert list(pausing.pause(here, "GitHub is down", NOON + timedelta(hours=2)).lines())[:2] == [
        "spot-runner is paused since 2026-11-23T12:00:00Z: GitHub is down",
        "before: paused since 2026-11-23T12:00:00Z: a move",
    ]
    assert row() == {**KEY, "pausedAt": "2026-11-23T12:00:00Z", "pausedReason": "GitHub is down"}


def test_resume_tells_what_it_ended_and_the_second_one_that_there_is_nothing_to_do(run: Run, row: Row) -> None:
    assert run("pause", "--reason", "a\nmove")[0] == 0
    paused = row()
    code, out, err = run("resume")
    assert (code, err) == (0, "")
    assert paused is not None
    assert out.splitlines()[0] == f"spot-runner goes on: it was paused since {paused['pausedAt']}: a move"
    assert row() == KEY
    assert run("resume") == (0, "spot-runner was not paused: nothing to do\n", "")


def test_where_nothing_was_ever_paused_resume_writes_nothing(run: Run, row: Row) -> None:
    assert run("resume")[0] == 0
    assert row() is None


def test_a_script_gets_what_holds_and_what_was_before(run: Run, row: Row) -> None:
    code, out, _ = run("pause", "--json")
    held = {"paused": True, "pausedAt": (row() or {})["pausedAt"], "pausedReason": None}
    nothing = {"paused": False, "pausedAt": None, "pausedReason": None}
    assert (code, json.loads(out)) == (0, {"ok": True, "deployment": "spot-runner", **held, "before": nothing})
    code, out, _ = run("resume", "--json")
    assert (code, json.loads(out)) == (0, {"ok": True, "deployment": "spot-runner", **nothing, "before": held})


@pytest.mark.parametrize("reason", ["", " \n ", "x" * 201])
def test_a_reason_that_says_nothing_or_too_much_is_wrong_usage(run: Run, row: Row, reason: str) -> None:
    code, out, err = run("pause", "--reason", reason)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert err.endswith("characters, expected 1 to 200\n")
    assert row() is None


@pytest.mark.usefixtures("row")
def test_the_documented_right_is_enough(run: Run, operator: Operator) -> None:
    operator(FIND_TABLE, rows_like("CAPACITY", actions=("UpdateItem",)))
    assert [run("pause")[0], run("resume")[0]] == [0, 0]


def test_a_beginning_that_is_no_time_is_named(run: Run, keep: Keep) -> None:
    keep({**KEY, "pausedAt": "soon"})
    assert "note: whether spot-runner is paused is not known: pausedAt of the row CAPACITY is 'soon'" in run("jobs")[1]
