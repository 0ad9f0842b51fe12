"""Folds that look right and are not: each is `lambdas/core/fold.py` with one text replaced by another."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One mistake: what it is, the text that stands in the source once, and what to put in its place."""

    mistake: str
    old: str
    new: str


MUTANTS = (
    Mutant(
        mistake="the highest version string is the newest build",
        old="return build.started_at, build.build_arn",
        new="return build.build_arn, build.started_at",
    ),
    Mutant(
        mistake="the build heard of last is the newest",
        old="return build.started_at, build.build_arn",
        new="return build.event_at, build.build_arn",
    ),
    Mutant(
        mistake="a build of an earlier deployment makes the preset failed",
        old=" and _counts(build, begun)",
        new="",
    ),
    Mutant(
        mistake="an own AMI that was gone before its deployment is being built",
        old="build.is_own_ami or begun is None",
        new="begun is None",
    ),
    Mutant(
        mistake="the late end of a build that was overtaken makes the preset failed",
        old=" or _start(newest) < _start(living)",
        new="",
    ),
    Mutant(
        mistake="an AMI clears the failure of a build that began after it",
        old="_start(newest) < _start(living)",
        new="_start(newest) != _start(living)",
    ),
    Mutant(
        mistake="a recipe that nothing builds is building for ever",
        old="now - begun >= BEGUN_AFTER and lacks_build",
        new="not now and lacks_build",
    ),
    Mutant(
        mistake="a recipe has failed before its build could begin",
        old="now - begun >= BEGUN_AFTER",
        new="now >= begun",
    ),
    Mutant(
        mistake="a recipe has failed while it is built for a long time",
        old=" and not under_way(facts, config.recipe_hash)",
        new="",
    ),
    Mutant(
        mistake="an edit that leaves the recipe alone clears a failure",
        old="        came = deploy.deployed_at\n",
        new="        came = came or deploy.deployed_at\n",
    ),
    Mutant(
        mistake="a build under way clears a failure",
        old="status=FAILED if reason else",
        new="status=FAILED if reason and not under_way(facts, config.recipe_hash) else",
    ),
    Mutant(
        mistake="an AMI of another architecture steps in",
        old="(deploy.architecture, deploy.platform, ",
        new="(wanted[0], deploy.platform, ",
    ),
    Mutant(
        mistake="an own AMI steps in for a recipe, or a baked one for an own AMI",
        old="deploy.is_own_ami)",
        new="wanted[2])",
    ),
    Mutant(
        mistake="a build of a recipe that nobody deployed serves",
        old=" if build.recipe_arn in recipes]",
        new=" if recipes]",
    ),
    Mutant(
        mistake="an AMI that was deregistered goes on serving",
        old="max(filter(builds.is_living, builds_of(facts, recipe_hash))",
        new="max((b for b in builds_of(facts, recipe_hash) if b.ami_id)",
    ),
    Mutant(
        mistake="of earlier recipes the first deployed serves",
        old="key=lambda deploy: deploy.sequence, reverse=True",
        new="key=lambda deploy: deploy.sequence",
    ),
    Mutant(
        mistake="since moves with every change",
        old="since = previous.since if state.status == previous.status else state.since",
        new="since = state.since",
    ),
)
