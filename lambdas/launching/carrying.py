"""One launch carried out: its fleet started, its machines kept; what is short goes on demand, or comes again later."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from lambdas.adapters import budget, fleets, launch_rows, machine_rows
from lambdas.adapters.fleets import FleetRefusedError
from lambdas.core import launches, machines
from lambdas.core.errors import FunctionError
from lambdas.core.fleets import Given
from lambdas.core.launches import SETTLED, Launch
from lambdas.core.pacing import Slot
from lambdas.launching import configuring, launcher, measuring
from lambdas.launching.launcher import Launcher

logger = logging.getLogger(__name__)


class FleetFaultError(FunctionError):
    """EC2 did not start machines for a reason that no waiting mends, such as a right that is missing."""


class InHandError(FunctionError):
    """Somebody else carries the launch out: look again when he must be done."""

    def __init__(self, message: str, until: datetime) -> None:
        super().__init__(message)
        self.until = until


def carry_out(world: Launcher, launch: Launch) -> None:
    """Carry a new launch out; if something fails on the way, whoever comes next may go on at once."""
    with _let_go_unless_done(world, launch):
        _settle(world, launch, _started(world, launch))


def resume(world: Launcher, launch_id: str) -> None:
    """Go on with a launch that somebody began; raise InHandError while he may still be at it."""
    launch = launch_rows.read(world.table, launch_id)
    if launch is None:
        logger.error("launch not found", extra={"launch_id": launch_id})
        return
    rows = machine_rows.read(world.table, [machines.arn(world.site, one.machine.instance_id) for one in launch.places])
    configuring.end_doomed(world, launch, rows)
    if launch.status == SETTLED and not configuring.unconfigured(world, launch, rows):
        return
    if launch.lease_until > world.now:
        raise InHandError(
            f"launch {launch_id} is carried out by another until {launch.lease_until}", launch.lease_until
        )
    launch_rows.take_over(world.table, launch, world.now)
    with _let_go_unless_done(world, launch):
        if launch.status == SETTLED:
            configuring.configure_again(world, launch, rows)
        else:
            _settle(world, launch, _looked_for(world, launch))


@contextmanager
def _let_go_unless_done(world: Launcher, launch: Launch) -> Iterator[None]:
    try:
        yield
    except FunctionError:
        launch_rows.let_go(world.table, launch, world.now)
        raise


def _started(world: Launcher, launch: Launch) -> Given:
    """Start the fleet; one that is refused may have been started before, in other words."""
    try:
        return fleets.create(world.ec2, launch.request)
    except FleetRefusedError as error:
        found = fleets.launched(world.ec2, launch.launch_id)
        return found if found.machines else replace(found, faults=(str(error),))


def _looked_for(world: Launcher, launch: Launch) -> Given:
    """Ask for the fleet in the same words again, and if that names no machines, look for them by their tag."""
    if world.now - launch.created_at > launches.REPLAYED:
        return fleets.launched(world.ec2, launch.launch_id)
    given = _started(world, launch)
    if given.machines:
        return given
    return replace(given, machines=fleets.launched(world.ec2, launch.launch_id).machines)


def _settle(world: Launcher, launch: Launch, given: Given) -> None:
    """Keep what came, configure it, and see to what is short: a shortage waits, a fault is one."""
    after = launches.settled(launch, given.machines)
    short = launches.short(after)
    falls_back = short and launch.fallback and not given.faults and not given.is_later
    then = launches.on_demand(after, world.now) if falls_back else None
    launch_rows.settle(world.table, world.site, launch, after, then, world.now)
    measuring.settled(world, after, then, given.faults)
    logger.info(
        "launch settled",
        extra={
            "launch_id": launch.launch_id,
            "market": launch.market,
            "machines": len(after.places),
            "short": len(short),
            "faults": list(given.faults),
        },
    )
    configuring.configure(world, after, after.places)
    if then:
        carry_out(world, then)
    elif given.faults:
        raise FleetFaultError(f"launch {launch.launch_id} of {launch.wish.preset}: {'; '.join(given.faults)}")
    elif short:
        budget.give_back(world.budgets, Slot(app_id=launch.app_id, at=world.now), len(short))
        launcher.again(world, launch.start(short))
