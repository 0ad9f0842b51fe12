"""What AWS does atomically and moto, behind a threaded server, does not."""

import threading
import time
from typing import Any

from moto.core.responses import ActionResult, BaseResponse
from moto.sqs.models import Queue, SQSBackend

from embedded.aws.clock import Clock
from embedded.aws.errors import ServiceError
from embedded.aws.patches import Patches

SERIAL = {"dynamodb", "ssm"}  # unlocked, moto lets 66 of 60 conditional writes win
TOKEN_SECONDS = 600.0  # how long DynamoDB remembers a transaction's token


class Locks:
    """Serialises DynamoDB and SSM, remembers transactions, and guards SQS's queues."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._patches = clock, Patches()
        self._locks = {service: threading.RLock() for service in SERIAL}
        self._queues = threading.RLock()
        self._transactions: dict[tuple[str, str], tuple[float, Any, Any]] = {}

    def install(self) -> None:
        """Patch moto; the innermost of all that wraps the same method."""
        call_action, locks = BaseResponse.call_action, self

        def serial(response: Any) -> Any:
            lock = locks._locks.get(response.boto3_service_name)
            if lock is None:
                return call_action(response)
            with lock:
                if response._get_action() == "TransactWriteItems":
                    return locks._once(response, call_action)
                return call_action(response)

        self._patches.replace(BaseResponse, "call_action", serial)
        for name in ("add_message", "delete_message"):
            self._patches.replace(Queue, name, self._guarded(getattr(Queue, name)))
        self._patches.replace(SQSBackend, "receive_message", self._receive(SQSBackend.receive_message))

    def uninstall(self) -> None:
        """Restore moto."""
        self._patches.undo()

    def _once(self, response: Any, call_action: Any) -> Any:
        """Run a transaction, or answer a repeated one as before; called with DynamoDB's lock held."""
        items, token = response.params["TransactItems"], response.params.get("ClientRequestToken")
        key, now = (f"{response.current_account}/{response.region}", str(token)), self._clock.timestamp()
        if token and key in self._transactions and now - self._transactions[key][0] < TOKEN_SECONDS:
            _, before, reply = self._transactions[key]
            if before == items:
                return reply
            message = "The request uses the same client token as a previous, but non-identical request."
            return response.serialized(ActionResult(ServiceError("IdempotentParameterMismatchException", message)))
        reply = call_action(response)
        if token and reply[0] == 200:  # noqa: PLR2004 - HTTP's OK
            self._transactions[key] = now, items, reply
        return reply

    def _guarded(self, method: Any) -> Any:
        def guarded(queue: Any, argument: Any) -> Any:
            with self._queues:
                return method(queue, argument)

        return guarded

    def _receive(self, method: Any) -> Any:
        def receive_message(
            backend: Any, queue_name: str, count: int, wait: int, visibility: int, attributes: Any = None
        ) -> Any:
            until = time.monotonic() + int(wait or 0)
            while True:
                with self._queues:
                    messages = method(backend, queue_name, count, 0, visibility, attributes)
                left = until - time.monotonic()
                if messages or left <= 0:
                    return messages
                backend.get_queue(queue_name).wait_for_messages(min(left, 0.5))

        return receive_message
