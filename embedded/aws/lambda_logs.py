"""A sandbox's log stream in CloudWatch Logs, written with the function's own credentials, as on AWS."""

import json
import logging
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

logger = logging.getLogger(__name__)


class LogStream:
    """One log stream. Lines that the role may not write are lost, as on AWS; the loss is logged here."""

    def __init__(self, client: Any, group: str, name: str) -> None:
        self._client, self._names = client, {"logGroupName": group, "logStreamName": name}
        self._made = False

    def write(self, lines: list[str], now: datetime) -> None:
        """Put the lines, all at `now`."""
        timestamp = int(now.timestamp() * 1000)
        events = [{"timestamp": timestamp, "message": line} for line in lines]
        try:
            if not self._made:
                self._client.create_log_stream(**self._names)
                self._made = True
            self._client.put_log_events(**self._names, logEvents=events)
        except (ClientError, BotoCoreError) as error:
            logger.warning("log lines of %s are lost: %s", self._names["logGroupName"], error)


def platform_line(now: datetime, kind: str, request_id: str, **more: Any) -> str:
    """Return what Lambda writes around an invocation's own lines: `start` before, `report` after."""
    record = {"requestId": request_id, **more}
    return json.dumps({"time": now.isoformat(timespec="milliseconds"), "type": f"platform.{kind}", "record": record})
