"""Functions at work: pools of sandboxes that start, wait, are used again and replaced."""

import io
import json
import shutil
import tempfile
import threading
import time
import uuid
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from embedded.aws.clients import Clients, assume
from embedded.aws.clock import Clock
from embedded.aws.lambda_logs import LogStream, platform_line
from embedded.functions.runtime import make_runtime_directory
from embedded.functions.runtime_api import Answer, Invocation
from embedded.functions.sandbox import Function, Sandbox

CUT_OFF = {"Sandbox.Timedout", "Runtime.ExitError"}  # errors that the runtime itself could not log
ENDED_WITHIN_SECONDS = 10.0
STOPPED = "the embedded AWS has stopped"
SANDBOXES_PER_FUNCTION = 3  # further invocations wait: forty cold starts at once stall a small machine


class ThrottledError(Exception):
    """The function's reserved concurrency is used up."""


@dataclass(kw_only=True)
class Record:
    """What became of one invocation, and the API calls that it made, in order."""

    function: str
    request_id: str
    started_at: str
    cold: bool
    calls: list[str] = field(default_factory=list)
    log_lines: list[str] = field(default_factory=list)
    error: str | None = None
    milliseconds: float | None = None


@dataclass(kw_only=True)
class _Pool:
    function: Function
    code_directory: Path
    idle: list[tuple[Sandbox, LogStream]] = field(default_factory=list)
    busy: int = 0


class LambdaHost:
    """Runs deployed functions."""

    def __init__(self, clients: Clients, clock: Clock, url: str) -> None:
        self.records: list[Record] = []
        self.elsewhere: dict[str, str] = {}  # where functions find what is not AWS: variables that stand above theirs
        self._clients, self._clock, self._url = clients, clock, url
        self._directory = Path(tempfile.mkdtemp(prefix="embedded-lambda-"))
        self._runtime = self._directory / "runtime"
        self._runtime.mkdir()
        make_runtime_directory(self._runtime)
        self._changed, self._closed = threading.Condition(), False
        self._pools: dict[str, _Pool] = {}
        self._running: dict[str, tuple[Sandbox, Record]] = {}  # by access key id

    def invoke(
        self, function: Function, payload: bytes, *, reserved: int | None, request_id: str
    ) -> tuple[Answer, Record]:
        """Run one invocation; raise ThrottledError beyond the reserved concurrency."""
        pool, warm = self._take(function, reserved)
        sandbox, stream = warm or (None, None)
        try:
            record = Record(
                function=function.name,
                request_id=request_id,
                started_at=self._clock.now().isoformat(),
                cold=warm is None,
            )
            self.records.append(record)
            if sandbox is None or stream is None:
                sandbox, stream = self._start(pool)
            return self._run(sandbox, stream, record, payload), record
        finally:
            self._give_back(pool, sandbox, stream)

    def called(self, access_key_id: str, call: str) -> None:
        """Hear of an API call, `service.Operation`; calls of other callers are ignored."""
        if (running := self._running.get(access_key_id)) is not None:
            running[1].calls.append(call)

    def kill(self, access_key_id: str) -> None:
        """Kill the sandbox that has these credentials, if one has."""
        if (running := self._running.get(access_key_id)) is not None:
            running[0].kill()

    def drop_idle(self) -> None:
        """End the sandboxes that wait: the next invocation starts cold."""
        with self._changed:
            dropped = [sandbox for pool in self._pools.values() for sandbox, _ in pool.idle]
            for pool in self._pools.values():
                pool.idle.clear()
        for sandbox in dropped:
            sandbox.stop()

    def close(self) -> None:
        """Kill what runs, end what waits, and remove all files."""
        self._closed = True
        given_up_at = time.monotonic() + ENDED_WITHIN_SECONDS
        with self._changed:
            while any(pool.busy for pool in self._pools.values()) and time.monotonic() < given_up_at:
                for sandbox, _ in list(self._running.values()):
                    sandbox.kill()
                self._changed.wait(0.05)  # what is just starting is found as soon as it runs
        self.drop_idle()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _take(self, function: Function, reserved: int | None) -> tuple[_Pool, tuple[Sandbox, LogStream] | None]:
        with self._changed:
            if self._closed:
                raise RuntimeError(STOPPED)
            pool = self._pool(function)
            if reserved is not None and pool.busy >= reserved:
                raise ThrottledError(function.name)
            self._changed.wait_for(lambda: pool.busy < SANDBOXES_PER_FUNCTION or self._closed)
            pool.busy += 1
            while pool.idle:
                warm = pool.idle.pop()
                if warm[0].alive:
                    return pool, warm
                warm[0].stop()
            return pool, None

    def _pool(self, function: Function) -> _Pool:
        pool = self._pools.get(function.arn)
        if pool is None or pool.function != function:
            for sandbox, _ in pool.idle if pool else ():
                sandbox.stop()
            directory = self._directory / uuid.uuid4().hex
            zipfile.ZipFile(io.BytesIO(function.code)).extractall(directory)
            pool = self._pools[function.arn] = _Pool(function=function, code_directory=directory)
        return pool

    def _start(self, pool: _Pool) -> tuple[Sandbox, LogStream]:
        function = pool.function
        credentials = assume(function.role_arn, function.name, function.region)
        told = replace(function, environment=(*function.environment, *self.elsewhere.items()))
        sandbox = Sandbox(told, credentials, (pool.code_directory, self._runtime), self._url)
        name = f"{self._clock.now():%Y/%m/%d}/[$LATEST]{uuid.uuid4().hex}"
        sandbox.start(name)
        return sandbox, LogStream(self._clients.client("logs", credentials), function.log_group, name)

    def _run(self, sandbox: Sandbox, stream: LogStream, record: Record, payload: bytes) -> Answer:
        function, key = sandbox.function, sandbox.credentials.access_key_id
        began, first = time.monotonic(), platform_line(self._clock.now(), "start", record.request_id)
        self._running[key] = sandbox, record
        try:
            if self._closed:  # while it started, so that nobody else ends it
                raise RuntimeError(STOPPED)
            invocation = Invocation(request_id=record.request_id, function_arn=function.arn, payload=payload)
            answer = sandbox.invoke(invocation, self._clock.timestamp())
        finally:
            del self._running[key]
        record.milliseconds = round((time.monotonic() - began) * 1000, 1)
        record.error = _error(answer).get("errorType", "Unknown") if answer.error else None
        metrics = {"durationMs": record.milliseconds, "memorySizeMB": function.memory_mb}
        last = platform_line(self._clock.now(), "report", record.request_id, metrics=metrics)
        cut_off = [_error(answer)["errorMessage"]] if record.error in CUT_OFF else []
        record.log_lines = [first, *sandbox.output(), *cut_off, last]
        stream.write(record.log_lines, self._clock.now())
        return answer

    def _give_back(self, pool: _Pool, sandbox: Sandbox | None, stream: LogStream | None) -> None:
        with self._changed:
            pool.busy -= 1
            current = self._pools.get(pool.function.arn) is pool and not self._closed
            if sandbox and stream and current and sandbox.alive:
                pool.idle.append((sandbox, stream))
                sandbox = None
            self._changed.notify_all()
        if sandbox:
            sandbox.stop()


def _error(answer: Answer) -> dict[str, Any]:
    try:
        return dict(json.loads(answer.payload))
    except (ValueError, TypeError):
        return {}
