"""SQS as Lambda's event source: batches, partial failures, redelivery when the visibility timeout is over."""

import json
import logging
import threading
import time
import uuid
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.awslambda.models import lambda_backends
from moto.sqs.models import Queue, sqs_backends

from embedded.aws.clients import Clients
from embedded.aws.lambda_api import LambdaApi
from embedded.aws.lambda_host import ThrottledError
from embedded.aws.patches import Patches
from embedded.aws.work import Work

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.05
REFUSED_SECONDS = 1.0  # how long a mapping rests whose role may not poll
BATCHES = 3  # in flight for one mapping, unless it says less


class Pollers:
    """Polls the queues of all enabled event source mappings of one account and Region."""

    def __init__(self, functions: LambdaApi, clients: Clients, work: Work, account: str, region: str) -> None:
        self._account, self._region = account, region
        self._functions, self._clients, self._work = functions, clients, work
        self._wake, self._stopped = threading.Event(), False
        self._batches: dict[str, int] = {}  # in flight, by mapping
        self._receiving: set[str] = set()
        self._resting: dict[str, float] = {}
        self._thread = threading.Thread(target=self._run, name="pollers", daemon=True)

    def install(self, patches: Patches) -> None:
        """Patch moto, and poll until the patches end."""
        add_message, wake = Queue.add_message, self._wake

        def quiet_add(queue: Any, message: Any) -> None:
            mappings, queue.lambda_event_source_mappings = queue.lambda_event_source_mappings, {}
            try:
                add_message(queue, message)  # without moto's own delivery, one message at a time, inline
            finally:
                queue.lambda_event_source_mappings = mappings
            wake.set()

        patches.replace(Queue, "add_message", quiet_add)
        self._thread.start()
        patches.callback(self._stop)

    def _stop(self) -> None:
        self._stopped = True
        self._wake.set()
        self._thread.join()

    def waiting(self) -> str | None:
        """Name a queue that has messages which a mapping will take at once, or None."""
        return next(
            (f"messages in {mapping.event_source_arn}" for mapping in self._mappings() if self._has(mapping)), None
        )

    def _mappings(self) -> list[Any]:
        return [m for m in lambda_backends[self._account][self._region]._event_source_mappings.values() if m.enabled]

    def _has(self, mapping: Any) -> bool:
        queue = sqs_backends[self._account][self._region].queues.get(mapping.event_source_arn.split(":")[-1])
        return bool(queue and queue.messages) and mapping.uuid not in self._resting

    def _run(self) -> None:
        while not self._stopped:
            self._wake.wait(TICK_SECONDS)
            self._wake.clear()
            now = time.monotonic()
            self._resting = {name: until for name, until in self._resting.items() if until > now}
            for mapping in self._mappings():
                most = (mapping.scaling_config or {}).get("MaximumConcurrency", BATCHES)
                free = self._batches.get(mapping.uuid, 0) < min(most, BATCHES) and mapping.uuid not in self._receiving
                if free and self._has(mapping):
                    self._receiving.add(mapping.uuid)
                    self._work.submit(lambda mapping=mapping: self._poll(mapping))  # type: ignore[misc]

    def _poll(self, mapping: Any) -> None:
        try:
            function = self._functions.find(mapping.function_arn)
            if function is None:
                self._resting[mapping.uuid] = time.monotonic() + REFUSED_SECONDS
                return
            self._batches[mapping.uuid] = self._batches.get(mapping.uuid, 0) + 1
            try:
                self._take(mapping, function)
            finally:
                self._batches[mapping.uuid] -= 1
        except (ClientError, BotoCoreError) as error:
            logger.warning("%s cannot be polled: %s", mapping.event_source_arn, error)
            self._resting[mapping.uuid] = time.monotonic() + REFUSED_SECONDS
        finally:
            self._receiving.discard(mapping.uuid)
            self._wake.set()

    def _take(self, mapping: Any, function: Any) -> None:
        """Receive a batch, run it and delete what succeeded, all with the permissions of the function's role."""
        client = self._clients.role("sqs", function.role)
        url = f"{client.meta.endpoint_url}/{self._account}/{mapping.event_source_arn.split(':')[-1]}"
        received = client.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(mapping.batch_size, 10),
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
            WaitTimeSeconds=0,
        )
        messages = received.get("Messages", [])
        self._receiving.discard(mapping.uuid)
        self._wake.set()
        failed = self._failed(mapping, function, messages) if messages else set()
        done = [message for message in messages if message["MessageId"] not in failed]
        if done:
            entries = [{"Id": str(number), "ReceiptHandle": it["ReceiptHandle"]} for number, it in enumerate(done)]
            client.delete_message_batch(QueueUrl=url, Entries=entries)

    def _failed(self, mapping: Any, function: Any, messages: list[dict[str, Any]]) -> set[str]:
        """Run the batch; return the ids of the messages that failed, which come back when they are visible again.

        A malformed answer fails the whole batch.
        https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
        """
        everything = {message["MessageId"] for message in messages}
        event = {"Records": [_record(mapping.event_source_arn, message) for message in messages]}
        try:
            answer, _ = self._functions.invoke(function, json.dumps(event).encode(), str(uuid.uuid4()))
        except ThrottledError:
            return everything
        if answer.error:
            return everything
        if "ReportBatchItemFailures" not in (mapping.function_response_types or []):
            return set()
        try:
            report = json.loads(answer.payload) or {}
            failed = {failure["itemIdentifier"] for failure in report.get("batchItemFailures") or []}
        except (ValueError, KeyError, TypeError, AttributeError):
            return everything
        return everything if failed - everything else failed


def _record(arn: str, message: dict[str, Any]) -> dict[str, Any]:
    attributes = {
        name: {"dataType": value["DataType"], "stringValue": value.get("StringValue")}
        for name, value in message.get("MessageAttributes", {}).items()
    }
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": attributes,
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": arn.split(":")[3],
    }
