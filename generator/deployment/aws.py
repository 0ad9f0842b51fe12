"""The account and Region that a command works in: one client per service, and proof that they are the right ones."""

import os
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any

from generator.errors import SpotRunnerError, UsageError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_imagebuilder import ImagebuilderClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_service_quotas import ServiceQuotasClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient

ATTEMPTS = "8"
ClientFactory = Callable[[str], Any]


class Aws:
    """One client per service that the commands use, all of one Region; clients may be shared between threads.

    Each is made when it is first needed: to read AWS's model of EC2 alone takes a tenth of a second.
    """

    cloudformation: "CloudFormationClient"
    dynamodb: "DynamoDBClient"
    ec2: "EC2Client"
    iam: "IAMClient"
    imagebuilder: "ImagebuilderClient"
    s3: "S3Client"
    secretsmanager: "SecretsManagerClient"
    service_quotas: "ServiceQuotasClient"
    sqs: "SQSClient"
    ssm: "SSMClient"
    sts: "STSClient"

    def __init__(self, region: str, make: ClientFactory) -> None:
        self.region = region
        self._make, self._one_at_a_time = make, Lock()

    def __getattr__(self, name: str) -> object:
        """Make the client of a service, and keep it; one at a time, because making clients is not safe in threads."""
        if name not in Aws.__annotations__:
            raise AttributeError(name)
        with self._one_at_a_time:
            return self.__dict__.get(name) or self.__dict__.setdefault(name, self._make(name.replace("_", "-")))


def connect(region: str, role_arn: str = "", *, make_client: ClientFactory | None = None) -> Aws:
    """Return the clients of a Region; raise UsageError for a configuration that the AWS SDK cannot use.

    Inside GitHub Actions `role_arn` is taken by the job's OIDC token; without either, the AWS SDK's own configuration
    (profile, environment, SSO, instance role) gives the credentials. `make_client` takes a service's name, such as
    `EmbeddedAws.client`, and goes before both.
    """
    aws = Aws(region, make_client or _session_factory(region, role_arn))
    _ = aws.sts  # whatever is wrong with the configuration is wrong with the first client
    return aws


def check_account(aws: Aws, expected: str) -> None:
    """Refuse to work in another account than the one of `spot-runner.yaml`."""
    caller = aws.sts.get_caller_identity()
    if caller["Account"] != expected:
        raise SpotRunnerError(
            f"these credentials belong to account {caller['Account']} ({caller['Arn']}), spot-runner.yaml says "
            f"{expected}: use credentials of {expected}, or choose its environment with --environment"
        )


def other_region(region: str) -> tuple[str, str] | None:
    """Return the environment variable and the Region it names, when that is not the one that is used."""
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        named = os.environ.get(variable)
        if named:
            return None if named == region else (variable, named)
    return None


def _session_factory(region: str, role_arn: str) -> ClientFactory:
    from botocore.config import Config  # noqa: PLC0415 - slow to import, and only these commands need it

    from generator.deployment import signin  # noqa: PLC0415 - as above

    session = signin.session(region, role_arn)
    config = Config(retries={"mode": "standard", "total_max_attempts": _attempts()}, max_pool_connections=20)
    make: Any = session.client  # its stubs take literals only

    def client(service: str) -> object:
        try:
            return make(service, config=config)
        except ValueError as error:  # how botocore says that an address or a name in the configuration is none
            raise UsageError(f"the AWS configuration cannot be used: {error}: check AWS_ENDPOINT_URL") from error

    return client


def _attempts() -> int:
    text = os.environ.get("AWS_MAX_ATTEMPTS", ATTEMPTS)
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"AWS_MAX_ATTEMPTS is {text!r}, expected a whole number from 1 on")
    return int(text)
