"""A queue of SQS: delays, messages in flight, and the dead letters in the end.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
"""

import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from bench.doubles.caller import Caller

LONGEST_DELAY = 900
MOST_IN_FLIGHT = 120_000


@dataclass(kw_only=True)
class Message:
    """One message; it can be received from `visible_at` on, in seconds since the epoch."""

    message_id: str
    body: str
    visible_at: float
    receives: int = 0


@dataclass(kw_only=True)
class Queue:
    """The messages that wait, those in flight by their handles, and those that were received too often."""

    now: Callable[[], float]
    visibility_seconds: int
    most_receives: int
    in_flight: dict[str, Message] = field(default_factory=dict)
    dead: list[Message] = field(default_factory=list)
    most_in_flight: int = 0
    _waiting: list[tuple[float, int, Message]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def next_at(self) -> float | None:
        """Return when the next message can be received, None if there is none."""
        return self._waiting[0][0] if self._waiting else None

    def put(self, body: str, delay_seconds: float = 0) -> None:
        """Put a message into the queue."""
        self._wait(Message(message_id=f"m-{next(self._numbers)}", body=body, visible_at=self.now() + delay_seconds))

    def receive(self, most: int) -> list[Message]:
        """Return messages that can be received now, those that could be longest first."""
        found: list[Message] = []
        while len(found) < most and self._waiting and self._waiting[0][0] <= self.now():
            message = heapq.heappop(self._waiting)[2]
            if message.receives >= self.most_receives:
                self.dead.append(message)
                continue
            message.receives += 1
            message.visible_at = self.now() + self.visibility_seconds
            self.in_flight[message.message_id] = message
            found.append(message)
        self.most_in_flight = max(self.most_in_flight, len(self.in_flight))
        return found

    def done(self, message_id: str, *, failed: bool) -> None:
        """Delete a message that was taken, or let it come again when it is to be seen."""
        message = self.in_flight.pop(message_id)
        if failed:
            self._wait(message)

    def _wait(self, message: Message) -> None:
        heapq.heappush(self._waiting, (message.visible_at, next(self._numbers), message))


@dataclass(frozen=True, kw_only=True)
class Sqs:
    """The client of one caller."""

    queue: Queue
    caller: Caller

    def send_message(self, **asked: Any) -> dict[str, Any]:
        """Put a message into the queue."""
        self.caller.call("sqs:SendMessage", self.caller.latencies.message)
        if asked["DelaySeconds"] > LONGEST_DELAY:
            raise ClientError({"Error": {"Code": "InvalidParameterValue", "Message": "DelaySeconds"}}, "SendMessage")
        self.queue.put(asked["MessageBody"], asked["DelaySeconds"])
        return {}

    def change_message_visibility(self, **asked: Any) -> dict[str, Any]:
        """Let a message come again after so many seconds."""
        self.caller.call("sqs:ChangeMessageVisibility", self.caller.latencies.message)
        self.queue.in_flight[asked["ReceiptHandle"]].visible_at = self.queue.now() + asked["VisibilityTimeout"]
        return {}
