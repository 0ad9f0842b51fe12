"""A preset has an AMI: the jobs that were parked for want of one are started."""

import logging

from lambdas.adapters import waiting_rows
from lambdas.core import asked, starts
from lambdas.launching import launcher
from lambdas.launching.launcher import Launcher

logger = logging.getLogger(__name__)


def start_parked(world: Launcher, preset: str) -> None:
    """Let a preset's parked jobs be started; each stays parked until it is claimed, so that none is lost on the way."""
    rows = waiting_rows.parked(world.table, preset)
    parked = starts.grouped(starts.of_row(row) for row in rows if asked.rested(row, world.now, asked.LOST_AFTER))
    for start in parked:
        launcher.later(world, start, 0)
    if parked:
        logger.info("parked jobs started", extra={"preset": preset, "jobs": sum(len(one.jobs) for one in parked)})
