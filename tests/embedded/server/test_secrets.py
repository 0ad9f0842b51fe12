"""A rotated secret has two versions for a while, and their ages are those of the embedded AWS's own time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded.aws.server import EmbeddedAws

CURRENT, PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"
Read = Callable[[str], dict[str, Any]]


@pytest.fixture
def read(aws: EmbeddedAws, name: str) -> Read:
    """Make a secret, and return a reader of its versions, by stage."""
    client = aws.client("secretsmanager")
    client.create_secret(Name=name, SecretString="old")
    return lambda stage: dict(client.get_secret_value(SecretId=name, VersionStage=stage))


def test_a_new_secret_has_no_previous_version(read: Read) -> None:
    assert read(CURRENT)["SecretString"] == "old"
    with pytest.raises(ClientError) as refused:
        read(PREVIOUS)
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


@pytest.mark.parametrize("rotate", ["put_secret_value", "update_secret"])
def test_a_rotation_keeps_the_version_before(rotate: str, read: Read, aws: EmbeddedAws, name: str) -> None:
    getattr(aws.client("secretsmanager"), rotate)(SecretId=name, SecretString="new")
    assert [read(stage)["SecretString"] for stage in (CURRENT, PREVIOUS)] == ["new", "old"]


def test_a_version_is_as_old_as_the_clock_says(read: Read, aws: EmbeddedAws, name: str) -> None:
    aws.advance(86_400)
    aws.client("secretsmanager").put_secret_value(SecretId=name, SecretString="new")
    made = {stage: read(stage)["CreatedDate"] for stage in (CURRENT, PREVIOUS)}
    assert abs(aws.clock.now() - made[CURRENT]) < timedelta(minutes=5)
    assert made[CURRENT] - made[PREVIOUS] >= timedelta(days=1)
