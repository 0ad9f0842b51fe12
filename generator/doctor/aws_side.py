"""All that is looked at in AWS, in the order in which one thing rests on another."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from generator import render
from generator.deployment import stack_client
from generator.deployment.aws import Aws
from generator.deployment.stack import Deployed, Wanted
from generator.doctor import account, expected, quotas, roles, stacks
from generator.doctor.findings import Finding, Level
from generator.doctor.looking import attempt, look
from generator.doctor.trust_policy import TrustPolicy
from generator.inputs.settings import Settings
from generator.layout import text
from generator.presets import Preset
from generator.setup import bootstrap
from generator.stacks import bootstrap as template
from lambdas.core.names import Names

Check = Callable[[], Iterable[Finding]]


@dataclass(frozen=True, kw_only=True)
class AwsSide:
    """What was found, and what each role that could be read trusts, by its name."""

    findings: tuple[Finding, ...]
    trusted: Mapping[str, tuple[TrustPolicy, ...]] = field(default_factory=dict)


def examine(aws: Aws, settings: Settings, presets: tuple[Preset, ...], says: Mapping[str, str]) -> AwsSide:
    """Look at everything; `says` are the parameters that GitHub tells, none where it was not asked.

    Without credentials of the right account there is nothing else to look at.
    """
    found = look("credentials", lambda: account.credentials(aws, settings))
    if any(finding.level is Level.PROBLEM for finding in found):
        return AwsSide(findings=found)
    names = Names(deployment=settings.name)
    deployed = attempt("bootstrap stack", lambda: stack_client.read(aws, names.stack(bootstrap.PART)))
    if isinstance(deployed, Finding):
        found, deployed = (*found, deployed), None
    else:
        found += look("bootstrap stack", lambda: _bootstrap(aws, settings, deployed, says))
    trust = _roles(aws, settings, deployed)
    checks = (*_account(aws, settings), *_stacks(aws, settings), *_quotas(aws, settings, presets))
    rest = tuple(finding for about, check in checks for finding in look(about, check))
    return AwsSide(findings=(*found, *trust.findings, *rest), trusted=trust.trusted)


def wanted_bootstrap(settings: Settings, deployed: Mapping[str, str]) -> Wanted:
    """Return the bootstrap stack of this release with the parameters that are deployed."""
    known = {**deployed, **render.parameters(settings, template.PART)}
    return bootstrap.stack(settings, text(template.template(settings).to_dict()), known)


def _bootstrap(aws: Aws, settings: Settings, deployed: Deployed | None, says: Mapping[str, str]) -> Iterator[Finding]:
    parameters = deployed.parameters if deployed else {}
    yield from stacks.bootstrap(aws, wanted_bootstrap(settings, parameters), deployed)
    if deployed and says:
        yield from stacks.trusts(parameters, says)


def _roles(aws: Aws, settings: Settings, deployed: Deployed | None) -> AwsSide:
    """Compare each role with the stack that made it, of whatever release: an edit by hand is found."""
    wanted = wanted_bootstrap(settings, deployed.parameters if deployed else {})
    body = attempt("bootstrap template", partial(stack_client.template, aws, deployed)) if deployed else None
    findings, body = ([body], None) if isinstance(body, Finding) else ([], body)
    trusted: dict[str, tuple[TrustPolicy, ...]] = {}
    parameters = deployed.parameters if deployed else wanted.parameters
    for role, policy in expected.trust_policies(body or wanted.body, parameters).items():
        read = attempt(f"role {role}", partial(roles.trust, aws.iam, role))
        if isinstance(read, Finding):
            findings.append(read)
            continue
        if read is not None:
            trusted[role] = read
        if body:
            findings += roles.compare(role, read, policy)
    return AwsSide(findings=tuple(findings), trusted=trusted)


def _account(aws: Aws, settings: Settings) -> Iterator[tuple[str, Check]]:
    issuer = render.issuer_host(settings.github.server_url)
    yield "OIDC provider", lambda: account.provider(aws, issuer)
    yield "service-linked roles", lambda: account.service_linked_roles(aws)
    yield "artifact bucket", lambda: account.artifact_bucket(aws, Names(deployment=settings.name))
    yield "subnets", lambda: account.subnets(aws, settings.network)


def _stacks(aws: Aws, settings: Settings) -> Iterator[tuple[str, Check]]:
    boundary = f"arn:{aws.iam.meta.partition}:iam::{settings.account}:policy/{settings.name}-boundary"
    yield "permissions boundary", lambda: roles.boundary(aws.iam, settings.name, boundary)
    yield "stacks", lambda: stacks.others(aws, Names(deployment=settings.name))


def _quotas(aws: Aws, settings: Settings, presets: tuple[Preset, ...]) -> Iterator[tuple[str, Check]]:
    yield quotas.SPOT.about, lambda: quotas.spot(quotas.read(aws, quotas.SPOT), presets, settings.max_runners)
    yield quotas.ON_DEMAND.about, lambda: quotas.on_demand(quotas.read(aws, quotas.ON_DEMAND), presets)
    yield quotas.CONCURRENCY.about, lambda: [quotas.concurrency(quotas.read(aws, quotas.CONCURRENCY))]
