"""Jobs that are parked though their preset has an AMI: whoever should have said so could not."""

import logging
from collections.abc import Iterable

from lambdas.adapters import job_queue, waiting_rows
from lambdas.core import messages
from lambdas.core.messages import AmiArrived
from lambdas.core.state import AmiState
from lambdas.reconciling.keeper import Keeper

logger = logging.getLogger(__name__)


def start(world: Keeper, states: Iterable[AmiState]) -> None:
    """Tell the queue of the presets that have an AMI, and jobs that were parked for want of one."""
    for state in states:
        if state.ami_id and waiting_rows.has_parked(world.table, state.preset_name):
            logger.warning("parked jobs found", extra={"preset": state.preset_name})
            job_queue.send(world.aws.jobs, messages.text(AmiArrived(preset=state.preset_name)))
