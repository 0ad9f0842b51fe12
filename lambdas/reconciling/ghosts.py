"""Runners in GitHub whose machines have ended: they are removed, and nobody else's are touched."""

import logging
from collections.abc import Iterable

from lambdas.adapters import machine_rows, runners
from lambdas.adapters.runners import BusyError, State
from lambdas.core import machines
from lambdas.reconciling import keeper
from lambdas.reconciling.keeper import Keeper

logger = logging.getLogger(__name__)


def remove(world: Keeper, first_page: int) -> int:
    """Remove ghosts from GitHub's list, page by page while there is time.

    Returns the page to go on with, or 0 at the end of the list; raises GitHubError. An App that may manage an
    organization's runners sees all of them; where Apps register runners in repositories, GitHub alone forgets ghosts,
    after a day.
    """
    number = max(1, first_page)
    if not world.app_ids:
        return 0
    app_id = keeper.speaker(world)
    if not runners.is_organizations(world.registry, app_id, world.now):
        return 0
    while world.has_time:
        found, is_last = runners.page(world.registry, app_id, _anywhere(world), number, world.now)
        _remove(world, app_id, [one for one in found if not one.is_online and not one.is_busy])
        if is_last:
            return 0
        number += 1
    return number


def _remove(world: Keeper, app_id: str, offline: Iterable[State]) -> None:
    ours = [one for one in offline if machines.INSTANCE_ID.fullmatch(one.name)]
    by_arn = {machines.arn(world.aws.site, one.name): one for one in ours}
    rows = machine_rows.read(world.table, list(by_arn))
    for arn, row in rows.items():
        if "endedAt" not in row:
            continue
        try:
            runners.remove(world.registry, app_id, _anywhere(world), by_arn[arn].runner_id, world.now)
        except BusyError:
            continue
        logger.warning("ghost removed", extra={"instance_id": row["instanceId"]})


def _anywhere(world: Keeper) -> str:
    """Return a repository's name that tells the organization."""
    return f"{world.registry.apps.owner}/-"
