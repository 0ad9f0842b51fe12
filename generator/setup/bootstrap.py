"""Sets an account up: the service-linked roles and the stack that everything else needs, by an administrator."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from generator import render
from generator.deployment import conditions, stack_client
from generator.deployment.apply import apply, is_unchanged
from generator.deployment.aws import Aws, check_account
from generator.deployment.aws_errors import explained
from generator.deployment.parallel import in_parallel
from generator.deployment.progress import Listener, one_at_a_time, silent
from generator.deployment.readiness import NEVER_CREATED
from generator.deployment.report import Report
from generator.deployment.site import Site
from generator.deployment.stack import Deployed, Wanted, effective
from generator.deployment.stack_client import Pace
from generator.errors import UsageError
from generator.inputs.settings import Settings
from generator.setup import service_roles
from generator.setup.service_roles import ServiceRole
from generator.setup.trust import NotRead, Trust, check_prefix
from lambdas.core.names import DEPLOYMENT_TAG, Names

PART = "bootstrap"
OPTIONS = {
    "SubjectPrefix": "--subject-prefix repo:OWNER/REPO (`sub_claim_prefix` of GET /repos/OWNER/REPO/actions/oidc/"
    "customization/sub)",
    "RepositoryId": "--repository-id NUMBER (`id` of GET /repos/OWNER/REPO)",
}
CREATES_PROVIDER = "CreatesOidcProvider"


@dataclass(frozen=True, kw_only=True)
class Bootstrapping:
    """What would be made: each service-linked role that the account lacks, and the stack with each resource it holds.

    `was` are the parameters as deployed, none before the first time; `settled` tells that nothing is to be done.
    """

    site: Site
    wanted: Wanted
    makes: tuple[str, ...]
    service_roles: tuple[ServiceRole, ...]
    trust: Trust | NotRead
    was: Mapping[str, str]
    settled: bool


def prepare(
    settings: Settings,
    template: str,
    given: Mapping[str, str],
    aws: Aws,
    trust: Trust | NotRead,
    listener: Listener = silent,
    pace: Pace | None = None,
) -> Bootstrapping:
    """Return what would be made; what is in neither the settings, `given` nor `trust` stays as it is deployed.

    A first deployment makes an OIDC provider only where the account has none of this issuer. Raises UsageError when a
    parameter is missing that has no default: whom to trust is not guessed.
    """
    names = Names(deployment=settings.name)
    site = Site(aws=aws, names=names, pace=pace or Pace(), listener=one_at_a_time(listener))
    if "SubjectPrefix" in given:
        check_prefix(given["SubjectPrefix"], settings.github)
    with explained():
        check_account(aws, settings.account)
        deployed = stack_client.read(aws, names.stack(PART))
        was = _parameters(deployed)
        known = {**was, **render.parameters(settings, PART), **trust.parameters, **given}
        wanted = _wanted(settings, template, known, aws, trust)
        lacking = service_roles.missing(aws.iam)
        settled = not lacking and deployed is not None and is_unchanged(site, wanted, deployed)
    makes = conditions.resources(wanted.body, effective(wanted.body, wanted.parameters, {}))
    return Bootstrapping(
        site=site,
        wanted=wanted,
        makes=tuple(sorted(f"{body['Type']} {key}" for key, body in makes.items())),
        service_roles=lacking,
        trust=trust,
        was=was,
        settled=settled,
    )


def bootstrap(order: Bootstrapping) -> Report:
    """Make the service-linked roles, then deploy the bootstrap stack, all with the caller's own rights."""
    with explained():
        for role in order.service_roles:
            service_roles.make(order.site.aws.iam, role)
    report = Report(results=in_parallel(order.site.pace, lambda wanted: apply(order.site, wanted), (order.wanted,)))
    return replace(report, service_roles=tuple(role.name for role in order.service_roles))


def _wanted(settings: Settings, template: str, known: Mapping[str, str], aws: Aws, trust: Trust | NotRead) -> Wanted:
    wanted = stack(settings, template, known)
    declared = wanted.body.get("Parameters", {})
    _check_complete(wanted, trust)
    if CREATES_PROVIDER in declared.keys() - known.keys() and _has_provider(aws, known["IssuerHost"]):
        return replace(wanted, parameters={**wanted.parameters, CREATES_PROVIDER: "false"})
    return wanted


def stack(settings: Settings, template: str, known: Mapping[str, str]) -> Wanted:
    """Return the stack with those of the known parameters that it declares."""
    body = json.loads(template)
    return Wanted(
        name=Names(deployment=settings.name).stack(PART),
        template=json.dumps(body, separators=(",", ":")),  # no bucket yet: it must fit inline
        parameters={key: value for key, value in known.items() if key in body.get("Parameters", {})},
        tags={DEPLOYMENT_TAG: settings.name},
        protected=True,
    )


def _parameters(deployed: Deployed | None) -> dict[str, str]:
    """Return what is deployed; where nothing is, or all was rolled back, whether to make a provider is open again."""
    if deployed is None:
        return {}
    first = deployed.stillborn or deployed.status in NEVER_CREATED
    return {key: value for key, value in deployed.parameters.items() if not (first and key == CREATES_PROVIDER)}


def _has_provider(aws: Aws, issuer_host: str) -> bool:
    """Tell whether the account trusts an issuer already: of one URL it takes one provider.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviders.html
    """
    providers = aws.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    return any(provider["Arn"].partition(":oidc-provider/")[2] == issuer_host for provider in providers)


def _check_complete(wanted: Wanted, trust: Trust | NotRead) -> None:
    declared = wanted.body.get("Parameters", {})
    missing = [key for key, body in declared.items() if "Default" not in body and key not in wanted.parameters]
    if missing:
        options = ", ".join(OPTIONS.get(key, key) for key in missing)
        why = f"{trust.why}; or " if isinstance(trust, NotRead) else ""
        raise UsageError(f"bootstrap must be told whom to trust: {why}give {options}")
