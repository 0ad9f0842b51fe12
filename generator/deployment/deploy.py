"""`spot-runner deploy`: bundles, then foundation, control plane and preset stacks, each only if it changed."""

from functools import partial

from generator.deployment import site as sites
from generator.deployment import upload
from generator.deployment.apply import apply
from generator.deployment.aws import Aws, check_account
from generator.deployment.aws_errors import explained
from generator.deployment.parallel import in_parallel
from generator.deployment.progress import Listener, one_at_a_time, silent
from generator.deployment.report import Outcome, Report, StackResult
from generator.deployment.site import Site
from generator.deployment.stack import Wanted
from generator.deployment.stack_client import Pace
from generator.deployment.subnets import check_subnets
from generator.deployment.wanted import WantedStacks
from generator.inputs.settings import Settings
from lambdas.core.names import Names


def prepare(settings: Settings, aws: Aws, listener: Listener = silent, pace: Pace | None = None) -> Site:
    """Return the site to deploy to, after everything that can be checked before a change was checked.

    Raises SpotRunnerError for another account, a Region without bootstrap, and subnets that fleets would refuse.
    """
    with explained():
        check_account(aws, settings.account)
        names = Names(deployment=settings.name)
        site = sites.find(aws, names, pace or Pace(), one_at_a_time(listener))
        check_subnets(aws, settings.network.vpc_id or "", tuple(settings.network.subnet_ids))
    return site


def deploy(site: Site, stacks: WantedStacks, bundles: upload.Bundles) -> Report:
    """Upload the bundles and bring every stack to what is wanted; repeatable, and safe to interrupt.

    `bundles` makes the zip of each S3 key that is not there yet. A failure of foundation or control plane stops what
    depends on it; a broken preset stops no other.
    """
    with explained():
        upload.bundles(site, bundles)
    results: tuple[StackResult, ...] = ()
    for together in ((stacks.foundation,), (stacks.control_plane,), stacks.presets):
        broken = next((result for result in results if not Report(results=(result,)).ok), None)
        if broken:
            results += tuple(_skipped(wanted, broken) for wanted in together)
        else:
            results += in_parallel(site.pace, partial(apply, site), together)
    return Report(results=results)


def _skipped(wanted: Wanted, broken: StackResult) -> StackResult:
    return StackResult(
        stack=wanted.name,
        preset=wanted.preset,
        outcome=Outcome.SKIPPED,
        reason=f"not tried: {broken.stack} comes first",
    )
