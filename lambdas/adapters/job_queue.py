"""The queue of jobs: what the webhook heard, for `launch` to act on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdas.adapters.errors import named

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient


# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
LONGEST_DELAY = 900


@dataclass(frozen=True, kw_only=True)
class JobQueue:
    """The queue, and the client that reaches it."""

    client: "SQSClient"
    url: str


def send(queue: JobQueue, body: str, delay_seconds: int = 0) -> None:
    """Send a message, to be taken after a delay of 15 minutes at most, or raise AwsError."""
    with named():
        queue.client.send_message(QueueUrl=queue.url, MessageBody=body, DelaySeconds=min(delay_seconds, LONGEST_DELAY))


def hide(queue: JobQueue, receipt_handle: str, seconds: int) -> None:
    """Let a message that was received come again after so many seconds, or raise AwsError."""
    with named():
        queue.client.change_message_visibility(
            QueueUrl=queue.url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
        )
