"""Lambda's asynchronous invocations: retries, age, and where events go in the end."""

import json
import logging
import time
import uuid
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from embedded.aws.clients import Clients
from embedded.aws.clock import Clock
from embedded.aws.lambda_host import Record, ThrottledError
from embedded.aws.work import Work
from embedded.functions.runtime_api import Answer

logger = logging.getLogger(__name__)

BACKOFF_SECONDS = 0.05  # AWS waits a minute, then two: here nobody waits
THROTTLED_SECONDS = 20.0  # real seconds after which a throttled event counts as too old


class AsyncInvoker:
    """Runs queued events; `attempt` is the synchronous invocation that it repeats."""

    attempt: Callable[[Any, bytes, str], tuple[Answer, Record]]

    def __init__(self, work: Work, clients: Clients, clock: Clock) -> None:
        self._work, self._clients, self._clock = work, clients, clock

    def invoke(self, function: Any, payload: bytes) -> None:
        """Queue one event for moto's function."""
        queued_at = self._clock.timestamp()
        self._work.submit(lambda: self._run(function, payload, queued_at))

    def _run(self, function: Any, payload: bytes, queued_at: float) -> None:
        config = function.event_invoke_config[-1].config if function.event_invoke_config else {}
        tries = 1 + config.get("MaximumRetryAttempts", 2)
        oldest = queued_at + config.get("MaximumEventAgeInSeconds", 6 * 3600)
        request_id, give_up = str(uuid.uuid4()), time.monotonic() + THROTTLED_SECONDS
        answer, made = None, 0
        while made < tries and (answer is None or self._clock.timestamp() <= oldest):
            try:
                answer, _ = self.attempt(function, payload, request_id)
            except ThrottledError:
                if int(function.reserved_concurrency) == 0 or time.monotonic() > give_up:
                    break
            else:
                made += 1
                if not answer.error:
                    return
            self._work.pause(BACKOFF_SECONDS)
        condition = "RetriesExhausted" if made >= tries else "EventAgeExceeded"
        logger.warning("%s failed after %d tries (%s)", function.function_name, made, condition)
        self._send(function, config, _report(function, request_id, payload, answer, made, condition))

    def _send(self, function: Any, config: dict[str, Any], report: dict[str, Any]) -> None:
        """Send the report to the destination, with the function's own permissions, as AWS does."""
        arn = config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        if not arn:
            return
        client = self._clients.role("sqs", function.role)
        body = json.dumps({"timestamp": self._clock.now().isoformat(), **report})
        try:
            url = f"{client.meta.endpoint_url}/{arn.split(':')[4]}/{arn.split(':')[5]}"
            client.send_message(QueueUrl=url, MessageBody=body)
        except ClientError as error:
            logger.warning("the event of %s is lost: %s", function.function_name, error)


def _report(
    function: Any, request_id: str, payload: bytes, answer: Answer | None, tries: int, condition: str
) -> dict[str, Any]:
    """Return the record that a destination gets.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    report: dict[str, Any] = {
        "version": "1.0",
        "requestContext": {
            "requestId": request_id,
            "functionArn": f"{function.function_arn}:$LATEST",
            "condition": condition,
            "approximateInvokeCount": tries,
        },
        "requestPayload": json.loads(payload),
    }
    if answer is not None:
        context = {"statusCode": 200, "executedVersion": "$LATEST"}
        report["responseContext"] = context | ({"functionError": "Unhandled"} if answer.error else {})
        report["responsePayload"] = json.loads(answer.payload)
    return report
