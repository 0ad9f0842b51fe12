"""The events that Image Builder sends."""

import uuid
from collections import deque
from collections.abc import Callable
from typing import Any

from embedded.aws.clock import Clock

STATE_CHANGE = "EC2 Image Builder Image State Change"
DISABLED = "EC2 Image Builder Image Pipeline Automatically Disabled"


class Events:
    """An outbox: filled while the service's lock is held, emptied by `flush` when it is not."""

    def __init__(self, account: str, region: str, clock: Clock, publish: Callable[[dict[str, Any]], None]) -> None:
        self._sender = {"version": "0", "source": "aws.imagebuilder", "account": account, "region": region}
        self._clock, self._publish = clock, publish
        self._waiting: deque[dict[str, Any]] = deque()

    def add(self, detail_type: str, resource: str, detail: dict[str, Any]) -> None:
        """Put an event in the outbox; its time is in whole seconds.

        https://docs.aws.amazon.com/imagebuilder/latest/userguide/integ-eventbridge.html
        """
        own = {"id": str(uuid.uuid4()), "detail-type": detail_type, "resources": [resource], "detail": detail}
        self._waiting.append({**self._sender, "time": self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"), **own})

    def flush(self) -> None:
        """Send what waits."""
        while self._waiting:
            self._publish(self._waiting.popleft())
