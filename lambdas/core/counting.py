"""The counters of machines against the machines that there are: what they say wrongly keeps others from starting."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from lambdas.core.demand import LiveMachine, OpenJob

TOTAL = "total"
OF_PRESET = "preset:"


def counted(jobs: Iterable[OpenJob], machines: Iterable[LiveMachine]) -> dict[str, int]:
    """Return what the counters should say: machines that live, and those that launches under way have reserved."""
    presets = [machine.preset for machine in machines]
    presets += [job.preset for job in jobs if job.launch_id and not job.launched_at]
    found = Counter(f"{OF_PRESET}{preset}" for preset in presets)
    return {TOTAL: len(presets), **found}


def wrong(counters: Mapping[str, Any], should: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Return what the counters say wrongly, and what they should say, by their names."""
    names = {name for name in counters if name == TOTAL or name.startswith(OF_PRESET)} | set(should)
    pairs = {name: (int(counters.get(name, 0)), should.get(name, 0)) for name in sorted(names)}
    return {name: (said, meant) for name, (said, meant) in pairs.items() if said != meant}


def told(wrongs: Mapping[str, tuple[int, int]]) -> tuple[str, ...]:
    """Return by how much each is wrong, as text, by which two looks are compared: counters move all the time."""
    return tuple(f"{name} {said - meant:+}" for name, (said, meant) in wrongs.items())
