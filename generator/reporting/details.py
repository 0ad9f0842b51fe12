"""More about presets that are not ready: the last good build from the table, the recipe's last commit from git."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from generator import git
from generator.deployment import stack_client
from generator.deployment.aws import Aws
from generator.deployment.aws_errors import explained
from generator.deployment.site import TABLE_NAME
from generator.planning import outlook
from generator.reporting.answer import READY, Answer
from generator.reporting.known import Details, LastBuild
from generator.reporting.watch import NoAnswer
from lambdas.core import builds, fold
from lambdas.core.names import Names
from lambdas.core.preset import NAME
from lambdas.core.state import Snapshot

Builds = Mapping[str, Snapshot]


def wanted(answer: Answer | NoAnswer) -> tuple[str, ...]:
    """Return the presets that are worth a closer look; names that no preset can have are not asked about anywhere."""
    if isinstance(answer, NoAnswer):
        return ()
    return tuple(each.name for each in answer.presets if each.status != READY and NAME.fullmatch(each.name))


def snapshots(aws: Aws, names: Names, presets: Iterable[str]) -> Builds:
    """Read what the table knows of presets; raise SpotRunnerError if it may not be read."""
    parameter = names.stack_value(TABLE_NAME)
    with explained():
        table = stack_client.ssm_values(aws, (parameter,)).get(parameter, "")
    return {preset: outlook.read(aws, table, preset) for preset in presets}


def details(root: Path, presets: Iterable[str], found: Builds, *, show_ami_ids: bool) -> Mapping[str, Details]:
    """Return the details of presets; what `found` does not hold is unknown."""
    return {
        preset: _details(root, preset, found.get(preset, Snapshot()), show_ami_ids=show_ami_ids) for preset in presets
    }


def _details(root: Path, preset: str, snapshot: Snapshot, *, show_ami_ids: bool) -> Details:
    commit = git.last_recipe_commit(root, preset)
    before = git.recipe_hash_before(root, preset, commit) if commit else ""
    return Details(
        last_build=last_build(snapshot, show_ami_ids=show_ami_ids),
        has_no_build=snapshot.config is not None,
        own_ami=snapshot.config is not None and snapshot.config.pipeline_arn is None,
        recipe_commit=commit or None,
        can_revert=bool(before),
        keeps_before=bool(before) and fold.newest_living(snapshot.facts, before) is not None,
    )


def last_build(snapshot: Snapshot, *, show_ami_ids: bool) -> LastBuild | None:
    """Return the build that began last among those whose AMI lives."""
    living = (build for build in snapshot.facts.builds if builds.is_living(build) and not build.is_own_ami)
    newest = max(living, key=lambda build: (build.started_at, build.build_arn), default=None)
    if newest is None:
        return None
    ami_id = newest.ami_id if show_ami_ids else None
    return LastBuild(version=newest.version, started_at=newest.started_at, ami_id=ami_id)
