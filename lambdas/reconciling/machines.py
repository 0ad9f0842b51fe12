"""Instances in EC2 against machines in the table: what ended without a word, outlived its time, or has no row."""

import logging
from collections.abc import Mapping, Sequence

from lambdas.adapters import instances as ec2
from lambdas.adapters import launch_rows, machine_rows, metrics
from lambdas.core import instances, launches, measures
from lambdas.core import machines as names
from lambdas.core.instances import Instance
from lambdas.reconciling import ending
from lambdas.reconciling.ending import Row
from lambdas.reconciling.keeper import Keeper, Seen

logger = logging.getLogger(__name__)

ENDED = "its instance ended without a word"
OVERDUE = "its time was over"


def look_at(world: Keeper, seen: Seen, strikes: tuple[str, ...]) -> tuple[str, ...]:
    """Compare, and act; return the instances without a row that live on. `strikes` are those of the last look."""
    shown = ec2.of_deployment(world.aws.ec2, world.aws.site.names.deployment)
    rows = machine_rows.read(world.table, [one.arn for one in seen.machines])
    _end_rows(world, [row for row in rows.values() if "kind" in row], {one.instance_id for one in shown})
    by_arn = {names.arn(world.aws.site, one.instance_id): one for one in shown}
    unknown = machine_rows.read(world.table, [arn for arn in by_arn if arn not in rows])
    return _end_instances(world, by_arn, rows | unknown, strikes)


def _end_rows(world: Keeper, living: Sequence[Row], shown: set[str]) -> None:
    """End machines that EC2 shows neither in its list nor by name, and those whose time was over."""
    missing = [row["instanceId"] for row in living if instances.has_ended(row, shown, world.now)]
    found = ec2.named_so(world.aws.ec2, missing)
    there = shown | {name for name, one in found.items() if not one.has_ended}
    for row in living:
        if not world.has_time:
            return
        if instances.has_ended(row, there, world.now):
            _note_end(world, row, found.get(row["instanceId"]))
        elif instances.is_overdue(row, world.now):
            ending.end(world, row, OVERDUE)


def _note_end(world: Keeper, row: Row, ended: Instance | None) -> None:
    """Keep why a machine has ended, as far as EC2 still knows; a fault is told: each further machine may meet it."""
    reason = f"{ENDED}: {ended.reason}" if ended and ended.reason else ENDED
    ending.note(world, row, reason)
    if ended and ended.has_failed:
        logger.error("machine failed", extra={"instance_id": ended.instance_id, "why": ended.reason})
        told = measures.counted(measures.FLEET_FAULTS, row["preset"], 1, instanceId=ended.instance_id, why=ended.reason)
        metrics.emit(world.aws.site.names.deployment, [told], world.now)


def _end_instances(
    world: Keeper, by_arn: Mapping[str, Instance], rows: Mapping[str, Row], strikes: tuple[str, ...]
) -> tuple[str, ...]:
    """End instances whose machine has ended, or that nobody knows; return those that nobody knows and that live on."""
    orphans = []
    for arn, one in by_arn.items():
        if arn in rows:
            if instances.is_left_over(rows[arn], world.now) and world.has_time:
                logger.warning("machine is ended again", extra={"instance_id": one.instance_id})
                ec2.terminate(world.aws.ec2, [one.instance_id])
        elif _is_condemned(world, one, strikes):
            logger.warning("orphan ended", extra={"instance_id": one.instance_id, "launch_id": one.launch_id})
            ec2.terminate(world.aws.ec2, [one.instance_id])
        else:
            orphans.append(one.instance_id)
    return tuple(orphans)


def _is_condemned(world: Keeper, one: Instance, strikes: tuple[str, ...]) -> bool:
    return instances.is_orphan(one, strikes, world.now) and world.has_time and not _is_in_hand(world, one.launch_id)


def _is_in_hand(world: Keeper, launch_id: str) -> bool:
    """Tell whether somebody carries a launch out right now, and is about to write its machines' rows."""
    launch = launch_rows.read(world.table, launch_id)
    return launch is not None and launch.status == launches.REQUESTED and launch.lease_until > world.now
