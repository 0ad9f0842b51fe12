"""The presets' parameters in SSM."""

from typing import TYPE_CHECKING

from lambdas.adapters.errors import NotFoundError, named
from lambdas.core.names import DEPLOYMENT_TAG, PRESET_TAG

if TYPE_CHECKING:
    from mypy_boto3_ssm.client import SSMClient


def get(ssm: "SSMClient", name: str) -> str | None:
    """Return a parameter's value, or None if there is none."""
    try:
        with named():
            return ssm.get_parameter(Name=name)["Parameter"]["Value"]
    except NotFoundError:
        return None


def create(ssm: "SSMClient", name: str, value: str, *, deployment: str, preset: str) -> None:
    """Create a parameter with its tags, or raise ConflictError if it exists: Tags and Overwrite exclude each other."""
    tags = {DEPLOYMENT_TAG: deployment, PRESET_TAG: preset}
    with named():
        ssm.put_parameter(
            Name=name, Value=value, Type="String", Tags=[{"Key": key, "Value": tag} for key, tag in tags.items()]
        )


def overwrite(ssm: "SSMClient", name: str, value: str) -> None:
    """Give a parameter another value."""
    with named():
        ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)


def delete(ssm: "SSMClient", name: str) -> None:
    """Delete a parameter; raise NotFoundError if there is none."""
    with named():
        ssm.delete_parameter(Name=name)


def below(ssm: "SSMClient", path: str) -> dict[str, str]:
    """Return all parameters directly below a path, by name."""
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=path)
    with named():
        return {one["Name"]: one["Value"] for page in pages for one in page["Parameters"]}
