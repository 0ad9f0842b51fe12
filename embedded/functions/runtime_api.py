"""The Lambda Runtime API of one sandbox: hands out an event, takes its answer.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import queue
import threading
from dataclasses import dataclass

from werkzeug.wrappers import Request, Response

from embedded.listening import listen


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
        self._server = listen(0, self._serve)
        self.address = f"127.0.0.1:{self._server.port}"

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

    @Request.application
    def _serve(self, request: Request) -> Response:
        if request.method == "POST":
            self.end(Answer(payload=request.get_data(), error=request.path.endswith("/error")))
            return Response('{"status":"OK"}', 202)
        self.ready.set()
        event = self._events.get()
        if event is None:
            return Response(status=410)
        invocation, deadline = event
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
            "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
        }
        return Response(invocation.payload, headers=headers, content_type="application/json")
