"""Image Builder event → AMI state → SSM: fed by a queue, so that an event that cannot be confirmed yet comes again."""

import logging
from collections.abc import Mapping
from typing import Any

from lambdas.adapters import ami_state, batches, clients, images, observation, preset_rows
from lambdas.adapters.clients import Bounds, Context, World
from lambdas.adapters.errors import NotFoundError
from lambdas.core import builds, image_events
from lambdas.core.builds import Observation
from lambdas.core.errors import NotConfirmedError
from lambdas.core.image_events import BuildEvent, Ignored, PipelineEvent
from lambdas.core.state import Build, Pipeline, Snapshot

logger = logging.getLogger(__name__)

BOUNDS = Bounds(read_seconds=4, attempts=3, patience_seconds=20.0)  # a message that fails comes again


def handler(event: dict[str, Any], context: Context) -> dict[str, object]:
    """Take a batch of the queue; only the messages that failed come back."""
    return run(clients.world(context, BOUNDS), event)


def run(world: World, event: dict[str, Any]) -> dict[str, object]:
    """Take every message of a batch, and name those to deliver again."""
    return batches.one_by_one(event, lambda record: _take(world, record), logger)


def _take(world: World, record: Mapping[str, Any]) -> None:
    ignored = update(world, record["body"])
    if ignored:
        logger.info("event ignored", extra={"message_id": record["messageId"], "why": ignored.why})


def update(world: World, body: str) -> Ignored | None:
    """Let one event change what it concerns; return why if it concerns nothing here."""
    event = image_events.parse(body, world.site)
    if isinstance(event, Ignored):
        return event
    return _build_changed(world, event) if isinstance(event, BuildEvent) else _pipeline_disabled(world, event)


def _build_changed(world: World, event: BuildEvent) -> Ignored | None:
    """Record what GetImage says of the build; the event only said when to ask."""
    try:
        seen = images.get(world.imagebuilder, event.build_arn, at=event.at, site=world.site)
    except NotFoundError:
        return Ignored(why=f"Image Builder has no {event.build_arn}")
    preset = world.site.preset_of(seen.pipeline_arn, "image-pipeline")
    if preset is None:
        return Ignored(why=f"{event.build_arn} comes from no pipeline of this deployment")
    snapshot = preset_rows.read(world.table, preset)
    # A preset that has an own AMI since the build began keeps the fact: a revert wants to know what became of it.
    if snapshot.config is None or snapshot.config.pipeline_arn not in (None, seen.pipeline_arn):
        return Ignored(why=f"preset {preset} is not deployed")
    build = _confirmed(world, event, seen, snapshot)
    written = ami_state.record(world, preset, snapshot, found=[build])
    ami_state.publish(world, preset, written)
    _log(preset, build, written)
    return None


def _confirmed(world: World, event: BuildEvent, seen: Observation, snapshot: Snapshot) -> Build:
    """Return the fact if Image Builder and EC2 agree with the event, else raise NotConfirmedError.

    An event older than what is known is no reason to wait: the build may have been retried since.
    """
    known = next((one for one in snapshot.facts.builds if one.build_arn == event.build_arn), None)
    is_new = known is None or known.event_at <= event.at
    if is_new and builds.lags(event.status, seen.build.status):
        raise NotConfirmedError(f"{event.build_arn}: the event says {event.status}, GetImage {seen.build.status}")
    build = observation.with_ami(world, builds.confirmed(seen.build, known), known)
    if not builds.is_settled(build, world.now):
        raise NotConfirmedError(f"{event.build_arn} is AVAILABLE, its AMI {build.ami_id} {build.ami_state}")
    return build


def _pipeline_disabled(world: World, event: PipelineEvent) -> Ignored | None:
    known = preset_rows.read(world.table, event.preset_name)
    if known.config is None or known.config.pipeline_arn != event.pipeline_arn:
        return Ignored(why=f"preset {event.preset_name} is not deployed")
    fact = Pipeline(status="DISABLED", event_at=event.at, consecutive_failures=event.consecutive_failures)
    written = ami_state.record(world, event.preset_name, known, pipeline=fact)
    ami_state.publish(world, event.preset_name, written)
    logger.warning("pipeline disabled", extra={"preset": event.preset_name, "failures": event.consecutive_failures})
    return None


def _log(preset: str, build: Build, written: Snapshot) -> None:
    state = written.latest
    logger.info(
        "build recorded",
        extra={
            "preset": preset,
            "build": build.build_arn,
            "build_status": build.status,
            "status": state.status if state else None,
            "ami_id": state.ami_id if state else None,
        },
    )
