"""A deployment with one preset that has an AMI, and room for everybody: what launches find in the table and in SSM."""

import json
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bench.doubles.dynamodb import Store
from lambdas.adapters.items import encode
from lambdas.core import preset, records
from lambdas.core.image_events import Site
from lambdas.core.names import Names
from lambdas.core.preset import Preset
from lambdas.core.state import Config

TABLE = "spot-runner"
PRESET = "linux-x64"
LABELS = ("self-hosted", f"spotrunner/{PRESET}")
SITE = Site(names=Names(deployment="spot-runner"), partition="aws", region="eu-west-1", account="123456789012")
SUBNETS = ("subnet-1", "subnet-2", "subnet-3")
ROOM = 20_000  # machines: none of the limits that are looked at here


def store() -> Store:
    """Return a table that knows the preset, and no App yet."""
    key = (f"PRESET#{PRESET}", "CONFIG")
    row = {"PK": key[0], "SK": key[1], **records.config_to_record(_config())}
    return Store(items={key: encode(row)})


def parameters() -> dict[str, str]:
    """Return the parameters in SSM."""
    config = _config()
    value = {
        **preset.to_json(config.preset),
        "amiId": "ami-0123456789abcdef0",
        "rootDeviceName": "/dev/sda1",
        "launchTemplateId": config.launch_template_id,
        "launchTemplateVersion": config.launch_template_version,
    }
    return {SITE.names.config_parameter(PRESET): json.dumps(value)}


@cache
def private_key() -> str:
    """Return the Apps' private key, in PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _config() -> Config:
    return Config(
        preset=Preset(name=PRESET, architecture="x86_64", instance_types=("m7i.large", "m7a.large"), max_runners=ROOM),
        recipe_hash="0" * 16,
        pipeline_arn="",
        launch_template_id="lt-0123456789abcdef0",
        launch_template_version="1",
        stack_id="",
    )
