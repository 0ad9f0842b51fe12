"""The pools that a fleet may take its instances from, and how much is left in each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from embedded.aws.errors import ServiceError

OVERRIDE = {"ImageId", "InstanceType", "SubnetId", "BlockDeviceMappings"}


@dataclass(frozen=True, kw_only=True)
class Pool:
    """One launch template with one override, in one zone."""

    template: Mapping[str, str]
    override: Mapping[str, Any]
    image: str
    instance_type: str
    subnet: str
    zone: str


def pools(params: Mapping[str, Any], backend: Any) -> list[Pool]:
    """Return the pools of a CreateFleet request; two subnets in one zone are refused."""
    found = [
        _pool(config["LaunchTemplateSpecification"], override, backend)
        for config in params["LaunchTemplateConfigs"]
        for override in config.get("Overrides") or [{}]
    ]
    for zone in {pool.zone for pool in found}:
        if len({pool.subnet for pool in found if pool.zone == zone}) > 1:
            raise ServiceError(
                "InvalidFleetConfig", f"The subnets must be in distinct Availability Zones, not all in {zone}."
            )
    return found


def _pool(specification: Mapping[str, str], override: Mapping[str, Any], backend: Any) -> Pool:
    if odd := sorted(override.keys() - OVERRIDE) or sorted({"SubnetId"} - override.keys()):
        message = f"The embedded AWS emulates overrides of {sorted(OVERRIDE)} with a SubnetId, see {odd[0]}."
        raise ServiceError("Unsupported", message)
    template = backend.get_launch_template(specification.get("LaunchTemplateId"))
    version = template.get_version(specification.get("Version", "$Default"))
    return Pool(
        template={"LaunchTemplateId": template.id, "Version": str(version.number)},
        override=override,
        image=override.get("ImageId") or version.image_id,
        instance_type=override.get("InstanceType") or version.instance_type,
        subnet=override["SubnetId"],
        zone=backend.get_subnet(override["SubnetId"]).availability_zone,
    )


class Capacity:
    """What is left by (market, instance type, zone), where '*' is any; what nobody limited never runs out."""

    def __init__(self) -> None:
        self.left: dict[tuple[str, str, str], int] = {}
        self.prices: dict[str, float] = {}  # by instance type; 1 unless set

    def take(self, market: str, pool: Pool) -> bool:
        """Take one instance from a pool, or tell that there is none."""
        for kind in (pool.instance_type, "*"):
            for zone in (pool.zone, "*"):
                if (limit := (market, kind, zone)) in self.left:
                    if self.left[limit] < 1:
                        return False
                    self.left[limit] -= 1
                    return True
        return True

    def in_order(self, among: list[Pool]) -> list[Pool]:
        """Return pools in the order in which a fleet tries them: the cheapest first."""
        return sorted(among, key=lambda pool: self.prices.get(pool.instance_type, 1.0))
