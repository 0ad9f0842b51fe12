"""The counters of machines: set right once two looks have found the same thing wrong."""

import logging

from lambdas.adapters import capacity
from lambdas.adapters.errors import ConflictError
from lambdas.core import counting
from lambdas.reconciling import keeper
from lambdas.reconciling.keeper import Keeper

logger = logging.getLogger(__name__)


def recount(world: Keeper, before: tuple[str, ...]) -> tuple[str, ...]:
    """Return what the counters say wrongly; what the look before found, too, is set right.

    The counters are read first, so that whoever moves them while machines are counted is noticed.
    """
    counters, seen = capacity.read(world.table), keeper.look(world)
    wrong = counting.wrong(counters, counting.counted(seen.jobs, seen.machines))
    told = counting.told(wrong)
    if not wrong or told != before:
        return told
    try:
        capacity.correct(world.table, wrong)
    except ConflictError:
        return told
    logger.warning("counters set right", extra={"wrong": list(told)})
    return ()
