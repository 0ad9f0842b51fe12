"""The end of a machine: its runner in GitHub, its row, its instance. What is broken off is found by a later round."""

import logging
from collections.abc import Mapping
from typing import Any

from lambdas.adapters import instances, machine_rows, open_rows, runners
from lambdas.adapters.machine_rows import End
from lambdas.adapters.runners import BusyError
from lambdas.core import machines
from lambdas.reconciling import keeper
from lambdas.reconciling.keeper import Keeper

logger = logging.getLogger(__name__)

Row = Mapping[str, Any]


def end_idle(world: Keeper, row: Row, reason: str) -> bool:
    """End a machine unless its runner runs a job, which is kept then; tell whether it was ended. Raises GitHubError."""
    try:
        _remove_runner(world, row)
    except BusyError:
        open_rows.busy(world.table, _arn(world, row), world.now)
        logger.info("machine is busy", extra={"instance_id": row["instanceId"]})
        return False
    end(world, row, reason)
    return True


def end(world: Keeper, row: Row, reason: str) -> None:
    """End a machine whatever its runner does, the row first; a runner that is left in GitHub is a ghost, and sought."""
    note(world, row, reason)
    instances.terminate(world.aws.ec2, [row["instanceId"]])


def note(world: Keeper, row: Row, reason: str) -> None:
    """Keep that a machine has ended, and why."""
    machine_rows.end_living(world.table, End(arn=_arn(world, row), preset=row["preset"], reason=reason), world.now)
    logger.info("machine ended", extra={"instance_id": row["instanceId"], "why": reason})


def _remove_runner(world: Keeper, row: Row) -> None:
    """Remove a machine's runner, by its name if nobody could keep its id."""
    app_id = keeper.app_of(world, row["launchId"])
    if "runnerId" in row:
        runners.remove(world.registry, app_id, row["repository"], row["runnerId"], world.now)
        return
    runners.remove_by_name(world.registry, app_id, row["repository"], row["instanceId"], world.now)


def _arn(world: Keeper, row: Row) -> str:
    return machines.arn(world.aws.site, row["instanceId"])
