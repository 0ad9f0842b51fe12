"""`spot-runner plan --against`: the plan where AWS may not be asked, compared with the templates of a git revision."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from generator import render, revisions
from generator.deployment import leavings
from generator.deployment.stack import Template, Wanted, digest, effective
from generator.deployment.wanted import wanted_stacks
from generator.errors import InvalidInputError, SpotRunnerError, UsageError
from generator.inputs.project import SETTINGS_FILE, Project, parse_settings
from generator.inputs.settings import Settings
from generator.inputs.yaml_source import read
from generator.planning import outlook, stack_plans
from generator.planning.plans import Fate, Plan, StackPlan
from generator.planning.preset_stack import preset_in
from generator.planning.stack_plans import Before, Place
from generator.templates_out import FOLDER
from lambdas.core.names import Names

PARTS = ("foundation", "control-plane")
PRESET = "preset"


@dataclass(frozen=True, kw_only=True)
class Base:
    """What a revision would have deployed: its settings, None where it deployed nothing here, and its templates."""

    commit: str
    settings: Settings | None
    templates: Mapping[str, Template]
    notices: tuple[str, ...]


def make_plan(project: Project, environment: str | None, revision: str) -> Plan:
    """Compare what is wanted with where HEAD left a revision, as if that were deployed; no credentials, no network."""
    settings = project.settings.for_environment(environment)
    base = _base(project.root, settings, environment, revisions.base(project.root, revision))
    place, stacks = Place(region=settings.region, ssm={}), wanted_stacks(project, settings).all
    before = dict(_before(base))
    gone = before.keys() - {wanted.name for wanted in stacks}
    return Plan(
        deployment=settings.name,
        account=settings.account,
        region=settings.region,
        stacks=(
            *(_stack_plan(place, wanted, before.get(wanted.name)) for wanted in stacks),
            *(_gone_plan(Names(deployment=settings.name), name, before[name]) for name in sorted(gone)),
        ),
        notices=base.notices,
        environment=environment,
        against=base.commit,
    )


def _stack_plan(place: Place, wanted: Wanted, before: Before | None) -> StackPlan:
    if before is None:
        return _with_ami(stack_plans.created(place, wanted, Fate.CREATE), wanted, stack_plans.NOTHING)
    values = effective(wanted.body, wanted.parameters, place.ssm)
    if digest(wanted.body, values) == digest(before.template, before.values):
        return stack_plans.unchanged(wanted)
    return _with_ami(stack_plans.updated(place, wanted, before), wanted, before)


def _with_ami(plan: StackPlan, wanted: Wanted, before: Before) -> StackPlan:
    preset = preset_in(wanted.body)
    if preset is None:
        return plan
    ami = outlook.unseen(preset_in(before.template), preset)
    return replace(plan, ami=ami, words=plan.words + outlook.say_unseen(ami))


def _gone_plan(names: Names, stack: str, before: Before) -> StackPlan:
    preset = names.preset_of(stack) or ""
    resources: Mapping[str, Mapping[str, str]] = before.template.get("Resources", {})
    kept = (f"{resources[name]['Type']} {name}" for name in leavings.retained(before.template))
    return stack_plans.gone(stack, preset, before, (*kept, f"the AMIs of preset {preset}, and their snapshots"))


def _before(base: Base) -> Iterator[tuple[str, Before]]:
    """Yield the name of each stack, and what it was."""
    if base.settings is None:
        return
    names = Names(deployment=base.settings.name)
    for part, template in base.templates.items():
        preset = part.removeprefix(f"{PRESET}-") if part not in PARTS else None
        given = render.parameters(base.settings, PRESET if preset else part)
        stack = names.preset_stack(preset) if preset else names.stack(part)
        yield stack, Before(template=template, values=effective(template, given, {}))


def _base(root: Path, settings: Settings, environment: str | None, commit: str) -> Base:
    seen, notices = _settings(root, settings, environment, commit)
    short = commit[:12]
    compared = f"compared with the templates of commit {short}; AWS was not asked whether they are what is deployed"
    files = revisions.names(root, commit, FOLDER)
    parts = [name.removesuffix(".json") for name in files if name.endswith(".json")]
    return Base(
        commit=commit,
        settings=seen,
        templates={
            part: _template(root, commit, part) for part in parts if part in PARTS or part.startswith(f"{PRESET}-")
        },
        notices=(compared, *notices),
    )


def _template(root: Path, commit: str, part: str) -> Template:
    path = f"{FOLDER}/{part}.json"
    try:
        body: object = json.loads(revisions.file(root, commit, path) or "")
    except ValueError as error:
        raise SpotRunnerError(f"{path} of commit {commit[:12]} is not JSON: choose another --against") from error
    if not isinstance(body, dict):
        raise SpotRunnerError(f"{path} of commit {commit[:12]} is not a template: choose another --against")
    return body


def _settings(
    root: Path, settings: Settings, environment: str | None, commit: str
) -> tuple[Settings | None, tuple[str, ...]]:
    """Return the settings of a commit, None where it would have deployed nothing here, and what is to be said of it."""
    text = revisions.file(root, commit, SETTINGS_FILE)
    if text is None:
        return None, (f"{SETTINGS_FILE} is new: everything is created",)
    try:
        found, _ = parse_settings(read(SETTINGS_FILE, text.encode()))
        old = found.for_environment(environment) if found else None
    except InvalidInputError:
        old = None
    except UsageError:
        return None, (f"environment {environment} is new: everything is created",)
    if old is None:
        return settings, (f"{SETTINGS_FILE} of that commit is not valid here: its parameters are taken to be as now",)
    if old.name != settings.name:
        left = f"the stacks of {old.name} stay as they are until `spot-runner destroy`"
        return None, (f"name changes from {old.name} to {settings.name}: everything is created, {left}",)
    moved = [key for key in ("account", "region") if getattr(old, key) != getattr(settings, key)]
    if moved:
        return None, (f"{' and '.join(moved)} of the deployment change: everything is created anew there",)
    return old, ()
