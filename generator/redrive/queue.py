"""One queue in SQS, with the rights of whoever calls the command."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from generator.deployment import aws_errors
from generator.errors import SpotRunnerError
from generator.reporting.place import Place

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef, SendMessageBatchRequestEntryTypeDef

# The most of one batch: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SWFScopedAPI/quotas-messages.html
BATCH, BATCH_BYTES = 10, 2**20
UNKNOWN = {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}
VISIBLE: Final = "ApproximateNumberOfMessages"
HELD: Final = "ApproximateNumberOfMessagesNotVisible"


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A queue of the deployment; `name` is its whole name in AWS."""

    client: "SQSClient"
    name: str
    url: str


def find(place: Place, name: str) -> Queue:
    """Return the deployment's queue of a name such as `jobs-dlq`; raise SpotRunnerError if there is none."""
    whole = f"{place.settings.name}-{name}"
    with aws_errors.explained_to_operators(_right("GetQueueUrl", whole)):
        try:
            url = place.aws.sqs.get_queue_url(QueueName=whole)["QueueUrl"]
        except ClientError as error:
            if aws_errors.code(error) not in UNKNOWN:
                raise
            raise SpotRunnerError(
                f"there is no queue {whole} in {place.settings.region}: deploy first, or choose another --environment"
            ) from error
    return Queue(client=place.aws.sqs, name=whole, url=url)


def depth(queue: Queue) -> tuple[int, int]:
    """Return about how many messages lie in a queue, and how many more somebody holds at the moment."""
    with aws_errors.explained_to_operators(_right("GetQueueAttributes", queue.name)):
        answer = queue.client.get_queue_attributes(QueueUrl=queue.url, AttributeNames=[VISIBLE, HELD])
    return int(answer["Attributes"][VISIBLE]), int(answer["Attributes"][HELD])


def batches(queue: Queue, expected: int, held_seconds: int) -> Iterator[Sequence["MessageTypeDef"]]:
    """Yield messages until there are no more; each is nobody else's for a while, and stays unless it is deleted.

    While fewer have come than were expected, SQS is asked to look at all of its servers, which takes up to a second.
    """
    received = 0
    while True:
        with aws_errors.explained_to_operators(_right("ReceiveMessage", queue.name)):
            answer = queue.client.receive_message(
                QueueUrl=queue.url,
                MaxNumberOfMessages=BATCH,
                MessageAttributeNames=["All"],
                VisibilityTimeout=held_seconds,
                WaitTimeSeconds=1 if received < expected else 0,
            )
        messages = answer.get("Messages", [])
        if not messages:
            return
        received += len(messages)
        yield messages


def send(queue: Queue, messages: Sequence["MessageTypeDef"]) -> tuple[Sequence["MessageTypeDef"], str | None]:
    """Send messages as they are; return those that the queue took, and why it did not take one of the others."""
    entries: list[SendMessageBatchRequestEntryTypeDef] = [
        {"Id": str(number), "MessageBody": one["Body"], "MessageAttributes": one.get("MessageAttributes", {})}
        for number, one in enumerate(messages)
    ]
    fits = sum(len(one["Body"].encode()) for one in messages) <= BATCH_BYTES
    taken, refused = [], None
    for some in [entries] if fits else [[entry] for entry in entries]:
        with aws_errors.explained_to_operators(_right("SendMessage", queue.name)):
            answer = queue.client.send_message_batch(QueueUrl=queue.url, Entries=some)
        taken += [messages[int(one["Id"])] for one in answer.get("Successful", [])]
        refused = next((one.get("Message", one["Code"]) for one in answer.get("Failed", [])), refused)
    return taken, refused


def delete(queue: Queue, messages: Sequence["MessageTypeDef"]) -> None:
    """Delete messages; raise SpotRunnerError if one of them stays."""
    with aws_errors.explained_to_operators(_right("DeleteMessage", queue.name)):
        answer = queue.client.delete_message_batch(
            QueueUrl=queue.url,
            Entries=[{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(messages)],
        )
    for one in answer.get("Failed", []):
        raise SpotRunnerError(f"{queue.name} kept a message ({one['Code']}): repeat the command")


def put_back(queue: Queue, messages: Sequence["MessageTypeDef"]) -> None:
    """Let others have messages again that were only looked at; where it fails, they come back by themselves."""
    for start in range(0, len(messages), BATCH):
        some = messages[start : start + BATCH]
        with aws_errors.explained_to_operators(_right("ChangeMessageVisibility", queue.name)):
            queue.client.change_message_visibility_batch(
                QueueUrl=queue.url,
                Entries=[
                    {"Id": str(n), "ReceiptHandle": one["ReceiptHandle"], "VisibilityTimeout": 0}
                    for n, one in enumerate(some)
                ],
            )


def _right(action: str, name: str) -> str:
    return f"sqs:{action} on queue {name}"
