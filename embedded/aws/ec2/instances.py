"""Instances: what moto forgets of their launch template, and whoever is to hear of their states."""

from collections.abc import Callable
from typing import Any

from moto.ec2.models.instances import Instance, InstanceBackend

from embedded.aws.patches import Patches

FROM_TEMPLATE = {
    "iam_instance_profile": "IamInstanceProfile",
    "instance_initiated_shutdown_behavior": "InstanceInitiatedShutdownBehavior",
    "metadata_options": "MetadataOptions",
}
PASSED = {"running": ("pending", "running"), "terminated": ("shutting-down", "terminated")}


def install(told: Callable[[Any, str], None], patches: Patches) -> None:
    """Tell of every state that an instance comes to, as `told(instance, state)`."""
    run, terminate = InstanceBackend.run_instances, Instance.terminate

    def run_instances(backend: Any, *args: Any, **given: Any) -> Any:
        if chosen := given.get("launch_template"):
            data = backend._get_template_from_args(chosen).data
            given |= {ours: data[name] for ours, name in FROM_TEMPLATE.items() if name in data and not given.get(ours)}
        reservation = run(backend, *args, **given)
        for instance in reservation.instances:
            _tell(instance)
        return reservation

    def end(instance: Any) -> Any:
        again, before = instance.state == "terminated", terminate(instance)
        if not again:
            _tell(instance)
        return before

    def _tell(instance: Any) -> None:
        for state in PASSED[instance.state]:
            told(instance, state)

    patches.replace(InstanceBackend, "run_instances", run_instances)
    patches.replace(Instance, "terminate", end)
