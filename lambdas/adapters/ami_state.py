"""The loops that keep a preset's state true: changed only if nobody was faster, published until it stands still."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from lambdas.adapters import job_queue, parameters, preset_rows
from lambdas.adapters.clients import World
from lambdas.adapters.errors import ConflictError, NotFoundError
from lambdas.core import messages
from lambdas.core.changes import Change, applied, with_facts
from lambdas.core.messages import AmiArrived
from lambdas.core.projection import projection
from lambdas.core.state import AmiState, Build, Config, Pipeline, Snapshot

ATTEMPTS = 10


def change(world: World, preset: str, known: Snapshot, decide: Callable[[Snapshot], Change]) -> Snapshot:
    """Write what `decide` makes of a preset's snapshot, of a new one whenever somebody else wrote first.

    Returns what the table holds then; raises ConflictError if there is no end to it.
    """
    for _ in range(ATTEMPTS):
        wanted = decide(known)
        try:
            preset_rows.write(world.table, preset, known, wanted)
        except ConflictError:
            known = preset_rows.read(world.table, preset)
            continue
        return applied(known, wanted)
    raise ConflictError(f"preset {preset} was changed by others {ATTEMPTS} times in a row")


def record(
    world: World, preset: str, known: Snapshot, *, found: Sequence[Build] = (), pipeline: Pipeline | None = None
) -> Snapshot:
    """Write observations of a preset's builds and pipeline, and return what the table holds then."""
    return change(world, preset, known, lambda now: with_facts(now, found=found, pipeline=pipeline, now=world.now))


def remove(world: World, preset: str, stack_id: str) -> Snapshot:
    """Remove a preset and its state if it belongs to that stack, and return what the table holds then: its facts."""
    for _ in range(ATTEMPTS):
        known = preset_rows.read(world.table, preset)
        if known.config is None or known.config.stack_id != stack_id:
            return known
        try:
            preset_rows.remove(world.table, preset, stack_id)
        except ConflictError:
            continue
        return replace(known, latest=None, config=None)
    raise ConflictError(f"preset {preset} was changed by others {ATTEMPTS} times in a row")


def publish(world: World, preset: str, known: Snapshot) -> None:
    """Make the SSM parameter of a preset say what the table does: put, read again, repeat if it moved.

    The one writer of these parameters; a preset that is gone loses its parameter. `known` is what was last read or
    written. Jobs may have waited for the AMI: the queue is told whenever there is one. Raises ConflictError if there
    is no end to it, ProjectionTooLargeError.
    """
    state = known.latest, known.config
    for _ in range(ATTEMPTS):
        shown = _show(world, preset, *state)
        before, state = state, preset_rows.read_state(world.table, preset)
        if shown and state == before:
            break
    else:
        raise ConflictError(f"preset {preset} moved {ATTEMPTS} times while it was being published")
    if state[0] and state[0].ami_id:
        job_queue.send(world.jobs, messages.text(AmiArrived(preset=preset)))


def _show(world: World, preset: str, latest: AmiState | None, config: Config | None) -> bool:
    """Write the parameter unless it is right already; tell whether nobody came in between."""
    wanted = projection(config, latest) if latest and config else None
    names = world.site.names
    parameter = names.config_parameter(preset)
    shown = parameters.get(world.ssm, parameter)
    try:
        if wanted is None and shown is not None:
            parameters.delete(world.ssm, parameter)
        elif wanted is not None and shown is None:
            parameters.create(world.ssm, parameter, wanted, deployment=names.deployment, preset=preset)
        elif wanted is not None and shown != wanted:
            parameters.overwrite(world.ssm, parameter, wanted)
    except (ConflictError, NotFoundError):
        return False
    return True
