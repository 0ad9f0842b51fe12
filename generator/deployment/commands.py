"""What the commands deploy and destroy do when called: find the account, work, print, end."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from generator import bundle, git, render
from generator.deployment import deploy as deploying
from generator.deployment import destroy as destroying
from generator.deployment import display, removal, signin, tips, upload
from generator.deployment.aws import Aws, connect, other_region
from generator.deployment.aws_errors import explained
from generator.deployment.progress import Listener, Notice
from generator.deployment.report import Report
from generator.deployment.wanted import wanted_stacks
from generator.errors import UsageError
from generator.inputs.project import Project, load_project, load_settings
from generator.inputs.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Place:
    """A project, and the account and Region of one of its environments."""

    project: Project
    settings: Settings
    aws: Aws


@dataclass(frozen=True, kw_only=True)
class DeployOrder:
    """What `deploy` was asked for.

    `target` is whose Python the bundles suit; `prunes` removes what has no file; `only_tip` leaves a commit alone that
    a later one of its branch has superseded.
    """

    target: str
    prunes: bool
    only_tip: bool


def place(root: Path, environment: str | None, role: str = "") -> Place:
    """Read the project and connect to its account; nothing is asked of AWS yet.

    `role` is what a workflow takes, such as `plan`; elsewhere, and without one, the caller's own credentials count.
    """
    return _connected(load_project(root), environment, role)


def place_without_presets(root: Path, environment: str | None, role: str) -> Place:
    """Read the settings alone and connect: a deployment can be taken apart whatever its presets look like."""
    return _connected(Project(root=root, settings=load_settings(root), presets=()), environment, role)


def _connected(project: Project, environment: str | None, role: str) -> Place:
    settings = project.settings.for_environment(environment)
    arn = signin.role_arn(settings, role) if role else ""
    with explained():
        return Place(project=project, settings=settings, aws=connect(settings.region, arn))


def deploy(where: Place, order: DeployOrder) -> Report:
    """Deploy, and prune if that was asked for and everything went well; a superseded commit may be left alone."""
    git.refuse_shallow(where.project.root)
    superseded = _superseded(where.project.root, order)
    if superseded:
        return Report(superseded=superseded)
    render.refuse_stale(where.project)
    with listening(where.settings) as listener, tempfile.TemporaryDirectory(prefix="spot-runner-") as folder:
        site = deploying.prepare(where.settings, where.aws, listener)
        stacks = wanted_stacks(where.project, where.settings)
        report = deploying.deploy(site, stacks, _bundles(order.target, Path(folder)))
        if order.prunes and report.ok:
            pruned = removal.prune(site, {preset.name for preset in where.project.presets})
            report = Report(results=report.results + pruned.results, stays=pruned.stays)
    return report


def _superseded(root: Path, order: DeployOrder) -> str | None:
    """Return the commit that supersedes HEAD, if only a tip is to be deployed; raise if HEAD may not be deployed."""
    if order.only_tip:
        return tips.superseding(root, os.environ)
    if order.prunes:
        tips.check(tips.find(root, os.environ, tips.PRUNE), tips.PRUNE)
    return None


def destroy(where: Place, parts: tuple[str, ...], confirm: Callable[[tuple[str, ...]], None]) -> Report:
    """Take a deployment apart; `confirm` gets the stacks that would go, if any, and raises to keep them."""
    with listening(where.settings) as listener:
        site = destroying.prepare(where.settings, where.aws, listener)
        groups = destroying.groups(site, parts)
        destroying.check_known(site, groups, where.settings)
        if groups:
            confirm(tuple(stack.name for group in groups for stack in group))
        return destroying.destroy(site, groups)


def agree(_stacks: tuple[str, ...]) -> None:
    """Let a destruction happen that was asked for with --yes."""


def refuse_destruction(stacks: tuple[str, ...]) -> None:
    """Say what would be deleted, and delete nothing."""
    raise UsageError(f"destroy would delete {', '.join(stacks)}: repeat it with --yes to do so")


@contextmanager
def listening(settings: Settings) -> Iterator[Listener]:
    """Show progress on standard error while the block runs, and say which Region is used if that may surprise."""
    with display.shown(progress()) as listener:
        other = other_region(settings.region)
        if other:
            text = f"{other[0]} says {other[1]}; `region` in spot-runner.yaml decides: {settings.region}"
            listener(Notice(text=text))
        yield listener


def progress() -> Console:
    """Return where progress is shown: standard error, as results go to standard output."""
    return Console(stderr=True, highlight=False)


def _bundles(target: str, folder: Path) -> upload.Bundles:
    """Return how each bundle is made, by its key: only those that the bucket lacks will be."""

    def make(function: str) -> bytes:
        return bundle.bundle(bundle.ROOT, function, target, folder).path.read_bytes()

    return {key: partial(make, function) for function, key in bundle.keys().items()}
