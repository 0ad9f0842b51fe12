"""The queues of a deployment in an account, empty before each test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from embedded.aws.server import EmbeddedAws
from generator.stacks.queues import DEAD_LETTERS, WAITING

Send = Callable[..., None]
Bodies = Callable[[str], list[str]]


@pytest.fixture
def sqs(here: EmbeddedAws) -> Iterator[Any]:
    """Return a client of an account with the deployment's queues."""
    client = here.client("sqs")
    urls = [client.create_queue(QueueName=f"spot-runner-{name}")["QueueUrl"] for name in (*WAITING, *DEAD_LETTERS)]
    yield client
    here.faults.clear()
    for url in urls:
        client.delete_queue(QueueUrl=url)


@pytest.fixture
def send(sqs: Any) -> Send:
    """Return a way to put a message into a queue; attributes are texts."""

    def put(queue: str, body: str, **attributes: str) -> None:
        url = sqs.get_queue_url(QueueName=f"spot-runner-{queue}")["QueueUrl"]
        typed = {name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()}
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=typed)

    return put


@pytest.fixture
def bodies(sqs: Any) -> Bodies:
    """Return a way to see what anybody could receive from a queue, each message once, in the order of their texts."""

    def receive(queue: str) -> list[str]:
        url, found = sqs.get_queue_url(QueueName=f"spot-runner-{queue}")["QueueUrl"], []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            found += [message["Body"] for message in messages]
        return sorted(found)

    return receive
