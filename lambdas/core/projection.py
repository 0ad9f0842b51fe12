"""What the SSM parameter of a preset holds: the preset merged with the AMI that serves; launches read nothing else."""

import json
from datetime import UTC, datetime

from lambdas.core import preset, times
from lambdas.core.errors import ProjectionTooLargeError
from lambdas.core.preset import Preset
from lambdas.core.state import AmiState, Config

MAX_BYTES = 4096  # of a standard parameter
PRESET_KEYS = ("name", "architecture", "platform", "instanceTypes", "labels", "timeout", "diskSizeGb", "spotStrategy")
LONGEST = datetime(9999, 12, 31, 23, 59, 59, 999000, UTC)


def projection(config: Config, state: AmiState) -> str:
    """Return the parameter's value, JSON of at most 4,096 bytes; raise ProjectionTooLargeError if it would be longer.

    `amiId` and all that follows from it are null until the first AMI.
    """
    merged = preset.to_json(config.preset)
    text = json.dumps(
        {key: merged[key] for key in PRESET_KEYS}
        | {
            "amiId": state.ami_id,
            "launchTemplateId": config.launch_template_id,
            "launchTemplateVersion": config.launch_template_version,
            "rootDeviceName": state.root_device_name,
            "recipeHash": state.recipe_hash,
            "amiBuiltAt": times.text(state.ami_built_at) if state.ami_built_at else None,
            "version": state.version,
        },
        separators=(",", ":"),
        ensure_ascii=False,
    )
    if (size := len(text.encode())) > MAX_BYTES:
        raise ProjectionTooLargeError(
            f"the SSM parameter of {config.preset.name} would hold {size} bytes, at most {MAX_BYTES} are accepted: "
            "shorten instanceTypes or labels"
        )
    return text


def check_size(deployed: Preset) -> None:
    """Raise ProjectionTooLargeError if a preset's parameter could ever pass 4 KB, whatever its AMI."""
    config = Config(
        preset=deployed,
        recipe_hash="0" * 16,
        pipeline_arn="",
        launch_template_id="lt-" + "0" * 17,
        launch_template_version="0" * 9,
        stack_id="",
    )
    state = AmiState(
        preset_name=deployed.name,
        status="ready",
        updated_at=LONGEST,
        since=LONGEST,
        version=10**9,
        ami_id="ami-" + "0" * 17,
        root_device_name="/dev/" + "x" * 20,
        recipe_hash=config.recipe_hash,
        ami_built_at=LONGEST,
    )
    projection(config, state)
