"""What becomes of a preset's AMI when it is deployed: the decision of `preset_sync`, made ahead from the same facts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from generator.deployment.aws import Aws
from generator.errors import SpotRunnerError
from generator.planning.preset_stack import PresetStack
from lambdas.adapters import preset_rows
from lambdas.adapters.errors import AwsError, NotFoundError
from lambdas.adapters.table import Table
from lambdas.core import builds, decision, own_amis, preset
from lambdas.core.builds import Ami
from lambdas.core.custom_resource import Caller, Deployment
from lambdas.core.preset import Preset
from lambdas.core.state import LIVING, Build, Config, Facts, Snapshot

MINUTE_SECONDS = 60
IF_THERE = ", if it is there and fits the preset; else the deployment is rolled back"
IF_FITTING = ", if it fits the preset; else the deployment is rolled back"
UNLESS_EARLIER = ", unless an earlier build can"
NONE_BAKED = "; an AMI that was baked here cannot step in for it"


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What becomes of the AMI: `ami_id` serves right after the deployment, `builds` tells whether a build starts.

    `builds` is None where only AWS knows. `build_minutes` is the median of the `builds_measured` builds that gave this
    preset an AMI; None when there is none.
    """

    decision: str
    ami_id: str | None
    builds: bool | None
    build_minutes: float | None = None
    builds_measured: int = 0


def outlook(snapshot: Snapshot, wanted: PresetStack, now: datetime) -> Outlook:
    """Return what `preset_sync` will decide if nothing happens until then."""
    deployment = _deployment(wanted)
    stack_id = snapshot.config.stack_id if snapshot.config else ""
    caller = Caller(response_url="", stack_id=stack_id, request_id="plan", logical_id="", physical_id=None)
    found = tuple(_expected(snapshot, wanted, now))
    change = decision.deployed(snapshot, caller, deployment, found=found, now=now)
    minutes = durations(snapshot.facts)
    return Outlook(
        decision=(change.deploy.decision if change.deploy else "") + _if(snapshot.config, deployment),
        ami_id=change.latest.ami_id if change.latest else None,
        builds=bool(change.deploy and change.deploy.client_token),
        build_minutes=round(median(minutes), 1) if minutes else None,
        builds_measured=len(minutes),
    )


def _expected(snapshot: Snapshot, wanted: PresetStack, now: datetime) -> Iterator[Build]:
    """Yield the fact of an own AMI that is new to its preset: that it is there is for the deployment to see."""
    if wanted.ami and not (snapshot.config and snapshot.config.recipe_hash == wanted.recipe_hash):
        yield own_amis.fact(_arn(wanted.ami), wanted.ami, Ami(state=LIVING), None, now)


def _arn(ami_id: str) -> str:
    """Return an ARN that stands for an own AMI for as long as a plan is made: nobody is asked by it."""
    return f"arn:aws:ec2:::image/{ami_id}"


def unseen(old: PresetStack | None, new: PresetStack) -> Outlook:
    """Return what can be said without AWS, which may have a build of any recipe; `old` is None for a new preset."""
    before, wanted = _deployment(old) if old else None, _deployment(new)
    if old and old.recipe_hash == new.recipe_hash:
        stays = "own AMI" if new.ami else "recipe"
        return Outlook(decision=f"unchanged, as the {stays} stays{_if(before, wanted)}", ami_id=None, builds=False)
    if new.ami:
        return Outlook(decision=f"own AMI {new.ami} serves at once{_if(before, wanted)}", ami_id=None, builds=False)
    starts = "recipe changes: rebuilt" if old else "building the first AMI"
    waits = decision.jobs_wait(before, wanted)
    said = f"{starts}, unless AWS has a build of this recipe{waits}{UNLESS_EARLIER if waits else ''}"
    return Outlook(decision=said, ami_id=None, builds=None)


def _deployment(wanted: PresetStack) -> Deployment:
    """Return what `preset_sync` will be asked for, with nothing in it that only AWS knows."""
    return Deployment(
        preset=preset.from_json(wanted.fields),
        ami_id=wanted.ami or None,
        pipeline_arn=None if wanted.ami else "",
        recipe_arn=_arn(wanted.ami) if wanted.ami else "",
        recipe_hash=wanted.recipe_hash,
        launch_template_id="",
        launch_template_version="",
        commit="",
    )


def _if(before: Config | Deployment | None, wanted: Deployment) -> str:
    """Return on what condition an own AMI serves, which is for the deployment to see; nothing of a recipe."""
    if wanted.ami_id is None:
        return ""
    if before is None or before.recipe_hash != wanted.recipe_hash:
        return IF_THERE + (NONE_BAKED if before and before.pipeline_arn is not None else "")
    return IF_FITTING if _needs(before.preset) != _needs(wanted.preset) else ""


def _needs(of: Preset) -> tuple[str, str, int]:
    """Return what of a preset an own AMI must fit."""
    return of.architecture, of.platform, of.disk_size_gb


def durations(facts: Facts) -> tuple[float, ...]:
    """Return how many minutes each build took that gave an AMI, from its start to the event that said so."""
    return tuple(
        (build.event_at - build.started_at).total_seconds() / MINUTE_SECONDS
        for build in facts.builds
        if build.status == builds.AVAILABLE and build.event_at > build.started_at and not build.is_own_ami
    )


def say(seen: Outlook, current: str | None) -> tuple[str, ...]:
    """Return the outlook in words; `current` is the AMI that serves now."""
    if not seen.builds:
        serves = f" ({seen.ami_id})" if seen.ami_id and seen.ami_id not in seen.decision else ""
        return (f"AMI: {seen.decision}{serves}",)
    if seen.ami_id and seen.ami_id == current:
        return (f"AMI: rebuild, the current one ({current}) serves meanwhile", _duration(seen))
    return (f"AMI: {seen.decision}", _duration(seen))


def say_unseen(ami: Outlook) -> tuple[str, ...]:
    """Return in words what can be said without asking AWS."""
    duration = ("build time: unknown, AWS was not asked",) if ami.builds is None else ()
    return (f"AMI: {ami.decision}", *duration)


def read(aws: Aws, table_name: str, name: str) -> Snapshot:
    """Return what the table knows of a preset; nothing when there is no table yet."""
    if not table_name:
        return Snapshot()
    try:
        return preset_rows.read(Table(client=aws.dynamodb, name=table_name), name)
    except NotFoundError:
        return Snapshot()
    except AwsError as error:
        raise SpotRunnerError(f"the state of preset {name} cannot be read from table {table_name}: {error}") from error


def _duration(seen: Outlook) -> str:
    if seen.build_minutes is None:
        return "build time: unknown, no build of this preset has given an AMI yet"
    counted = "1 past build" if seen.builds_measured == 1 else f"{seen.builds_measured} past builds"
    minutes = f"about {seen.build_minutes:.0f} minutes" if seen.build_minutes >= 1 else "less than a minute"
    return f"build time: {minutes} (median of {counted} of this preset)"
