"""The events that Image Builder sends: best effort, so they can be lost, doubled or late on request."""

import uuid
from collections import deque
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from embedded.aws.clock import Clock

STATE_CHANGE = "EC2 Image Builder Image State Change"
DISABLED = "EC2 Image Builder Image Pipeline Automatically Disabled"


class Events:
    """An outbox: filled while the service's lock is held, emptied by `flush` when it is not."""

    def __init__(self, account: str, region: str, clock: Clock, publish: Callable[[dict[str, Any]], None]) -> None:
        self._sender = {"version": "0", "source": "aws.imagebuilder", "account": account, "region": region}
        self._clock, self._publish = clock, publish
        self._waiting: deque[tuple[dict[str, Any], int, float]] = deque()
        self.next: list[tuple[str, int, float]] = []  # glob of a status, copies, delay in seconds: each is used once
        self.late = 0

    def add(self, detail_type: str, resource: str, detail: dict[str, Any]) -> None:
        """Put an event in the outbox; its time is in whole seconds.

        https://docs.aws.amazon.com/imagebuilder/latest/userguide/integ-eventbridge.html
        """
        status = detail.get("state", {}).get("status", "")
        how = next((one for one in self.next if fnmatchcase(status, one[0])), None)
        if how:
            self.next.remove(how)
        own = {"id": str(uuid.uuid4()), "detail-type": detail_type, "resources": [resource], "detail": detail}
        event = {**self._sender, "time": self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"), **own}
        self._waiting.append((event, *(how[1:] if how else (1, 0.0))))

    def flush(self) -> None:
        """Send what waits."""
        while self._waiting:
            event, copies, delay_seconds = self._waiting.popleft()
            for _ in range(copies):
                if delay_seconds:
                    self.late += 1
                    self._clock.call_in(delay_seconds, partial(self._send_late, event))
                else:
                    self._publish(event)

    def _send_late(self, event: dict[str, Any]) -> None:
        self._publish(event)
        self.late -= 1
