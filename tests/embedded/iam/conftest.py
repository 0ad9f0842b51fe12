"""moto's in-process server with IAM at work: roles with the policies of a test, and clients with their credentials."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
import pytest
from moto.moto_api._internal.models import moto_api_backend

from embedded.aws.clients import Credentials
from embedded.aws.iam import Enforcement
from embedded.aws.patches import Patches

REGION = "eu-west-1"
TRUST = {"Version": "2012-10-17", "Statement": []}


@cache
def administrator(url: str, service: str) -> Any:
    return boto3.client(service, endpoint_url=url, region_name=REGION)


@dataclass(kw_only=True)
class World:
    """What a test sees: the administrator's clients, roles, and what was decided."""

    url: str
    enforcement: Enforcement

    def admin(self, service: str) -> Any:
        """Return a client that may do everything."""
        return administrator(self.url, service)

    def role(self, *statements: dict[str, Any], name: str = "worker", **more: Any) -> str:
        """Make a role with these statements (Effect: Allow unless said), and return its ARN."""
        iam = self.admin("iam")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST), **more)
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]}
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(document))
        return str(made["Role"]["Arn"])

    def policy(self, name: str, *statements: dict[str, Any]) -> str:
        """Make a managed policy and return its ARN."""
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]}
        made = self.admin("iam").create_policy(PolicyName=name, PolicyDocument=json.dumps(document))
        return str(made["Policy"]["Arn"])

    def as_role(self, service: str, role_arn: str) -> Any:
        """Return a client with credentials of the role."""
        given = self.admin("sts").assume_role(RoleArn=role_arn, RoleSessionName="test")["Credentials"]
        return self.client(
            service,
            Credentials(
                access_key_id=given["AccessKeyId"],
                secret_access_key=given["SecretAccessKey"],
                session_token=given["SessionToken"],
            ),
        )

    def client(self, service: str, credentials: Credentials) -> Any:
        """Return a client with these credentials."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token,
        )

    def may(self, service: str, *statements: dict[str, Any], **more: Any) -> Any:
        """Return a client of a new role with these statements."""
        return self.as_role(service, self.role(*statements, **more))


@pytest.fixture
def world(url: str) -> Iterator[World]:
    moto_api_backend.reset()  # others leave things behind
    enforcement = Enforcement()
    with Patches() as patches:
        enforcement.install(patches)
        yield World(url=url, enforcement=enforcement)
