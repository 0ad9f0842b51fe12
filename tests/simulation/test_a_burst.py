"""A burst on the simulated clock, smaller than the bench's: with any limit broken, or any job lost, it fails."""

import pytest

from bench.burst.calls import figures
from bench.burst.simulation import Burst, Simulation


def over(measured: dict[str, tuple[float, float | None]]) -> dict[str, tuple[float, float | None]]:
    """Return the figures that are over their limits."""
    return {what: found for what, found in measured.items() if found[1] is not None and found[0] > found[1]}


def simulated(**changes: int) -> dict[str, tuple[float, float | None]]:
    """Simulate a burst, and return its figures with their limits."""
    return {one.what: (one.measured, one.limit) for one in Simulation(burst=Burst(**changes)).run()}


@pytest.mark.parametrize(("jobs", "apps", "requests_per_hour"), [(700, 1, 15_000), (1_600, 4, 5_000)])
def test_a_burst_is_drained_within_every_limit_and_nothing_is_lost(
    jobs: int, apps: int, requests_per_hour: int
) -> None:
    measured = simulated(jobs=jobs, apps=apps, requests_per_hour=requests_per_hour)
    over_by = over(measured)
    assert {what for what in over_by if not what.startswith("minutes until")} == set()
    for minutes, limit in (found for what, found in over_by.items() if what.startswith("minutes until")):
        assert limit is not None
        assert minutes < limit + 1, "a burst that is soon over takes a minute more: the machines boot"


def test_who_is_slowed_by_github_loses_nothing_and_wastes_little() -> None:
    simulation = Simulation(burst=Burst(jobs=300, apps=1, requests_per_hour=5_000))
    simulation.account.github.limits.points_per_minute = 300
    measured = {one.what: one.measured for one in simulation.run()}
    assert measured["GitHub: requests refused"] > 0
    assert measured["jobs lost"] == 0
    assert measured["machine-minutes idle per job"] <= 1


def test_a_burst_costs_one_call_and_a_fifth_of_aws_and_one_of_github_per_job_lim_2() -> None:
    measured = {one.what: (one.measured, one.limit) for one in figures(200)}
    assert over(measured) == {}
    assert measured["GitHub calls per job, tokens and limits aside"][0] == 1


def test_the_same_burst_comes_to_the_same_figures() -> None:
    assert simulated(jobs=60) == simulated(jobs=60)
