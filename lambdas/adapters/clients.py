"""The clients of a function, made once per container, and the world that a handler acts in."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import boto3
from botocore.config import Config

from lambdas.adapters.job_queue import JobQueue
from lambdas.adapters.table import Table
from lambdas.core.image_events import Site
from lambdas.core.names import Names

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_ec2.client import EC2Client
    from mypy_boto3_imagebuilder.client import ImagebuilderClient
    from mypy_boto3_secretsmanager.client import SecretsManagerClient
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_ssm.client import SSMClient

PACED = "CallRateLimitExceededException"  # Image Builder's own word for throttling, which botocore does not know
PACED_ATTEMPTS = 5


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How long a function waits for AWS, so that one stalled call leaves it time for what must still be done.

    Every attempt of a call takes so many seconds to connect and to be read, at most; Image Builder's pacing is waited
    for so many seconds in all calls of an invocation together.
    """

    read_seconds: int
    attempts: int
    patience_seconds: float = 0.0
    connect_seconds: int = 1

    @property
    def config(self) -> Config:
        """Return them as botocore takes them."""
        return Config(
            retries={"mode": "standard", "total_max_attempts": self.attempts},
            connect_timeout=self.connect_seconds,
            read_timeout=self.read_seconds,
        )


class Context(Protocol):
    """What Lambda says of an invocation."""

    @property
    def invoked_function_arn(self) -> str:
        """Return the function's own ARN."""

    @property
    def aws_request_id(self) -> str:
        """Return the id of this invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """Return how long this invocation may still take."""


@dataclass(frozen=True, kw_only=True)
class World:
    """All that a handler acts on; `now` is one moment for the whole invocation, in whole seconds."""

    site: Site
    table: Table
    ssm: "SSMClient"
    imagebuilder: "ImagebuilderClient"
    ec2: "EC2Client"
    jobs: JobQueue
    now: datetime


def world(context: Context, bounds: Bounds) -> World:
    """Return the world of one invocation, which waits with patience of its own."""
    _patience.left_seconds = bounds.patience_seconds
    return World(
        site=site(context),
        table=table(bounds),
        ssm=ssm(bounds),
        imagebuilder=_imagebuilder(bounds),
        ec2=ec2(bounds),
        jobs=jobs(bounds),
        now=now(),
    )


def table(bounds: Bounds) -> Table:
    """Return the table that the environment names."""
    return Table(client=_dynamodb(bounds), name=os.environ["TABLE"])


def jobs(bounds: Bounds) -> JobQueue:
    """Return the queue of jobs that the environment names."""
    return JobQueue(client=sqs(bounds), url=os.environ["JOBS_QUEUE_URL"])


def site(context: Context) -> Site:
    """Return where the function lives: its ARN is `arn:<partition>:lambda:<region>:<account>:function:<name>`."""
    _, partition, _, region, account, *_ = context.invoked_function_arn.split(":")
    names = Names(deployment=os.environ["DEPLOYMENT"])
    return Site(names=names, partition=partition, region=region, account=account)


def now() -> datetime:
    """Return the time in whole seconds, as the table keeps it."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(kw_only=True)
class Patience:
    """How many seconds one invocation may still wait for Image Builder, in all its calls together.

    However many calls are paced, what follows them still gets done before the function's time is over.
    """

    left_seconds: float = 0.0

    def wait(self, response: tuple[object, Mapping[str, Any]] | None, attempts: int, **_: object) -> float | None:
        """Return the seconds after which botocore repeats a call that Image Builder paced, or None to give up."""
        code = response[1].get("Error", {}).get("Code") if response else None
        seconds = float(2**attempts) / 2
        if code != PACED or attempts >= PACED_ATTEMPTS or seconds > self.left_seconds:
            return None
        self.left_seconds -= seconds
        return seconds


_patience = Patience()  # of the one invocation that a container handles at a time


@cache
def sqs(bounds: Bounds) -> "SQSClient":
    """Return the client of the queues."""
    return boto3.client("sqs", config=bounds.config)


@cache
def secretsmanager(bounds: Bounds) -> "SecretsManagerClient":
    """Return the client of the secrets."""
    return boto3.client("secretsmanager", config=bounds.config)


@cache
def _dynamodb(bounds: Bounds) -> "DynamoDBClient":
    return boto3.client("dynamodb", config=bounds.config)


@cache
def ssm(bounds: Bounds) -> "SSMClient":
    """Return the client of the parameters."""
    return boto3.client("ssm", config=bounds.config)


@cache
def ec2(bounds: Bounds) -> "EC2Client":
    """Return the client of AMIs and machines."""
    return boto3.client("ec2", config=bounds.config)


@cache
def _imagebuilder(bounds: Bounds) -> "ImagebuilderClient":
    made = boto3.client("imagebuilder", config=bounds.config)
    made.meta.events.register("needs-retry.imagebuilder", _patience.wait)  # type: ignore[arg-type]  # its answers count
    return made
