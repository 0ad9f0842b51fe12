"""The queue of jobs: what the webhook heard, for `launch` to act on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdas.adapters.errors import named

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient


@dataclass(frozen=True, kw_only=True)
class JobQueue:
    """The queue, and the client that reaches it."""

    client: "SQSClient"
    url: str


def send(queue: JobQueue, body: str) -> None:
    """Send a message, or raise AwsError."""
    with named():
        queue.client.send_message(QueueUrl=queue.url, MessageBody=body)
