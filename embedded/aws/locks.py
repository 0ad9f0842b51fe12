"""What AWS does atomically and moto, behind a threaded server, does not."""

import threading
import time
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult, BaseResponse
from moto.sqs.models import Queue, SQSBackend

from embedded.aws.clock import Clock
from embedded.aws.errors import ServiceError
from embedded.aws.patches import Patches
from embedded.aws.tokens import Tokens

SERIAL = ("dynamodb", "ssm")  # unlocked, moto lets 66 of 60 conditional writes win
TOKEN_SECONDS = 600.0  # how long DynamoDB remembers a transaction's token


def install(clock: Clock, patches: Patches) -> None:
    """Serialise DynamoDB and SSM, remember transactions, and guard SQS's queues; innermost around a request."""
    call_action, locks = BaseResponse.call_action, {service: threading.RLock() for service in SERIAL}
    tokens = Tokens(clock, "IdempotentParameterMismatchException", TOKEN_SECONDS)

    def serial(response: Any) -> Any:
        lock = locks.get(response.boto3_service_name)
        if lock is None:
            return call_action(response)
        with lock:
            if response._get_action() == "TransactWriteItems":
                return _once(response, tokens, lambda: call_action(response))
            return call_action(response)

    patches.replace(BaseResponse, "call_action", serial)
    queues = threading.RLock()
    for name in ("add_message", "delete_message"):
        patches.replace(Queue, name, _guarded(queues, getattr(Queue, name)))
    patches.replace(SQSBackend, "receive_message", _receive(queues, SQSBackend.receive_message))


def _once(response: Any, tokens: Tokens, transact: Callable[[], Any]) -> Any:
    """Run a transaction, or answer a repeated one as before."""
    token = response.params.get("ClientRequestToken")
    key = token and (response.current_account, response.region, token)
    try:
        reply = tokens.once(key, response.params["TransactItems"], transact)
    except ServiceError as error:
        return response.serialized(ActionResult(error))
    if reply[0] != 200:  # noqa: PLR2004 - HTTP's OK
        tokens.forget(key)
    return reply


def _guarded(lock: threading.RLock, method: Any) -> Any:
    def guarded(queue: Any, argument: Any) -> Any:
        with lock:
            return method(queue, argument)

    return guarded


def _receive(lock: threading.RLock, method: Any) -> Any:
    def receive_message(backend: Any, queue_name: str, count: int, wait: int, *rest: Any) -> Any:
        until = time.monotonic() + int(wait or 0)
        while True:
            with lock:
                messages = method(backend, queue_name, count, 0, *rest)
            left = until - time.monotonic()
            if messages or left <= 0:
                return messages
            backend.get_queue(queue_name).wait_for_messages(min(left, 0.5))

    return receive_message
