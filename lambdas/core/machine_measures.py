"""What is measured of machines: what a launch got on which market, and how many live."""

from collections.abc import Mapping, Sequence
from typing import Any

from lambdas.core import launches, measures
from lambdas.core.fleets import SPOT
from lambdas.core.launches import Launch
from lambdas.core.measures import (
    FALLBACKS,
    FLEET_FAULTS,
    MACHINES_ALIVE,
    ON_DEMAND_MACHINES,
    PRESET,
    SHORTAGES,
    SPOT_MACHINES,
    Measure,
)

COUNTED = "preset:"  # what the counters of living machines have before a preset's name


def of_launch(settled: Launch, then: Launch | None, faults: Sequence[str]) -> Measure:
    """Return what a settled launch got, and what it did not: `then` is the launch on demand of what it is short of.

    Both markets have their number, 0 too: without it there would be no share of one.
    """
    short, got = len(launches.short(settled)), len(settled.places)
    is_spot = settled.market == SPOT
    markets = {SPOT_MACHINES: got if is_spot else 0, ON_DEMAND_MACHINES: 0 if is_spot else got}
    counts = {
        FALLBACKS: short if then else 0,
        SHORTAGES: 0 if then or faults else short,
        FLEET_FAULTS: 1 if faults else 0,
    }
    about = {"launchId": settled.launch_id, **({"faults": list(faults)} if faults else {})}
    told = markets | {metric: count for metric, count in counts.items() if count}
    numbers: dict[str, tuple[float, ...]] = {metric: (count,) for metric, count in told.items()}
    return Measure(numbers=numbers, of={PRESET: settled.wish.preset}, about=about)


def alive(counters: Mapping[str, Any]) -> tuple[Measure, ...]:
    """Return how many machines live, or are reserved, by the row `CAPACITY`: of the deployment, and of each preset."""
    of_presets = {
        name.removeprefix(COUNTED): int(count) for name, count in counters.items() if name.startswith(COUNTED)
    }
    return measures.states(MACHINES_ALIVE, int(counters.get("total", 0)), of_presets)
