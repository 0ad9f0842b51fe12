"""What an answer of CreateFleet says: what is short, what is a fault, and what time alone helps."""

import pytest

from lambdas.core import fleets

ODD_POOL = {"InvalidFleetConfiguration", "Unsupported", "InsufficientInstanceCapacity", "RequestLimitExceeded"}


@pytest.mark.parametrize("codes", [ODD_POOL, {"InsufficientInstanceCapacity", "InvalidFleetConfiguration"}])
def test_a_type_that_a_zone_does_not_offer_is_no_fault_while_other_pools_are_only_short_job_5(codes: set[str]) -> None:
    errors = [{"ErrorCode": code, "ErrorMessage": "…"} for code in sorted(codes)]
    assert fleets.given({"Instances": [], "Errors": errors}).faults == ()


WAITED_OUT = {
    "EC2 is busy": ({"RequestLimitExceeded"}, True),
    "a quota of disks": ({"VolumeLimitExceeded", "Unsupported"}, True),
    "a pool is empty, too": ({"RequestLimitExceeded", "InsufficientInstanceCapacity"}, False),
    "nothing is said": (set[str](), False),
}


@pytest.mark.parametrize("what", WAITED_OUT)
def test_what_no_other_market_would_help_is_waited_out_job_5(what: str) -> None:
    codes, expected = WAITED_OUT[what]
    errors = [{"ErrorCode": code, "ErrorMessage": "…"} for code in sorted(codes)]
    given = fleets.given({"Instances": [], "Errors": errors})
    assert (given.is_later, given.faults) == (expected, ())
