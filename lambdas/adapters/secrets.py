"""Secrets in Secrets Manager: the current version, and where a rotation takes a day, the one before."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from lambdas.adapters.errors import NotFoundError, named

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient
    from mypy_boto3_secretsmanager.type_defs import GetSecretValueResponseTypeDef

# https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version
CURRENT = "AWSCURRENT"
PREVIOUS = "AWSPREVIOUS"


@dataclass(frozen=True, kw_only=True)
class Secret:
    """One secret, and the client that reads it."""

    client: "SecretsManagerClient"
    arn: str


@dataclass(kw_only=True)
class Kept:
    """The values that one container knows, and since when."""

    values: tuple[bytes, ...] = ()
    read_at: datetime | None = None

    def recent(self, read: Callable[[], tuple[bytes, ...]], now: datetime, oldest: timedelta) -> tuple[bytes, ...]:
        """Return the values, read anew if they were read longer ago than `oldest`; raises what `read` raises."""
        if self.read_at is None or now - self.read_at > oldest:
            self.values = read()
            self.read_at = now
        return self.values


def value(secret: Secret) -> bytes:
    """Return the current value; raise NotFoundError if none was ever put there."""
    return content(_version(secret, CURRENT))


def values(secret: Secret, accepts_previous: Callable[[datetime], bool]) -> tuple[bytes, ...]:
    """Return the current value, and the one before it if that is accepted, given when the current one was made."""
    current = _version(secret, CURRENT)
    if not accepts_previous(current["CreatedDate"]):
        return (content(current),)
    try:
        return content(current), content(_version(secret, PREVIOUS))
    except NotFoundError:  # it is the first
        return (content(current),)


def _version(secret: Secret, stage: str) -> "GetSecretValueResponseTypeDef":
    with named():
        return secret.client.get_secret_value(SecretId=secret.arn, VersionStage=stage)


def content(version: "GetSecretValueResponseTypeDef") -> bytes:
    """Return a version's value; the newline at the end of a file that it came from is none of it."""
    found = version["SecretString"].encode() if "SecretString" in version else version["SecretBinary"]
    return found.strip()
