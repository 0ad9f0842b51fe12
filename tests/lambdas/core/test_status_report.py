import pytest

from lambdas.core import status
from lambdas.core.state import AmiState
from tests.lambdas.makers import NOON, a_state, at

READY = a_state()
UPDATING = a_state(status="building")
BUILDING = a_state(status="building", ami_id=None)
FAILED_SERVING = a_state(status="failed", reason="build 1.0.0/2 failed")
FAILED = a_state(status="failed", ami_id=None, reason="build 1.0.0/1 failed")


def overall(*states: AmiState) -> str:
    return status.overall([status.preset_status(state) for state in states])


def message(*states: AmiState) -> str:
    return status.message([status.preset_status(state) for state in states])


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        pytest.param([READY, READY], "ready", id="all are ready"),
        pytest.param([READY, UPDATING], "ready", id="a rebuild over a serving AMI counts as ready"),
        pytest.param([READY, BUILDING], "building", id="a first AMI is under way"),
        pytest.param([BUILDING, FAILED_SERVING], "degraded", id="a failed rebuild, though the old AMI serves"),
        pytest.param([READY, FAILED], "degraded", id="no AMI at all"),
        pytest.param([], "degraded", id="no presets"),
    ],
)
def test_the_deployment_is_as_good_as_its_worst_preset(states: list[AmiState], expected: str) -> None:
    assert overall(*states) == expected


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([READY], "All presets ready"),
        ([READY, READY], "All presets ready"),
        ([READY, READY, UPDATING], "2 presets ready, 1 preset updating"),
        ([UPDATING, UPDATING], "2 presets updating"),
        ([FAILED, BUILDING, READY, FAILED], "1 preset ready, 1 preset building, 2 presets failed"),
        ([], "No presets"),
    ],
)
def test_the_message_counts_with_correct_plurals(states: list[AmiState], expected: str) -> None:
    assert message(*states) == expected


def test_a_failed_rebuild_over_a_serving_ami_and_no_ami_at_all_are_told_apart_sta_3() -> None:
    over, none = status.preset_status(FAILED_SERVING), status.preset_status(FAILED)
    assert (over.status, over.serving) == ("failed", True)
    assert (none.status, none.serving) == ("failed", False)


def test_the_answer_has_exactly_the_documented_fields_sorted_by_name() -> None:
    states = [a_state(preset_name="b"), a_state(preset_name="a", since=at(-5))]
    assert status.report([status.preset_status(one) for one in states], now=NOON) == {
        "status": "ready",
        "message": "All presets ready",
        "generatedAt": "2026-11-23T12:00:00Z",
        "presets": [
            {
                "name": name,
                "status": "ready",
                "serving": True,
                "amiId": "ami-00000000000000001",
                "updatedAt": "2026-11-23T12:00:00Z",
                "since": since,
                "expiresAt": None,
                "reason": None,
            }
            for name, since in (("a", "2026-11-23T11:55:00Z"), ("b", "2026-11-23T12:00:00Z"))
        ],
    }


def test_an_expiry_is_shown_as_a_time() -> None:
    shown = status.report([status.preset_status(a_state(expires_at=at(5)))], now=NOON)
    assert "'expiresAt': '2026-11-23T12:05:00Z'" in str(shown)


def test_hidden_ami_ids_are_named_nowhere_but_the_preset_still_serves() -> None:
    state = a_state(status="failed", reason="ami-00000000000000001 of the build is gone")
    hidden = status.hidden_preset_status(state)
    assert (hidden.ami_id, hidden.serving) == (None, True)
    assert "ami-0" not in str(hidden)
    assert status.hidden_preset_status(a_state()).reason is None


@pytest.mark.parametrize(
    "reason",
    ["role arn:aws:iam::123456789012:role/x may not", "account 123456789012 is closed", "in 123456789012."],
)
def test_no_account_is_ever_named(reason: str) -> None:
    shown = status.preset_status(a_state(reason=reason)).reason
    assert shown is not None
    assert "123456789012" not in shown
    assert "(hidden)" in shown
