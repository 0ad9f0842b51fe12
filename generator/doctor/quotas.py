"""Service quotas that keep machines and functions from starting: new accounts have very low ones.

Those of Image Builder are not looked at: nothing that is documented says which of them would matter.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from generator.deployment.aws import Aws
from generator.doctor.findings import Finding, ok, problem, warning
from generator.inputs import instance_types
from generator.presets import Preset

# Families that both EC2 quotas count, in vCPUs: https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
STANDARD = frozenset({"a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z"})
FAMILY = re.compile(r"[a-z]+")
NEW_ACCOUNTS_CONCURRENCY = 10


@dataclass(frozen=True, kw_only=True)
class Quota:
    """One quota by its codes."""

    service: str
    code: str
    about: str


SPOT = Quota(service="ec2", code="L-34B43A08", about="quota of spot vCPUs")
ON_DEMAND = Quota(service="ec2", code="L-1216C47A", about="quota of on-demand vCPUs")
CONCURRENCY = Quota(service="lambda", code="L-B99A9384", about="quota of concurrent executions")


def read(aws: Aws, quota: Quota) -> float | None:
    """Return a quota's value in this account and Region, None where AWS does not tell."""
    try:
        answer = aws.service_quotas.get_service_quota(ServiceCode=quota.service, QuotaCode=quota.code)
    except aws.service_quotas.exceptions.NoSuchResourceException:
        return None
    return answer["Quota"].get("Value")


def spot(value: float | None, presets: Iterable[Preset], max_runners: int) -> Iterator[Finding]:
    """Yield whether spot machines of each preset can start, and `max_runners` of them at once."""
    least = {one.name: smallest_vcpu(one.instance_types) for one in presets if one.spot_strategy != "onDemandOnly"}
    found = list(_each(SPOT, value, {f"a machine of {name}": vcpu for name, vcpu in least.items()}))
    wanted = max_runners * min(filter(None, least.values()), default=0)
    if value is not None and not found and value < wanted:
        said = f"{value:g} in this Region, maxRunners: {max_runners} needs {wanted} at least"
        found = [warning(SPOT.about, said, f"{raised(SPOT)}, or lower maxRunners")]
    yield from found or [ok(SPOT.about, f"{value:g} in this Region")]


def on_demand(value: float | None, presets: Iterable[Preset]) -> Iterator[Finding]:
    """Yield whether images can be built, which never happens on spot, and machines start that are not spot only."""
    needs: dict[str, int | None] = {}
    for one in presets:
        needs[f"a build of {one.name}"] = smallest_vcpu(one.image.build_instance_types)
        if one.spot_strategy != "spotOnly":
            needs[f"a machine of {one.name}"] = smallest_vcpu(one.instance_types)
    yield from list(_each(ON_DEMAND, value, needs)) or [ok(ON_DEMAND.about, f"{value:g} in this Region")]


def _each(quota: Quota, value: float | None, needs: Mapping[str, int | None]) -> Iterator[Finding]:
    """Yield what cannot start at all; `needs` are vCPUs, None for what other quotas count."""
    if value is None:
        yield _unknown(quota)
        return
    for what, vcpu in needs.items():
        if vcpu is not None and value < vcpu:
            yield problem(quota.about, f"{value:g} in this Region, {what} needs {vcpu}: none can start", raised(quota))


def concurrency(value: float | None) -> Finding:
    """Return whether functions may run side by side enough."""
    if value is None:
        return _unknown(CONCURRENCY)
    if value > NEW_ACCOUNTS_CONCURRENCY:
        return ok(CONCURRENCY.about, f"{value:g} in this Region")
    said = f"{value:g} in this Region, as in a new account: bursts of webhooks wait for each other"
    return warning(CONCURRENCY.about, said, raised(CONCURRENCY))


def smallest_vcpu(types: Iterable[str]) -> int | None:
    """Return the fewest vCPUs of those types that the quotas for Standard instances count, None if they count none."""
    known = instance_types.known()
    counted = (name for name in types if (family := FAMILY.match(name)) and family[0] in STANDARD)
    return min((known[name].vcpu for name in counted if name in known), default=None)


def raised(quota: Quota) -> str:
    """Return how more is asked for."""
    return (
        f"`aws service-quotas request-service-quota-increase --service-code {quota.service} --quota-code {quota.code} "
        "--desired-value NUMBER`"
    )


def _unknown(quota: Quota) -> Finding:
    remedy = f"look for {quota.service} {quota.code} in the Service Quotas console"
    return warning(quota.about, "unknown: Service Quotas does not tell", remedy)
