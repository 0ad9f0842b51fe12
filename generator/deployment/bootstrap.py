"""`spot-runner bootstrap`: the one stack that an administrator deploys with their own rights."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from generator import render
from generator.deployment import conditions, stack_client
from generator.deployment.apply import apply
from generator.deployment.aws import Aws, check_account
from generator.deployment.aws_errors import explained
from generator.deployment.parallel import in_parallel
from generator.deployment.progress import Listener, one_at_a_time, silent
from generator.deployment.report import Report
from generator.deployment.site import Site
from generator.deployment.stack import Wanted, effective
from generator.deployment.stack_client import Pace
from generator.errors import UsageError
from generator.settings import Settings
from lambdas.core.names import DEPLOYMENT_TAG, Names

PART = "bootstrap"
OPTIONS = {
    "SubjectPrefix": "--subject-prefix repo:OWNER/REPO (`sub_claim_prefix` of GET /repos/OWNER/REPO/actions/oidc/"
    "customization/sub)",
    "RepositoryId": "--repository-id NUMBER (`id` of GET /repos/OWNER/REPO)",
}


@dataclass(frozen=True, kw_only=True)
class Bootstrapping:
    """The bootstrap stack as it would be deployed; `makes` names each resource that it holds."""

    site: Site
    wanted: Wanted
    makes: tuple[str, ...]


def prepare(
    settings: Settings,
    template: str,
    given: Mapping[str, str],
    aws: Aws,
    listener: Listener = silent,
    pace: Pace | None = None,
) -> Bootstrapping:
    """Return what would be deployed; what is neither in the settings nor `given` stays as it is deployed.

    Raises UsageError when one is missing that has no default: whom to trust is not guessed.
    """
    names = Names(deployment=settings.name)
    name = names.stack(PART)
    with explained():
        check_account(aws, settings.account)
        deployed = stack_client.read(aws, name)
    compact = json.dumps(json.loads(template), separators=(",", ":"))  # no bucket yet: it must fit inline
    wanted = Wanted(name=name, template=compact, parameters={}, tags={DEPLOYMENT_TAG: settings.name}, protected=True)
    known = {**(deployed.parameters if deployed else {}), **render.parameters(settings, PART), **given}
    declared = wanted.body.get("Parameters", {})
    wanted = replace(wanted, parameters={key: value for key, value in known.items() if key in declared})
    _check_complete(wanted)
    makes = conditions.resources(wanted.body, effective(wanted.body, wanted.parameters, {}))
    return Bootstrapping(
        site=Site(aws=aws, names=names, pace=pace or Pace(), listener=one_at_a_time(listener)),
        wanted=wanted,
        makes=tuple(sorted(f"{body['Type']} {key}" for key, body in makes.items())),
    )


def bootstrap(order: Bootstrapping) -> Report:
    """Deploy the bootstrap stack with the caller's own rights."""
    return Report(results=in_parallel(order.site.pace, lambda wanted: apply(order.site, wanted), (order.wanted,)))


def _check_complete(wanted: Wanted) -> None:
    declared = wanted.body.get("Parameters", {})
    missing = [key for key, body in declared.items() if "Default" not in body and key not in wanted.parameters]
    if missing:
        options = ", ".join(OPTIONS.get(key, key) for key in missing)
        raise UsageError(f"bootstrap must be told whom to trust: give {options}")
