"""`spot-runner destroy`: takes a deployment apart, presets first, and tells what stays."""

from dataclasses import replace

from generator.deployment import removal, stack_client
from generator.deployment.aws import Aws, check_account
from generator.deployment.aws_errors import explained
from generator.deployment.progress import Listener, one_at_a_time, silent
from generator.deployment.report import Report
from generator.deployment.site import EXECUTION_ROLE, Site
from generator.deployment.stack import Deployed
from generator.deployment.stack_client import Pace
from generator.inputs.settings import Settings
from lambdas.core.names import Names

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
    """Delete group after group, lifting termination protection; a stack that stays keeps those after it too."""
    report = Report()
    for group in stacks:
        with explained():
            for stack in group:
                _unprotect(site, stack)
        done = removal.remove(_as_caller(site, group), group)
        report = replace(report, results=report.results + done.results, stays=report.stays + done.stays)
        if not done.ok:
            break
    return report


def _unprotect(site: Site, stack: Deployed) -> None:
    if stack.protected:
        site.aws.cloudformation.update_termination_protection(
            StackName=stack.stack_id, EnableTerminationProtection=False
        )


def _as_caller(site: Site, group: tuple[Deployed, ...]) -> Site:
    """Return the site without the execution role when that role's own stack is the one that goes."""
    bootstrap = site.names.stack("bootstrap")
    return replace(site, role_arn="") if any(stack.name == bootstrap for stack in group) else site
