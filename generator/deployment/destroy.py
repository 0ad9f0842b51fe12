"""`spot-runner destroy`: takes a deployment apart, presets first, and tells what stays."""

from dataclasses import replace

from generator.deployment import leavings, removal, stack_client
from generator.deployment.aws import Aws, check_account
from generator.deployment.aws_errors import explained
from generator.deployment.progress import Listener, one_at_a_time, silent
from generator.deployment.report import Report, StackResult
from generator.deployment.site import EXECUTION_ROLE, Site
from generator.deployment.stack import Deployed
from generator.deployment.stack_client import Pace
from generator.errors import SpotRunnerError
from generator.inputs.settings import Settings
from lambdas.core.names import Names

BOOTSTRAP = "bootstrap"
Groups = tuple[tuple[Deployed, ...], ...]


def prepare(settings: Settings, aws: Aws, listener: Listener = silent, pace: Pace | None = None) -> Site:
    """Return the site to take apart; unlike for a deployment, what bootstrap made may be gone already."""
    names = Names(deployment=settings.name)
    role = names.stack_value(EXECUTION_ROLE)
    with explained():
        check_account(aws, settings.account)
        values = stack_client.ssm_values(aws, (role,))
    return Site(
        aws=aws,
        names=names,
        role_arn=values.get(role, ""),
        pace=pace or Pace(),
        listener=one_at_a_time(listener),
    )


def groups(site: Site, parts: tuple[str, ...] = ("control-plane", "foundation")) -> Groups:
    """Return this deployment's stacks in the order in which they go: presets together, then each of `parts`."""
    with explained():
        stacks = stack_client.read_all(site.aws)
    ours = {stack.name: stack for stack in stacks if removal.owned(stack, site.names)}
    rest = tuple((ours[name],) for part in parts if (name := site.names.stack(part)) in ours)
    presets = removal.preset_stacks(stacks, site.names)
    return ((presets,) if presets else ()) + rest


def destroy(site: Site, stacks: Groups) -> Report:
    """Delete group after group, lifting termination protection; a stack that stays keeps those after it too.

    The report tells what stays of all stacks that are gone, those of earlier runs too.
    """
    results: tuple[StackResult, ...] = ()
    for group in stacks:
        with explained():
            for stack in group:
                _unprotect(site, stack)
        done = removal.remove(_as_caller(site, group), group)
        results += done
        if not Report(results=done).ok:
            break
    with explained():
        return Report(results=results, stays=leavings.left(site.aws, site.names, _gone(site)))


def check_known(site: Site, stacks: Groups, settings: Settings) -> None:
    """Raise where nothing is or was, in the last 90 days, of this deployment: it is looked for in the wrong place."""
    with explained():
        known = stacks or _gone(site) or stack_client.read(site.aws, site.names.stack(BOOTSTRAP))
    if not known:
        raise SpotRunnerError(
            f"there is no deployment {settings.name} in account {settings.account}, Region {settings.region}: correct "
            "`name`, `account` or `region` in spot-runner.yaml, or choose its environment with --environment"
        )


def _gone(site: Site) -> tuple[Deployed, ...]:
    """Return this deployment's stacks that were deleted, in whichever run."""
    parts = {site.names.stack(part) for part in (BOOTSTRAP, "foundation", "control-plane")}
    found = stack_client.read_deleted(site.aws, lambda name: name in parts or bool(site.names.preset_of(name)))
    return tuple(stack for stack in found if removal.owned(stack, site.names))


def _unprotect(site: Site, stack: Deployed) -> None:
    if stack.protected:
        site.aws.cloudformation.update_termination_protection(
            StackName=stack.stack_id, EnableTerminationProtection=False
        )


def _as_caller(site: Site, group: tuple[Deployed, ...]) -> Site:
    """Return the site without the execution role when that role's own stack is the one that goes."""
    bootstrap = site.names.stack(BOOTSTRAP)
    return replace(site, role_arn="") if any(stack.name == bootstrap for stack in group) else site
