"""The Lambda Runtime API of one sandbox: hands out an event, takes its answer.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import http.server
import queue
import threading
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One event for the function."""

    request_id: str
    function_arn: str
    payload: bytes


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the function, or its runtime, sent back."""

    payload: bytes
    error: bool


class RuntimeApi:
    """A server on the loopback for one sandbox, which runs one invocation at a time."""

    def __init__(self) -> None:
        self.answers: queue.Queue[Answer] = queue.Queue()
        self.ready = threading.Event()  # asked for its first event, failed to start, or ended
        self._events: queue.Queue[tuple[Invocation, float] | None] = queue.Queue()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.api = self
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def send(self, invocation: Invocation, deadline: float) -> None:
        """Give the sandbox its next event; the deadline is in seconds since the epoch, as the function sees them."""
        self._events.put((invocation, deadline))

    def end(self, answer: Answer) -> None:
        """Answer in place of a sandbox that ended."""
        self.answers.put(answer)
        self.ready.set()

    def close(self) -> None:
        """Stop serving."""
        self._events.put(None)
        self._server.shutdown()
        self._server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    api: RuntimeApi


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        api = self.server.api
        api.ready.set()
        event = api._events.get()
        if event is None:
            self.close_connection = True
            return
        invocation, deadline = event
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
            "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
        }
        self._send(200, invocation.payload, headers)

    def do_POST(self) -> None:
        payload = self._body()
        self._send(202, b'{"status":"OK"}', {})
        self.server.api.end(Answer(payload=payload, error=self.path.endswith("/error")))

    def log_message(self, *_: Any) -> None:
        """Stay quiet."""

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body
