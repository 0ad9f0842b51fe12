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
    """Return what a settled launch got, and what it did not: `then` is the launch on demand of what it is short of."""
    short = len(launches.short(settled))
    market = SPOT_MACHINES if settled.market == SPOT else ON_DEMAND_MACHINES
    counts = {
        market: len(settled.places),
        FALLBACKS: short if then else 0,
        SHORTAGES: 0 if then or faults else short,
        FLEET_FAULTS: 1 if faults else 0,
    }
    about = {"launchId": settled.launch_id, **({"faults": list(faults)} if faults else {})}
    numbers: dict[str, tuple[float, ...]] = {metric: (count,) for metric, count in counts.items() if count}
    return Measure(numbers=numbers, of={PRESET: settled.wish.preset}, about=about)


def alive(counters: Mapping[str, Any]) -> tuple[Measure, ...]:
    """Return how many machines live, or are reserved, by the row `CAPACITY`: of the deployment, and of each preset."""
    of_presets = {
        name.removeprefix(COUNTED): int(count) for name, count in counters.items() if name.startswith(COUNTED)
    }
    return measures.states(MACHINES_ALIVE, int(counters.get("total", 0)), of_presets)
