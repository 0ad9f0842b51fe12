"""EC2's instant fleets, images and spot interruptions, put into moto."""

import threading
from collections.abc import Callable
from typing import Annotated, Any, Literal

from moto import settings
from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ec2.responses.fleets import Fleets as FleetResponse
from moto.ec2.utils import random_fleet_id
from moto.utilities.utils import get_partition
from pydantic import Field

from embedded.aws.aws_event import Source
from embedded.aws.clock import Clock
from embedded.aws.ec2 import disk_keys, images, instances
from embedded.aws.ec2.pools import Capacity, Pool, pools
from embedded.aws.errors import ServiceError
from embedded.aws.iam.principals import pairs
from embedded.aws.patches import Patches
from embedded.aws.tokens import Tokens

STATE_CHANGE = "EC2 Instance State-change Notification"
WARNING = "EC2 Spot Instance Interruption Warning"
UNTAGGED_SECONDS = 900  # after its end; EC2 takes tags away "gradually", and the rights that they give with them
WARNING_SECONDS = 120  # between a spot interruption's warning and the end
OPTIONS = {"spot": "SpotOptions", "on-demand": "OnDemandOptions"}
STRATEGIES = ({}, {"AllocationStrategy": "price-capacity-optimized"}, {"AllocationStrategy": "lowest-price"})
REQUEST = {"Type", "ClientToken", "LaunchTemplateConfigs", "TargetCapacitySpecification", "TagSpecifications"}
Market = Literal["spot", "on-demand"]
TARGET = {"TotalTargetCapacity", "DefaultTargetCapacityType"}


class Fleets:
    """EC2 of one account and Region; `capacity` holds what is left in its pools, and prices."""

    def __init__(self, account: str, region: str, clock: Clock, publish: Callable[[dict[str, Any]], None]) -> None:
        """`publish` takes one event in EventBridge's full shape."""
        self._account, self._region, self._clock = account, region, clock
        self._source = Source(name="aws.ec2", place=(account, region), clock=clock, publish=publish)
        self._lock, self._tokens = threading.RLock(), Tokens(clock, "IdempotentParameterMismatch")
        self.capacity = Capacity()
        self.listeners: list[Callable[[Any, str], None]] = []  # hear of every instance's states

    def install(self, patches: Patches) -> None:
        """Patch moto."""
        images.install(patches)
        patches.replace(settings, "ENABLE_AMI_VALIDATION", True)
        instances.install(self._told, patches)
        patches.replace(FleetResponse, "create_fleet", lambda response: ActionResult(self._create(response.params)))

    def interrupt(self, instance_id: str) -> None:
        """Warn of a spot interruption, and end the instance two minutes later; ValueError unless it runs on spot.

        The event's ARN names a zone and no account.
        https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
        """
        found = next((one for one in self._backend.all_instances() if one.id == instance_id), None)
        if found is None or found.state != "running" or found.lifecycle != "spot":
            raise ValueError(f"instanceId is '{instance_id}', expected a spot instance that runs")
        detail = {"instance-id": instance_id, "instance-action": "terminate"}
        self._source.say(WARNING, f"arn:aws:ec2:{found.placement.zone}:instance/{instance_id}", detail)
        self._clock.call_in(WARNING_SECONDS, lambda: self._backend.terminate_instances([instance_id]))

    def limit(self, market: Market, instance_type: str, left: Annotated[int, Field(ge=0)] | None = None) -> None:
        """Leave so many instances of a type, `*` for any, in a market's pools; None lifts the limit."""
        limited = (market, instance_type, "*")
        if left is None:
            self.capacity.left.pop(limited, None)
        else:
            self.capacity.left[limited] = left

    def _told(self, instance: Any, state: str) -> None:
        resource = f"arn:{get_partition(self._region)}:ec2:{self._region}:{self._account}:instance/{instance.id}"
        self._source.say(STATE_CHANGE, resource, {"instance-id": instance.id, "state": state})
        for listener in self.listeners:
            listener(instance, state)
        if state == "terminated":
            self._clock.call_in(UNTAGGED_SECONDS, lambda: self._backend.tags.pop(instance.id, None))

    @property
    def _backend(self) -> Any:
        return ec2_backends[self._account][self._region]

    def _create(self, params: dict[str, Any]) -> Any:
        odd = set(params) - REQUEST - {name for name in OPTIONS.values() if params.get(name) in STRATEGIES}
        if params.get("Type") != "instant":
            odd.add(f"Type {params.get('Type')}")
        target = params["TargetCapacitySpecification"]
        odd |= target.keys() - TARGET
        odd |= {target.get("DefaultTargetCapacityType", "on-demand")} - OPTIONS.keys()
        if what := ", ".join(sorted(odd)):
            raise ServiceError("Unsupported", f"The embedded AWS does not emulate {what} of CreateFleet.")
        with self._lock:
            return self._tokens.once(params.get("ClientToken"), params, lambda: self._launch(params))

    def _launch(self, params: dict[str, Any]) -> dict[str, Any]:
        """Fill the fleet pool by pool, the cheapest first; what a pool lacks is an entry in Errors, with HTTP 200."""
        target = params["TargetCapacitySpecification"]
        market, wanted = target.get("DefaultTargetCapacityType", "on-demand"), target["TotalTargetCapacity"]
        tags = {one["ResourceType"]: pairs(one["Tags"]) for one in params.get("TagSpecifications", ())}
        launched, errors = [], []
        for pool in self.capacity.in_order(pools(params, self._backend)):
            if wanted == 0:
                break
            shown = {"LaunchTemplateSpecification": pool.template, "Overrides": pool.override}
            entry, ids = {"LaunchTemplateAndOverrides": shown, "Lifecycle": market}, []
            while wanted and pool.image in self._backend.amis and self.capacity.take(market, pool):
                ids.append(self._run(pool, market, tags))
                wanted -= 1
            if ids:
                launched.append({**entry, "InstanceIds": ids, "InstanceType": pool.instance_type})
            if wanted:
                errors.append({**entry, **self._shortage(pool)})
        return {"FleetId": random_fleet_id(), "Instances": launched, "Errors": errors}

    def _shortage(self, pool: Pool) -> dict[str, str]:
        if pool.image not in self._backend.amis:
            why = f"The image id '[{pool.image}]' does not exist"
            return {"ErrorCode": "InvalidAMIID.NotFound", "ErrorMessage": why}
        why = f"We currently do not have sufficient {pool.instance_type} capacity in the Availability Zone {pool.zone}."
        return {"ErrorCode": "InsufficientInstanceCapacity", "ErrorMessage": why}

    def _run(self, pool: Pool, market: str, tags: dict[str, dict[str, str]]) -> str:
        disks = pool.override.get("BlockDeviceMappings")
        reservation = self._backend.run_instances(
            image_id=pool.image,
            count=1,
            user_data=None,
            security_group_names=[],
            instance_type=pool.instance_type,
            is_instance_type_default=False,
            launch_template=dict(pool.template),
            subnet_id=pool.subnet,
            placement=pool.zone,
            region_name=self._region,
            lifecycle="spot" if market == "spot" else None,
            tags=tags,
            **({"block_device_mappings": disks} if disks else {}),
        )
        (instance,) = reservation.instances
        disk_keys.judge(instance, self._account, self._region)
        return str(instance.id)
