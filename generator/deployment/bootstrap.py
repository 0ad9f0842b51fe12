"""`spot-runner bootstrap`: the one stack that an administrator deploys with their own rights."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from generator import render
from generator.deployment import conditions, stack_client
from generator.deployment.apply import apply
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
from lambdas.core.names import DEPLOYMENT_TAG, Names

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

PART = "bootstrap"
OPTIONS = {
    "SubjectPrefix": "--subject-prefix repo:OWNER/REPO (`sub_claim_prefix` of GET /repos/OWNER/REPO/actions/oidc/"
    "customization/sub)",
    "RepositoryId": "--repository-id NUMBER (`id` of GET /repos/OWNER/REPO)",
}
CREATES_PROVIDER = "CreatesOidcProvider"


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
    iam: "IAMClient | None" = None,
) -> Bootstrapping:
    """Return what would be deployed; what is neither in the settings nor `given` stays as it is deployed.

    A first deployment makes an OIDC provider only where the account has none of this issuer. `iam` is asked for it;
    without one the AWS SDK's own configuration makes a client. Raises UsageError when a parameter is missing that has
    no default: whom to trust is not guessed.
    """
    names = Names(deployment=settings.name)
    name = names.stack(PART)
    with explained():
        check_account(aws, settings.account)
        deployed = stack_client.read(aws, name)
    compact = json.dumps(json.loads(template), separators=(",", ":"))  # no bucket yet: it must fit inline
    wanted = Wanted(name=name, template=compact, parameters={}, tags={DEPLOYMENT_TAG: settings.name}, protected=True)
    known = {**_parameters(deployed), **render.parameters(settings, PART), **given}
    declared = wanted.body.get("Parameters", {})
    wanted = replace(wanted, parameters={key: value for key, value in known.items() if key in declared})
    _check_complete(wanted)
    if CREATES_PROVIDER in declared.keys() - known.keys() and _has_provider(
        iam or _iam(aws.region), known["IssuerHost"]
    ):
        wanted = replace(wanted, parameters={**wanted.parameters, CREATES_PROVIDER: "false"})
    makes = conditions.resources(wanted.body, effective(wanted.body, wanted.parameters, {}))
    return Bootstrapping(
        site=Site(aws=aws, names=names, pace=pace or Pace(), listener=one_at_a_time(listener)),
        wanted=wanted,
        makes=tuple(sorted(f"{body['Type']} {key}" for key, body in makes.items())),
    )


def bootstrap(order: Bootstrapping) -> Report:
    """Deploy the bootstrap stack with the caller's own rights."""
    return Report(results=in_parallel(order.site.pace, lambda wanted: apply(order.site, wanted), (order.wanted,)))


def _parameters(deployed: Deployed | None) -> dict[str, str]:
    """Return what is deployed; where nothing is, or all was rolled back, whether to make a provider is open again."""
    if deployed is None:
        return {}
    first = deployed.stillborn or deployed.status in NEVER_CREATED
    return {key: value for key, value in deployed.parameters.items() if not (first and key == CREATES_PROVIDER)}


def _has_provider(iam: "IAMClient", issuer_host: str) -> bool:
    """Tell whether the account trusts an issuer already: of one URL it takes one provider.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviders.html
    """
    with explained():
        providers = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    return any(provider["Arn"].partition(":oidc-provider/")[2] == issuer_host for provider in providers)


def _iam(region: str) -> "IAMClient":
    import boto3  # noqa: PLC0415 - slow to import, and only a first bootstrap needs it

    return boto3.Session(region_name=region).client("iam")


def _check_complete(wanted: Wanted) -> None:
    declared = wanted.body.get("Parameters", {})
    missing = [key for key, body in declared.items() if "Default" not in body and key not in wanted.parameters]
    if missing:
        options = ", ".join(OPTIONS.get(key, key) for key in missing)
        raise UsageError(f"bootstrap must be told whom to trust: give {options}")
