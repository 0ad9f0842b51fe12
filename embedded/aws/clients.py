"""How the parts of the embedded AWS call it: real boto3 clients, as the administrator or as a role."""

import threading
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

ADMINISTRATOR = "AKIAADMINISTRATOR000"  # any key that no role was given is the administrator's
_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 3}, s3={"addressing_style": "path"})


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What STS hands out."""

    access_key_id: str
    secret_access_key: str = "-"  # noqa: S105 - none is checked
    session_token: str | None = None


class Clients:
    """boto3 clients of one endpoint and Region."""

    def __init__(self, endpoint_url: str, region: str) -> None:
        self._endpoint_url, self._region = endpoint_url, region
        self._session = boto3.Session(region_name=region)
        self._making = threading.Lock()  # a session makes one client at a time
        self._made: dict[tuple[str, str], Any] = {}

    def administrator(self, service: str) -> Any:
        """Return the shared client that may do everything."""
        return self._made.get((service, "")) or self._made.setdefault((service, ""), self.keyed(service, ADMINISTRATOR))

    def keyed(self, service: str, access_key_id: str) -> Any:
        """Return a client of whoever has an access key."""
        return self.client(service, Credentials(access_key_id=access_key_id))

    def role(self, service: str, role_arn: str) -> Any:
        """Return the shared client that an AWS service uses when it acts as a role."""
        if (service, role_arn) not in self._made:
            self._made[service, role_arn] = self.client(service, assume(role_arn, "aws-service", self._region))
        return self._made[service, role_arn]

    def client(self, service: str, credentials: Credentials) -> Any:
        """Return a client with these credentials."""
        make: Any = self._session.client  # typed for literal names only
        with self._making:
            return make(
                service,
                endpoint_url=self._endpoint_url,
                aws_access_key_id=credentials.access_key_id,
                aws_secret_access_key=credentials.secret_access_key,
                aws_session_token=credentials.session_token,
                config=_CONFIG,
            )


def assume(role_arn: str, session_name: str, region: str) -> Credentials:
    """Return credentials of a role, as an AWS service gets them that runs as it."""
    backend = sts_backends[role_arn.split(":")[4]][get_partition(region)]
    role = backend.assume_role(
        region_name=region, role_session_name=session_name, role_arn=role_arn, policy="", duration=3600, external_id=""
    )
    return Credentials(
        access_key_id=role.access_key_id, secret_access_key=role.secret_access_key, session_token=role.session_token
    )
