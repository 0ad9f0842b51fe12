"""A preset as launches see it: its parameter in SSM tells of the AMI that serves, its row of the rest."""

import json
from dataclasses import dataclass

from lambdas.core.preset import Preset
from lambdas.core.state import Config


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A preset that has an AMI, and the launch template that goes with it."""

    preset: Preset
    ami_id: str
    root_device_name: str
    launch_template_id: str
    launch_template_version: str


def deployed(config: Config | None, parameter: str | None) -> Deployed | str:
    """Return a preset that can be launched, or why it cannot be yet."""
    if config is None or parameter is None:
        return "the preset is not deployed"
    said = json.loads(parameter)
    if not said["amiId"] or not said["rootDeviceName"]:
        return "the preset has no AMI yet"
    return Deployed(
        preset=config.preset,
        ami_id=said["amiId"],
        root_device_name=said["rootDeviceName"],
        launch_template_id=said["launchTemplateId"],
        launch_template_version=said["launchTemplateVersion"],
    )
