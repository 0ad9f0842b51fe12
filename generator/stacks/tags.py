"""The tags by which this product knows its own: only what carries them is ever changed or removed."""

from collections.abc import Mapping

from troposphere import Tags, ec2

from lambdas.core.names import DEPLOYMENT_TAG, PRESET_TAG

NAME_TAG = "Name"


def of_deployment(deployment: str) -> dict[str, str]:
    """Return the tags of what belongs to the whole deployment."""
    return {DEPLOYMENT_TAG: deployment}


def of_preset(deployment: str, preset: str) -> dict[str, str]:
    """Return the tags of what belongs to one preset."""
    return {DEPLOYMENT_TAG: deployment, PRESET_TAG: preset}


def listed(tags: Mapping[str, str]) -> Tags:
    """Return tags as a list of keys and values, the form of most resource types."""
    return Tags(dict(tags))


def specification(resource_type: str, tags: Mapping[str, str]) -> ec2.TagSpecifications:
    """Return tags for something that EC2 makes from a launch template; `resource_type` is EC2's word for it."""
    return ec2.TagSpecifications(ResourceType=resource_type, Tags=listed(tags))
