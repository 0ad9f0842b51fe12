"""The state of a preset's AMI, computed from the preset as deployed and all facts: never edited, always folded anew.

Facts may come in any order, late or twice: the same facts give the same state. Nothing here compares processing times
or version strings; a build is newer than another if it *began* later.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lambdas.core import builds
from lambdas.core.state import AmiState, Build, Config, Deploy, Facts

BUILDING = "building"
READY = "ready"
FAILED = "failed"
# A deployment starts its build within two minutes, or CloudFormation rolls it back.
BEGUN_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Serving:
    """The build whose AMI serves, and the recipe that it was built from."""

    build: Build
    recipe_hash: str


def fold(*, config: Config, facts: Facts, previous: AmiState | None, now: datetime) -> AmiState:
    """Return the state that follows from the facts; it is `previous` itself if nothing changed.

    `since` moves with the status only, `updated_at` and `version` with any change.
    """
    serving = serving_build(config, facts)
    reason = failure(config, facts, now)
    state = AmiState(
        preset_name=config.preset.name,
        status=FAILED if reason else _status(config, facts),
        ami_id=serving.build.ami_id if serving else None,
        build_arn=serving.build.build_arn if serving else None,
        recipe_hash=serving.recipe_hash if serving else None,
        root_device_name=serving.build.root_device_name if serving else None,
        ami_built_at=serving.build.started_at if serving else None,
        reason=reason,
        updated_at=now,
        since=now,
        version=1,
    )
    return _following(previous, state) if previous else state


def serving_build(config: Config, facts: Facts) -> Serving | None:
    """Return what serves: the newest living AMI of the deployed recipe, else of the one deployed last that has one.

    A recipe of another architecture or platform never steps in. Nor does an own AMI for a recipe, or the other way
    round: their machines are told in other ways what to do, and there is one launch template.
    """
    wanted = (config.preset.architecture, config.preset.platform, config.pipeline_arn is None)
    before = [
        deploy.recipe_hash
        for deploy in _newest_first(facts)
        if (deploy.architecture, deploy.platform, deploy.is_own_ami) == wanted
    ]
    for recipe_hash in (config.recipe_hash, *before):
        build = newest_living(facts, recipe_hash)
        if build:
            return Serving(build=build, recipe_hash=recipe_hash)
    return None


def newest_living(facts: Facts, recipe_hash: str) -> Build | None:
    """Return a recipe's build that began last among those whose AMI can be launched."""
    return max(filter(builds.is_living, builds_of(facts, recipe_hash)), key=_start, default=None)


def builds_of(facts: Facts, recipe_hash: str) -> list[Build]:
    """Return a recipe's builds; those of recipes that were never deployed here belong to nobody."""
    recipes = {deploy.recipe_arn for deploy in facts.deploys if deploy.recipe_hash == recipe_hash}
    return [build for build in facts.builds if build.recipe_arn in recipes]


def under_way(facts: Facts, recipe_hash: str) -> list[Build]:
    """Return a recipe's builds that have not ended."""
    return [build for build in builds_of(facts, recipe_hash) if builds.is_under_way(build)]


def lacks_build(config: Config, facts: Facts) -> bool:
    """Tell whether the deployed recipe has no AMI and no build is under way that could bring one."""
    return not newest_living(facts, config.recipe_hash) and not under_way(facts, config.recipe_hash)


def failure(config: Config, facts: Facts, now: datetime) -> str | None:
    """Return why the deployed recipe's newest ended build gave no AMI, or why there will be none; None if all is well.

    Only builds count that began, or of which something was heard, since this recipe was deployed: what had ended before
    is forgiven, what a deployment still waited for is not. One under way changes nothing: only an AMI clears a failure.
    An AMI does whenever it came: the late end of a build that began before the one that serves says nothing.
    A recipe that nothing has built or builds some time after it was deployed has failed, until a build begins.
    """
    begun = _deployed_at(config, facts)
    ended = [
        build
        for build in builds_of(facts, config.recipe_hash)
        if not builds.is_under_way(build) and _counts(build, begun)
    ]
    newest, living = max(ended, key=_start, default=None), newest_living(facts, config.recipe_hash)
    if newest and not (living and (newest.status == builds.AVAILABLE or _start(newest) < _start(living))):
        return _reason(newest) + _standing_still(config, facts)
    if begun and now - begun >= BEGUN_AFTER and lacks_build(config, facts):
        return "no build is under way" + _standing_still(config, facts)
    return None


def _counts(build: Build, begun: datetime | None) -> bool:
    """Tell whether a build says something of a deployment; an own AMI does, which each deployment looks at."""
    return build.is_own_ami or begun is None or build.started_at >= begun or build.event_at > begun


def stands_still(facts: Facts) -> bool:
    """Tell whether the pipeline no longer runs on its schedule: it is disabled, or gone."""
    return facts.pipeline is not None and facts.pipeline.status in ("DISABLED", builds.DELETED)


def _status(config: Config, facts: Facts) -> str:
    """Return the status of a recipe that has not failed: ready is one with an AMI and no build under way."""
    busy = bool(under_way(facts, config.recipe_hash))
    return READY if newest_living(facts, config.recipe_hash) and not busy else BUILDING


def _deployed_at(config: Config, facts: Facts) -> datetime | None:
    """Return when the deployed recipe came: at the first of the latest deploys in a row that brought it to its stack.

    Deploys that leave the recipe alone do not count.
    """
    came = None
    for deploy in _newest_first(facts):
        if (deploy.recipe_hash, deploy.stack_id) != (config.recipe_hash, config.stack_id):
            break
        came = deploy.deployed_at
    return came


def _newest_first(facts: Facts) -> list[Deploy]:
    return sorted(facts.deploys, key=lambda deploy: deploy.sequence, reverse=True)


def _start(build: Build) -> tuple[datetime, str]:
    """Return what orders builds; the ARN only parts two that began at the very same moment."""
    return build.started_at, build.build_arn


def _reason(build: Build) -> str:
    """Return why a build gave no AMI, in words that may be public: the raw reason stays in the fact."""
    if build.is_own_ami:
        return f"the AMI {build.ami_id} is {build.ami_state}"
    if build.status == builds.AVAILABLE and build.ami_id:
        return f"the AMI of build {build.version} is {build.ami_state or 'not there yet'}"
    if build.status == builds.AVAILABLE:
        return f"build {build.version} made no AMI for this account and Region"
    words = {builds.FAILED: "failed", builds.CANCELLED: "was cancelled"}
    return f"build {build.version} {words.get(build.status, f'is {build.status}')}"


def _standing_still(config: Config, facts: Facts) -> str:
    if config.pipeline_arn is None or facts.pipeline is None or not stands_still(facts):
        return ""
    if facts.pipeline.status == builds.DELETED:
        return "; its pipeline is gone"
    failures = facts.pipeline.consecutive_failures
    return f"; its pipeline is disabled after {failures} failures" if failures else "; its pipeline is disabled"


def _following(previous: AmiState, state: AmiState) -> AmiState:
    """Return a state stamped after the one before it, or that one if they say the same."""
    same = replace(state, updated_at=previous.updated_at, since=previous.since, version=previous.version)
    if same == previous:
        return previous
    since = previous.since if state.status == previous.status else state.since
    return replace(state, since=since, version=previous.version + 1)
