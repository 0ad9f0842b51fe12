"""What the counters of machines should say, and what they say wrongly."""

from lambdas.core import counting
from tests.lambdas.core.test_demand import a_job, a_machine


def test_machines_that_live_and_those_that_are_reserved_are_counted_by_preset() -> None:
    jobs = [a_job(1, launched_at=None), a_job(2), a_job(3, launch_id=None, launched_at=None)]
    machines = [a_machine(1, running_job=7), a_machine(2), a_machine(3, preset="linux-arm64")]
    assert counting.counted(jobs, machines) == {"total": 4, "preset:linux-x64": 3, "preset:linux-arm64": 1}


def test_what_is_right_is_not_told_of_and_what_is_no_counter_is_left_alone() -> None:
    counters = {"PK": "CAPACITY", "pausedAt": "2026-11-23T12:00:00Z", "total": 1, "preset:a": 1, "preset:gone": 0}
    assert counting.wrong(counters, {"total": 1, "preset:a": 1}) == {}


def test_presets_that_are_gone_and_presets_that_nobody_counted_are_told_of() -> None:
    wrong = counting.wrong({"total": 3, "preset:gone": 3}, {"total": 1, "preset:a": 1})
    assert wrong == {"total": (3, 1), "preset:gone": (3, 0), "preset:a": (0, 1)}


def test_two_looks_are_compared_by_how_much_is_wrong_because_counters_move() -> None:
    assert counting.told({"total": (5, 4)}) == counting.told({"total": (9, 8)}) != counting.told({"total": (4, 5)})
