"""CloudFormation's custom resource: a preset arrives, changes or leaves. It never waits for a build."""

import logging
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from lambdas.adapters import ami_state, amis, answers, clients, images, observation, preset_rows
from lambdas.adapters.clients import Bounds, Context, World
from lambdas.adapters.errors import AwsError, NotFoundError
from lambdas.core import builds, custom_resource, decision, fold, own_amis, projection, rounds
from lambdas.core.custom_resource import Answer, Caller, Deployment
from lambdas.core.errors import FunctionError, InvalidRequestError
from lambdas.core.state import Build, Deploy, Pipeline, Snapshot

logger = logging.getLogger(__name__)

BOUNDS = Bounds(read_seconds=4, attempts=2, patience_seconds=8.0)  # after two stalled calls there is time to answer
MOST_ASKED = 5  # builds per deployment: however many a pipeline has begun, CloudFormation is answered in time


def handler(event: Mapping[str, Any], context: Context) -> None:
    """Do what CloudFormation asks, and answer it in every case."""
    run(clients.world(context, BOUNDS), event)


def run(world: World, event: Mapping[str, Any]) -> None:
    """Do what a request asks; raise only if CloudFormation cannot be answered."""
    caller = custom_resource.caller(event)
    # A Create that fails keeps its preset's name, so that the Delete of the rollback finds what it left behind; without
    # a name it must still have an id: `-` is nobody's.
    name = custom_resource.named(event) or "-"
    failed = Answer(physical_id=caller.physical_id or world.site.names.physical_id(name))
    with _Answered(caller, failed) as answered:
        removes = event["RequestType"] == "Delete"
        answered.answer = _remove(world, caller, event) if removes else _deploy(world, caller, event)
    logger.info(
        "request answered",
        extra={"request_id": caller.request_id, "stack": caller.stack_id, "decision": answered.answer.decision},
    )


class _Answered:
    """A request that is answered however its work ends, with one line on what went wrong.

    What has been answered is not raised as well: a copy of the request in the dead-letter queue would be redriven
    long after CloudFormation rolled back. Only the end of the process itself leaves CloudFormation without an answer.
    """

    def __init__(self, caller: Caller, failed: Answer) -> None:
        self._caller, self._failed, self.answer = caller, failed, failed

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if kind is not None and not issubclass(kind, Exception):
            return False
        if error is not None:
            logger.error("request failed", exc_info=error, extra={"stack": self._caller.stack_id})
            why = str(error) if isinstance(error, FunctionError) else f"unexpected {type(error).__name__}, see the log"
            self.answer = Answer(physical_id=self._failed.physical_id, reason=f"preset_sync: {why}")
        answers.put(self._caller.response_url, custom_resource.answer_body(self._caller, self.answer))
        return True


def _deploy(world: World, caller: Caller, event: Mapping[str, Any]) -> Answer:
    """Record the preset as deployed, publish it, and start a build if it needs one, or end those it needs no more."""
    wanted = custom_resource.deployment(event, world.site)
    _check(world, wanted)
    preset = wanted.preset.name
    known = preset_rows.read(world.table, preset)
    written = _recorded(world, known, caller, wanted)
    ami_state.publish(world, preset, written)
    deploy = decision.deploy_of(written, caller.request_id)
    said = deploy.decision if deploy else decision.SUPERSEDED
    if deploy and decision.is_current(written, deploy):
        said = _start(world, written, deploy, wanted)
        if wanted.pipeline_arn is None:
            _cancel_unneeded(world, preset, written)
    return Answer(physical_id=world.site.names.physical_id(preset), decision=said)


def _check(world: World, wanted: Deployment) -> None:
    """Refuse what could never work, before anything is written."""
    projection.check_size(wanted.preset)
    if wanted.pipeline_arn not in (None, world.site.pipeline_arn(wanted.preset.name)):
        raise InvalidRequestError(
            f"PipelineArn is {wanted.pipeline_arn}, expected the pipeline of {wanted.preset.name} in this account"
        )


def _recorded(world: World, known: Snapshot, caller: Caller, wanted: Deployment) -> Snapshot:
    """Record a deployment, unless its request has been, and return what the table holds then."""
    if decision.deploy_of(known, caller.request_id):
        return known
    found, pipeline = _seen(world, known, wanted)
    return ami_state.change(
        world,
        wanted.preset.name,
        known,
        lambda now: decision.deployed(now, caller, wanted, found=found, pipeline=pipeline, now=world.now),
    )


def _seen(world: World, known: Snapshot, wanted: Deployment) -> tuple[list[Build], Pipeline | None]:
    """Return what EC2 says of an own AMI, or what has become of a pipeline and its builds."""
    if wanted.pipeline_arn:
        return _seen_unheard(world, known, wanted.pipeline_arn), _seen_pipeline(world, known, wanted.pipeline_arn)
    return [_seen_ami(world, known, wanted, str(wanted.ami_id))], None


