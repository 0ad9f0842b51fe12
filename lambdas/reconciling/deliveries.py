"""Deliveries that the webhook did not take: GitHub repeats none by itself, so it is asked to."""

import logging

from lambdas.adapters import hook_deliveries
from lambdas.adapters.github import GitHubError, RefusedError
from lambdas.adapters.github_apps import NoKeyError
from lambdas.core import redeliveries
from lambdas.core.redeliveries import Attempt
from lambdas.reconciling.keeper import Keeper

logger = logging.getLogger(__name__)

REPEATED_PER_ROUND = 50
PAGES_PER_ROUND = 10


def repeat_failed(world: Keeper) -> bool:
    """Let failed deliveries be repeated, App by App; tell whether every list was read to where it was read before.

    A list is read on where the last round stopped; its mark moves when all is asked for. An App that cannot sign in
    hinders no other; raises GitHubError if none can.
    """
    read, refused = list[bool](), list[GitHubError]()
    for app_id in world.app_ids:
        try:
            read.append(_of_app(world, app_id))
        except (NoKeyError, RefusedError) as error:
            logger.error("App cannot sign in", extra={"app_id": app_id, "why": str(error)})  # noqa: TRY400 - one line
            refused.append(error)
    if refused and not read:
        raise refused[-1]
    return all(read)


def _of_app(world: Keeper, app_id: str) -> bool:
    reading, delivered = hook_deliveries.read(world.table, app_id), set[str]()
    repeated = 0
    for _ in range(PAGES_PER_ROUND):
        if not world.has_time or repeated >= REPEATED_PER_ROUND:
            return False
        page, cursor = hook_deliveries.page(world.registry.apps, app_id, reading.cursor, world.now)
        chosen = redeliveries.to_repeat(page, delivered, reading, world.now)
        for one in chosen:
            _repeat(world, app_id, one)
        repeated += len(chosen)
        reading = redeliveries.after_page(reading, page, chosen, cursor, world.now)
        hook_deliveries.keep(world.table, app_id, reading)
        if not reading.cursor:
            return True
    return False


def _repeat(world: Keeper, app_id: str, one: Attempt) -> None:
    """Ask for one repetition; what GitHub will not repeat, such as what it has forgotten, keeps no other waiting."""
    try:
        hook_deliveries.repeat(world.registry.apps, app_id, one.attempt_id, world.now)
    except RefusedError as error:
        logger.error("delivery is not repeated", extra={"guid": one.guid, "why": str(error)})  # noqa: TRY400 - one line
    else:
        logger.warning("delivery repeated", extra={"guid": one.guid, "said": one.status})
