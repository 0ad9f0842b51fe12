"""What the commands deploy, destroy and bootstrap do when called: find the account, work, print, end."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import typer
from rich.console import Console

from generator import bundle, render
from generator.deployment import bootstrap as bootstrapping
from generator.deployment import deploy as deploying
from generator.deployment import destroy as destroying
from generator.deployment import display, git, removal, signin, tips, upload
from generator.deployment.aws import Aws, connect, other_region
from generator.deployment.aws_errors import explained
from generator.deployment.progress import Listener, Notice
from generator.deployment.report import Report
from generator.deployment.wanted import wanted_stacks
from generator.errors import SpotRunnerError, UsageError
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
    with _listening(where.settings) as listener, tempfile.TemporaryDirectory(prefix="spot-runner-") as folder:
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
        tip = tips.find(root, os.environ, tips.ONLY_TIP)
        if tip.commit != tip.head and tips.is_ancestor(root, tip):
            return tip.commit
        tips.check(tip, tips.ONLY_TIP)
    elif order.prunes:
        tips.check(tips.find(root, os.environ, tips.PRUNE), tips.PRUNE)
    return None


def destroy(where: Place, parts: tuple[str, ...], confirm: Callable[[tuple[str, ...]], None]) -> Report:
    """Take a deployment apart; `confirm` gets the stacks that would go, if any, and raises to keep them."""
    with _listening(where.settings) as listener:
        site = destroying.prepare(where.settings, where.aws, listener)
        groups = destroying.groups(site, parts)
        destroying.check_known(site, groups, where.settings)
        if groups:
            confirm(tuple(stack.name for group in groups for stack in group))
        return destroying.destroy(site, groups)


def bootstrap(where: Place, given: Mapping[str, str], confirm: Callable[[tuple[str, ...]], None]) -> Report:
    """Deploy the bootstrap stack; `confirm` gets what it would hold, and raises to leave it."""
    template = render.render(where.project)["bootstrap.json"]
    with _listening(where.settings) as listener:
        order = bootstrapping.prepare(where.settings, template, given, where.aws, listener)
        confirm(order.makes)
        return bootstrapping.bootstrap(order)


def agree(_stacks: tuple[str, ...]) -> None:
    """Let a destruction happen that was asked for with --yes."""


def say_what_is_made(resources: tuple[str, ...]) -> None:
    """Show what the bootstrap stack holds."""
    console = progress()
    console.print("The bootstrap stack holds, in this account:", *resources, sep="\n  ", markup=False)


def ask_to_make(resources: tuple[str, ...]) -> None:
    """Show what the bootstrap stack holds; on a terminal, go on only if the administrator says so."""
    say_what_is_made(resources)
    if sys.stdin.isatty() and sys.stderr.isatty() and not typer.confirm("Deploy it?", err=True):
        raise SpotRunnerError("nothing was deployed")


def refuse_destruction(stacks: tuple[str, ...]) -> None:
    """Say what would be deleted, and delete nothing."""
    raise UsageError(f"destroy would delete {', '.join(stacks)}: repeat it with --yes to do so")


@contextmanager
def _listening(settings: Settings) -> Iterator[Listener]:
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
