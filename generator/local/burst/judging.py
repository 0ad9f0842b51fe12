"""Judges a burst: whether all went wrong that was to go wrong, and whether nothing is left."""

from generator.errors import SpotRunnerError
from generator.local.burst.outcome import Outcome
from generator.local.record import Record

MISHAPS = {
    "fallbacks": "spot ran out, and machines came on demand",
    "launchesWithoutMachines": "for a while there was nothing at all, and jobs waited",
    "interruptions": "a spot machine was taken away while it ran a job",
    "rerunsOnDemand": "that job was run again on demand",
    "redeliveries": "a delivery was lost, and GitHub was asked for it again",
    "repeatedDeliveries": "a delivery came twice",
    "stolenRunners": "runners were stolen: jobs took them that they were not launched for",
}


def tell(record: Record, outcome: Outcome) -> None:
    """Say what went wrong as it was to; SpotRunnerError for what did not."""
    for name, words in MISHAPS.items():
        times = int(outcome.numbers[name])
        if not times:
            raise SpotRunnerError(f"it did not happen in this burst that {words}")
        record.say(f"✓ {words} ({times})")


def refuse_leftovers(outcome: Outcome) -> None:
    """Raise SpotRunnerError with what is left of a burst."""
    left = [f"{what}: {', '.join(names)}" for what, names in outcome.left.items() if names]
    if left:
        raise SpotRunnerError(f"the burst left something behind: {'; '.join(left)}")
