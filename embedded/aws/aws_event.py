"""The shape of EventBridge's events, as AWS's own services send them."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from embedded.aws.clock import Clock


@dataclass(frozen=True, kw_only=True)
class Source:
    """A service that tells of its resources; `publish` takes one event in EventBridge's full shape."""

    name: str
    place: tuple[str, str]  # account and Region
    clock: Clock
    publish: Callable[[dict[str, Any]], None]

    def say(self, detail_type: str, resource: str, detail: Mapping[str, Any]) -> None:
        """Publish an event about one resource, now."""
        self.publish(aws_event(self.name, detail_type, resource, detail, self.place, self.clock.now()))


def aws_event(
    source: str, detail_type: str, resource: str, detail: Mapping[str, Any], place: tuple[str, str], when: datetime
) -> dict[str, Any]:
    """Return an event of a service about one resource; `place` is account and Region, the time in whole seconds.

    https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
    """
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": place[0],
        "time": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": place[1],
        "resources": [resource],
        "detail": detail,
    }
