"""EC2's instant fleets, images and instance events, put into moto."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

from moto import settings
from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ec2.models.amis import AmiBackend
from moto.ec2.models.instances import InstanceBackend
from moto.ec2.responses.fleets import Fleets as FleetResponse
from moto.ec2.utils import random_fleet_id

from embedded.aws.clock import Clock
from embedded.aws.ec2.pools import Capacity, Pool, pools
from embedded.aws.errors import ServiceError
from embedded.aws.patches import Patches

WARNING_SECONDS = 120  # between a spot interruption's warning and the end
OPTIONS = {"spot": "SpotOptions", "on-demand": "OnDemandOptions"}
SUPPORTED = {
    "Type",
    "ClientToken",
    "LaunchTemplateConfigs",
    "TargetCapacitySpecification",
    "TagSpecifications",
    *OPTIONS.values(),
}


class Fleets:
    """EC2 of one account and Region; `capacity` holds what is left in its pools, and prices."""

    def __init__(self, account: str, region: str, clock: Clock, publish: Callable[[dict[str, Any]], None]) -> None:
        """`publish` takes one event in EventBridge's full shape."""
        self._account, self._region, self._clock, self._publish = account, region, clock, publish
        self._patches, self._lock = Patches(), threading.RLock()
        self._answers: dict[str, tuple[Any, Any]] = {}
        self.capacity = Capacity()

    def install(self) -> None:
        """Patch moto."""
        describe, run, end = (
            AmiBackend.describe_images,
            InstanceBackend.run_instances,
            InstanceBackend.terminate_instances,
        )

        def describe_images(backend: Any, ami_ids: Any = None, *rest: Any, **named: Any) -> Any:
            missing = [one for one in ami_ids or () if one not in backend.amis]
            if missing:  # moto passes over deregistered images, and over any if one exists
                raise ServiceError("InvalidAMIID.NotFound", f"The image id '[{', '.join(missing)}]' does not exist")
            return describe(backend, ami_ids, *rest, **named)

        def run_instances(*given: Any, **named: Any) -> Any:
            reservation = run(*given, **named)
            for instance in reservation.instances:
                self._changed(instance.id, "running")
            return reservation

        def terminate_instances(backend: Any, instance_ids: list[str]) -> Any:
            ended = end(backend, instance_ids)
            for instance, before in ended:
                if before.name != "terminated":
                    self._changed(instance.id, "terminated")
            return ended

        self._patches.replace(AmiBackend, "describe_images", describe_images)
        self._patches.replace(InstanceBackend, "run_instances", run_instances)
        self._patches.replace(InstanceBackend, "terminate_instances", terminate_instances)
        self._patches.replace(
            FleetResponse, "create_fleet", lambda response: ActionResult(self._create(response.params))
        )
        self._patches.replace(settings, "ENABLE_AMI_VALIDATION", True)

    def uninstall(self) -> None:
        """Restore moto."""
        self._patches.undo()

    def interrupt(self, instance_id: str) -> None:
        """Warn of a spot interruption, and end the instance two minutes later.

        The event's ARN names a zone and no account.
        https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
        """
        zone = self._backend.get_instance(instance_id).placement.zone
        detail = {"instance-id": instance_id, "instance-action": "terminate"}
        resource = f"arn:aws:ec2:{zone}:instance/{instance_id}"
        self._announce("EC2 Spot Instance Interruption Warning", resource, detail)
        self._clock.call_in(WARNING_SECONDS, lambda: self._backend.terminate_instances([instance_id]))

    @property
    def _backend(self) -> Any:
        return ec2_backends[self._account][self._region]

    def _create(self, params: dict[str, Any]) -> Any:
        if params.get("Type") != "instant" or set(params) - SUPPORTED:
            unknown = ", ".join(sorted(set(params) - SUPPORTED)) or f"Type {params.get('Type')}"
            raise ServiceError("Unsupported", f"The embedded AWS does not emulate {unknown} of CreateFleet.")
        token = params.get("ClientToken", str(uuid.uuid4()))
        with self._lock:
            before, answer = self._answers.get(token, (params, None))
            if before != params:
                raise ServiceError("IdempotentParameterMismatch", "The client token was used with other parameters.")
            if answer is None:
                answer = self._launch(params)
                self._answers[token] = (params, answer)
            return answer

    def _launch(self, params: dict[str, Any]) -> dict[str, Any]:
        """Fill the fleet pool by pool; what a pool lacks is an entry in Errors, with HTTP 200."""
        target = params["TargetCapacitySpecification"]
        market, wanted = target.get("DefaultTargetCapacityType", "on-demand"), target["TotalTargetCapacity"]
        strategy = params.get(OPTIONS[market], {}).get("AllocationStrategy", "lowest-price")
        tags = {
            one["ResourceType"]: {tag["Key"]: tag["Value"] for tag in one["Tags"]}
            for one in params.get("TagSpecifications", ())
        }
        launched, errors = [], []
        for pool in self.capacity.in_order(strategy, pools(params, self._backend)):
            if wanted == 0:
                break
            entry = {"LaunchTemplateAndOverrides": _shown(pool), "Lifecycle": market}
            ids = []
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
        disks = (
            {"block_device_mappings": pool.override["BlockDeviceMappings"]}
            if "BlockDeviceMappings" in pool.override
            else {}
        )
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
            **disks,
        )
        return str(reservation.instances[0].id)

    def _changed(self, instance_id: str, state: str) -> None:
        resource = f"arn:aws:ec2:{self._region}:{self._account}:instance/{instance_id}"
        detail = {"instance-id": instance_id, "state": state}
        self._announce("EC2 Instance State-change Notification", resource, detail)

    def _announce(self, detail_type: str, resource: str, detail: dict[str, str]) -> None:
        self._publish(
            {
                "version": "0",
                "id": str(uuid.uuid4()),
                "detail-type": detail_type,
                "source": "aws.ec2",
                "account": self._account,
                "time": self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
                "region": self._region,
                "resources": [resource],
                "detail": detail,
            }
        )


def _shown(pool: Pool) -> dict[str, Any]:
    return {"LaunchTemplateSpecification": pool.template, "Overrides": pool.override}
