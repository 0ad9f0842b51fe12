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
        self._client, self._group, self.name = client, group, name
        self._made = False

    def write(self, lines: list[str], now: datetime) -> None:
        """Put the lines, all at `now`."""
        timestamp = int(now.timestamp() * 1000)
        events = [{"timestamp": timestamp, "message": line} for line in lines]
        try:
            if not self._made:
                self._make()
            self._client.put_log_events(logGroupName=self._group, logStreamName=self.name, logEvents=events)
        except (ClientError, BotoCoreError) as error:
            logger.warning("log lines of %s are lost: %s", self._group, error)

    def _make(self) -> None:
        names = {"logGroupName": self._group, "logStreamName": self.name}
        try:
            self._client.create_log_stream(**names)
        except self._client.exceptions.ResourceNotFoundException:
            self._client.create_log_group(logGroupName=self._group)
            self._client.create_log_stream(**names)
        self._made = True


def first_line(log_format: str, request_id: str, now: datetime) -> str:
    """Return what Lambda writes before an invocation's own lines."""
    if log_format == "JSON":
        return _json_line(now, "platform.start", {"requestId": request_id, "version": "$LATEST"})
    return f"START RequestId: {request_id} Version: $LATEST"


def last_lines(log_format: str, request_id: str, now: datetime, milliseconds: float, memory_mb: int) -> list[str]:
    """Return what Lambda writes after an invocation's own lines."""
    if log_format == "JSON":
        metrics = {"durationMs": round(milliseconds, 3), "memorySizeMB": memory_mb}
        return [_json_line(now, "platform.report", {"requestId": request_id, "metrics": metrics})]
    report = f"REPORT RequestId: {request_id}\tDuration: {milliseconds:.2f} ms\tMemory Size: {memory_mb} MB"
    return [f"END RequestId: {request_id}", report]


def _json_line(now: datetime, kind: str, record: dict[str, Any]) -> str:
    return json.dumps({"time": now.isoformat(timespec="milliseconds"), "type": kind, "record": record})
