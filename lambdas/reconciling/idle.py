"""Machines that seem idle: those that no job waits for end, and those that no job comes to are asked about."""

import logging
from datetime import timedelta

from lambdas.adapters import machine_rows, open_rows, runners
from lambdas.core import demand, times
from lambdas.core.demand import LiveMachine
from lambdas.reconciling import ending, keeper
from lambdas.reconciling.ending import Row
from lambdas.reconciling.keeper import Keeper, Seen

logger = logging.getLogger(__name__)

MACHINES_PER_ROUND = 10
SURPLUS = "no job waits for it"
GONE = "GitHub knows its runner no more"
NEVER_CAME = "its runner never came"
NEVER_CAME_AFTER = timedelta(minutes=15)  # Windows takes its time to boot


def end_surplus(world: Keeper, seen: Seen) -> None:
    """End idle machines that are more than the jobs that wait for their labels; raises GitHubError."""
    machines = [one for group in keeper.groups(world, seen) for one in demand.surplus(group, world.now)]
    for row in _rows(world, machines):
        ending.end_idle(world, row, SURPLUS)


def ask_about_silent(world: Keeper, seen: Seen) -> None:
    """Ask GitHub about machines that seem idle though jobs wait; raises GitHubError.

    A job that nobody told of, of a workflow that names no preset, may have taken its runner.
    """
    machines = [one for group in keeper.groups(world, seen) for one in demand.silent(group, world.now)]
    for row in _rows(world, machines):
        _ask(world, row)


def _ask(world: Keeper, row: Row) -> None:
    app_id = keeper.app_of(world, row["launchId"])
    state = runners.state(world.registry, app_id, row["repository"], row["runnerId"], world.now)
    arn = str(row["PK"]).partition("#")[2]
    if state is None:
        ending.end(world, row, GONE)
    elif state.is_busy:
        open_rows.busy(world.table, arn, world.now)
        logger.warning("machine was taken by another job", extra={"instance_id": row["instanceId"]})
    elif not state.is_online and world.now - times.moment(row["configuredAt"]) >= NEVER_CAME_AFTER:
        ending.end_idle(world, row, NEVER_CAME)
    else:
        open_rows.quiet(world.table, arn, world.now)


def _rows(world: Keeper, machines: list[LiveMachine]) -> list[Row]:
    """Return the rows of the first machines that still live and run nothing."""
    rows = machine_rows.read(world.table, [one.arn for one in machines[:MACHINES_PER_ROUND]])
    return [row for row in rows.values() if "kind" in row and "runningJob" not in row and world.has_time]