def _seen_ami(world: World, known: Snapshot, wanted: Deployment, ami_id: str) -> Build:
    """Return the fact of an own AMI; raise InvalidRequestError if the preset cannot have it.

    That one which is deployed already is gone is for the state to tell: else no edit, and no rollback to it, would ever
    get through.
    """
    ami = amis.describe(world.ec2, [ami_id]).get(ami_id)
    if not decision.is_held(known, wanted.recipe_hash, wanted.commit):
        own_amis.check(ami_id, ami, wanted.preset)
    elif ami:
        own_amis.check_kind(ami_id, ami, wanted.preset)
    before = next((build for build in known.facts.builds if build.build_arn == wanted.recipe_arn), None)
    return own_amis.fact(wanted.recipe_arn, ami_id, ami, before, world.now)


def _seen_unheard(world: World, known: Snapshot, pipeline_arn: str) -> list[Build]:
    """Return what has become of builds with no word of it: of a schedule's, or while the preset was gone."""
    by_arn = {build.build_arn: build for build in known.facts.builds}
    listed = images.of_pipeline(world.imagebuilder, pipeline_arn)
    asked = rounds.unheard(known.facts, listed)[:MOST_ASKED]
    polled = (observation.poll(world, by_arn[arn]) for arn in asked if arn in by_arn)
    discovered = (observation.discover(world, arn) for arn in asked if arn not in by_arn)
    return [build for build in (*polled, *discovered) if build]


def _seen_pipeline(world: World, known: Snapshot, pipeline_arn: str) -> Pipeline | None:
    """Return whether a pipeline that was disabled or gone still is: its stack may have made it anew, or enabled it."""
    stands_still = fold.stands_still(known.facts)
    return images.pipeline(world.imagebuilder, pipeline_arn, at=world.now) if stands_still else None


def _start(world: World, known: Snapshot, deploy: Deploy, wanted: Deployment) -> str:
    """Start the build that a deployment decided on, and return what to tell; a repetition finds the one it started.

    A rollback holds even when the build that is to renew its old AMI cannot start.
    """
    if deploy.client_token is None or wanted.pipeline_arn is None:
        return deploy.decision
    try:
        build_arn = images.start(world.imagebuilder, wanted.pipeline_arn, deploy.client_token)
    except AwsError as error:
        served = decision.unrenewed(known, deploy, str(error))
        if served is None:
            raise
        logger.warning("no build started", extra={"preset": wanted.preset.name, "why": str(error)})
        return served
    written = ami_state.record(world, wanted.preset.name, known, found=[decision.started(deploy, build_arn)])
    ami_state.publish(world, wanted.preset.name, written)
    return deploy.decision


def _remove(world: World, caller: Caller, event: Mapping[str, Any]) -> Answer:
    """Remove the preset if it belongs to the stack that asks; what another stack has taken over stays.

    A Create that died unanswered has an id of CloudFormation's making: then the properties name the preset.
    """
    answer = Answer(physical_id=str(caller.physical_id), decision="removed")
    preset = custom_resource.preset_name(caller, world.site.names) or custom_resource.named(event)
    if preset is None:
        return answer
    known = preset_rows.read(world.table, preset)
    if known.config and known.config.stack_id == caller.stack_id:
        cancel = _cancel_all if known.config.pipeline_arn else _cancel_unneeded
        cancel(world, preset, known)
        known = ami_state.remove(world, preset, caller.stack_id)
    ami_state.publish(world, preset, known)
    return answer


def _cancel_unneeded(world: World, preset: str, known: Snapshot) -> None:
    """Cancel the builds of a preset with an own AMI, if it ever had a pipeline.

    The AMI serves, and nobody uses what such a build makes: that Image Builder refuses fails neither a deployment nor
    the rollback of one.
    """
    if all(deploy.is_own_ami for deploy in known.facts.deploys):
        return
    try:
        _cancel_all(world, preset, known)
    except AwsError as error:
        logger.warning("builds not cancelled", extra={"preset": preset, "why": str(error)})


def _cancel_all(world: World, preset: str, known: Snapshot) -> None:
    """Cancel the builds that Image Builder runs for a preset, and those that the table still takes for running."""
    listed = images.of_pipeline(world.imagebuilder, world.site.pipeline_arn(preset))
    running = {arn for arn, status in listed if status in builds.UNDER_WAY}
    for build_arn in sorted(running | {build.build_arn for build in rounds.to_poll(known.facts)}):
        _cancel(world, build_arn)


def _cancel(world: World, build_arn: str) -> None:
    """Cancel a build, unless it has ended by itself."""
    try:
        images.cancel(world.imagebuilder, build_arn)
    except NotFoundError:
        logger.info("build is gone", extra={"build": build_arn})
    except AwsError:
        if _runs(world, build_arn):
            raise


def _runs(world: World, build_arn: str) -> bool:
    """Tell whether a build is under way; one that is gone is not."""
    try:
        return builds.is_under_way(images.get(world.imagebuilder, build_arn, at=world.now, site=world.site).build)
    except NotFoundError:
        return False
