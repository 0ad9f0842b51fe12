"""The events that Image Builder sends."""

from collections import deque
from collections.abc import Callable
from typing import Any

from embedded.aws.aws_event import aws_event
from embedded.aws.clock import Clock

STATE_CHANGE = "EC2 Image Builder Image State Change"
DISABLED = "EC2 Image Builder Image Pipeline Automatically Disabled"


class Events:
    """An outbox: filled while the service's lock is held, emptied by `flush` when it is not."""

    def __init__(self, account: str, region: str, clock: Clock, publish: Callable[[dict[str, Any]], None]) -> None:
        self._place, self._clock, self._publish = (account, region), clock, publish
        self._waiting: deque[dict[str, Any]] = deque()

    def add(self, detail_type: str, resource: str, detail: dict[str, Any]) -> None:
        """Put an event in the outbox.

        https://docs.aws.amazon.com/imagebuilder/latest/userguide/integ-eventbridge.html
        """
        event = aws_event("aws.imagebuilder", detail_type, resource, detail, self._place, self._clock.now())
        self._waiting.append(event)

    def flush(self) -> None:
        """Send what waits."""
        while self._waiting:
            self._publish(self._waiting.popleft())
