"""What a deployment of a preset brings: which facts it adds, whether a build starts, and how that is said."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from lambdas.core import builds, fold
from lambdas.core.changes import Change, newer_builds, with_change, with_deploy
from lambdas.core.custom_resource import Caller, Deployment
from lambdas.core.state import Build, Config, Deploy, Facts, Pipeline, Snapshot

SUPERSEDED = "superseded by a later deployment"


def deployed(
    snapshot: Snapshot,
    caller: Caller,
    wanted: Deployment,
    *,
    found: Iterable[Build] = (),
    pipeline: Pipeline | None = None,
    now: datetime,
) -> Change:
    """Return the change that a Create or an Update brings; none if its request has been recorded before.

    So a request that is delivered twice is decided once, and a late copy of an old one changes nothing. `found` and
    `pipeline` are what has just been seen of its builds and its pipeline.
    """
    if deploy_of(snapshot, caller.request_id):
        return Change()
    config = _config(caller, wanted)
    deploy = _deploy(snapshot, caller, wanted, now)
    facts = with_change(snapshot.facts, Change(builds=newer_builds(snapshot.facts, found), deploy=deploy))
    starts = needs_build(config, facts, now=now)
    decided = replace(
        deploy,
        decision=_say_build(snapshot.config, config, facts) if starts else _say(snapshot.config, config, facts),
        client_token=client_token(caller.request_id, wanted.recipe_arn) if starts else None,
    )
    return with_deploy(snapshot, decided, config, found=found, pipeline=pipeline, now=now)


def deploy_of(snapshot: Snapshot, request_id: str) -> Deploy | None:
    """Return the fact that a request left behind, or None."""
    return next((deploy for deploy in snapshot.facts.deploys if deploy.request_id == request_id), None)


def is_current(snapshot: Snapshot, deploy: Deploy) -> bool:
    """Tell whether a deployment still holds: its preset is there, and no other deployment came after it."""
    last = max(snapshot.facts.deploys, key=lambda one: one.sequence)
    return snapshot.config is not None and last == deploy


def is_held(snapshot: Snapshot, recipe_hash: str, commit: str) -> bool:
    """Tell whether a recipe is deployed already, or was by the deployment before the last one, of the very same commit.

    That is a rollback: the last one may have failed after it was recorded, here or in another resource of its stack,
    and what CloudFormation goes back to may be no worse than it was. A revert has a commit of its own.
    """
    if snapshot.config is None or snapshot.config.recipe_hash == recipe_hash:
        return snapshot.config is not None
    *_, before, _ = (None, None, *sorted(snapshot.facts.deploys, key=lambda one: one.sequence))
    return before is not None and (before.recipe_hash, before.commit) == (recipe_hash, commit)


def needs_build(config: Config, facts: Facts, *, now: datetime) -> bool:
    """Tell whether a deployment starts a build: none of its recipe is under way, and it has no AMI or an old one."""
    if config.pipeline_arn is None or fold.under_way(facts, config.recipe_hash):
        return False
    newest = fold.newest_living(facts, config.recipe_hash)
    return newest is None or now - newest.started_at > timedelta(minutes=config.preset.schedule_interval_minutes)


def jobs_wait(before: Config | Deployment | None, wanted: Config | Deployment) -> str:
    """Say that jobs wait for the AMI of a recipe, as the one before cannot step in; nothing if it can, or was none."""
    if before is None:
        return ""
    kinds = (
        ("an own AMI", before.pipeline_arn is None),
        (f"an AMI for {before.preset.architecture}", before.preset.architecture != wanted.preset.architecture),
        (f"an AMI for {before.preset.platform}", before.preset.platform != wanted.preset.platform),
    )
    other = next((name for name, is_other in kinds if is_other), None)
    return f"; jobs wait for it, as {other} cannot step in" if other else ""


def unrenewed(snapshot: Snapshot, deploy: Deploy, why: str) -> str | None:
    """Say what a deployment brings whose build could not start, or None if no AMI of its recipe serves."""
    newest = fold.newest_living(snapshot.facts, deploy.recipe_hash)
    if newest is None:
        return None
    return f"{_at_once(newest)}, older than one schedule interval; the next scheduled build renews it: {why}"


def started(deploy: Deploy, build_arn: str) -> Build:
    """Return the fact that a deployment started a build, so that LATEST says so before the first event comes.

    It carries the deployment's own time: whatever Image Builder says of the build is newer.
    """
    return Build(
        build_arn=build_arn,
        status=builds.PENDING,
        recipe_arn=deploy.recipe_arn,
        started_at=deploy.deployed_at,
        event_at=deploy.deployed_at,
    )


def client_token(request_id: str, recipe_arn: str) -> str:
    """Return the token that makes starting a build idempotent, 64 characters at most: one per request and recipe."""
    return hashlib.sha256(f"{request_id} {recipe_arn}".encode()).hexdigest()


def _config(caller: Caller, wanted: Deployment) -> Config:
    return Config(
        preset=wanted.preset,
        recipe_hash=wanted.recipe_hash,
        pipeline_arn=wanted.pipeline_arn,
        launch_template_id=wanted.launch_template_id,
        launch_template_version=wanted.launch_template_version,
        stack_id=caller.stack_id,
    )


def _deploy(snapshot: Snapshot, caller: Caller, wanted: Deployment, now: datetime) -> Deploy:
    return Deploy(
        sequence=1 + max((deploy.sequence for deploy in snapshot.facts.deploys), default=0),
        recipe_hash=wanted.recipe_hash,
        recipe_arn=wanted.recipe_arn,
        architecture=wanted.preset.architecture,
        platform=wanted.preset.platform,
        commit=wanted.commit,
        deployed_at=now,
        stack_id=caller.stack_id,
        request_id=caller.request_id,
        decision="",
    )


def _say(before: Config | None, config: Config, facts: Facts) -> str:
    """Say what a deployment brings that starts no build."""
    if before and before.recipe_hash == config.recipe_hash:
        return "unchanged"
    newest = fold.newest_living(facts, config.recipe_hash)
    if newest is None and config.pipeline_arn is None:
        return "back at an own AMI that is gone"
    return _at_once(newest) if newest else _say_build(before, config, facts)


def _say_build(before: Config | None, config: Config, facts: Facts) -> str:
    """Say what a deployment brings whose recipe is being built."""
    serving = fold.serving_build(config, facts)
    if serving is None:
        return f"building the first AMI{jobs_wait(before, config)}"
    if serving.recipe_hash == config.recipe_hash:
        return f"{_at_once(serving.build)}; building, as it is older than one schedule interval"
    return f"building; the current AMI {serving.build.ami_id} serves meanwhile"


def _at_once(build: Build) -> str:
    """Name what serves; a build's name and version are such as `spot-runner-preset-linux-x64/1.0.3/1`."""
    if build.is_own_ami:
        return f"served at once: own AMI {build.ami_id}"
    return f"served at once from build {build.build_arn.split(':image/')[-1]}"
