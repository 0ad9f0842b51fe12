"""Deletes stacks of this deployment: those of presets whose file is gone, or all of them."""

from collections.abc import Collection, Iterable
from functools import partial

from generator.deployment import leavings, readiness, stack_client
from generator.deployment.aws_errors import explained
from generator.deployment.parallel import in_parallel
from generator.deployment.progress import StackFinished, StackStarted
from generator.deployment.report import Outcome, Report, StackResult
from generator.deployment.site import Site
from generator.deployment.stack import Deployed
from generator.deployment.stack_client import InterruptedWaitError
from generator.errors import SpotRunnerError
from lambdas.core.names import DEPLOYMENT_TAG, Names


def preset_stacks(stacks: Iterable[Deployed], names: Names) -> tuple[Deployed, ...]:
    """Return this deployment's preset stacks: those that have both its name and its tag."""
    return tuple(stack for stack in stacks if names.preset_of(stack.name) and owned(stack, names))


def owned(stack: Deployed, names: Names) -> bool:
    """Tell whether a stack with one of our names is ours; one that was never executed has no tags and no content."""
    return stack.tags.get(DEPLOYMENT_TAG) == names.deployment or stack.stillborn


def gone(stacks: Iterable[Deployed], names: Names, presets: Collection[str]) -> tuple[Deployed, ...]:
    """Return this deployment's preset stacks whose preset has no file any more."""
    return tuple(stack for stack in preset_stacks(stacks, names) if names.preset_of(stack.name) not in presets)


def prune(site: Site, presets: Collection[str]) -> Report:
    """Delete the stacks of presets that are not in `presets`, and tell what they leave behind.

    Whether that may be done is `tips.check`'s to say.
    """
    with explained():
        leaving = gone(stack_client.read_all(site.aws), site.names, presets)
        stays = tuple(line for stack in leaving for line in leavings.stays(site.aws, stack))
    stays += tuple(f"the AMIs of preset {site.names.preset_of(stack.name)}, and their snapshots" for stack in leaving)
    return Report(results=remove(site, leaving), stays=stays)


def remove(site: Site, stacks: tuple[Deployed, ...]) -> tuple[StackResult, ...]:
    """Delete stacks at once."""
    return in_parallel(site.pace, partial(_remove, site), stacks)


def _remove(site: Site, stack: Deployed) -> StackResult:
    outcome, reason = Outcome.DELETED, ""
    try:
        with explained():
            site.pace.check()
            site.listener(StackStarted(stack=stack.name, action="deleting"))
            readiness.delete(site.aws, stack, site.role_arn, site.pace, site.listener)
    except InterruptedWaitError as error:
        outcome, reason = Outcome.INTERRUPTED, str(error)
    except SpotRunnerError as error:
        outcome, reason = Outcome.FAILED, str(error)
    site.listener(StackFinished(stack=stack.name, outcome=outcome, reason=reason))
    return StackResult(stack=stack.name, preset=site.names.preset_of(stack.name), outcome=outcome, reason=reason)
