"""Where answers to CloudFormation arrive in tests: a web server of this machine that keeps what it is sent."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(kw_only=True, eq=False)
class AnswerDesk:
    """The answers that came, and what the next requests are told instead of 200."""

    url: str
    bodies: list[bytes] = field(default_factory=list)
    content_types: list[str | None] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)

    @property
    def answers(self) -> list[dict[str, Any]]:
        """Return the answers that came, oldest first."""
        return [json.loads(body) for body in self.bodies]

    @property
    def last(self) -> dict[str, Any]:
        """Return the answer that came last."""
        return self.answers[-1]

    @property
    def decision(self) -> str:
        """Return what the last answer says was decided."""
        assert self.last["Status"] == "SUCCESS", self.last
        return str(self.last["Data"]["Decision"])

    @property
    def reason(self) -> str:
        """Return why the last answer is a failure."""
        assert self.last["Status"] == "FAILED", self.last
        return str(self.last["Reason"])


@contextmanager
def an_answer_desk() -> Iterator[AnswerDesk]:
    """Serve an answer desk on a free port."""
    desk = AnswerDesk(url="")

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            code = desk.refusals.pop(0) if desk.refusals else 200
            if code == 200:
                desk.bodies.append(body)
                desk.content_types.append(self.headers["Content-Type"])
            self.send_response(code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    desk.url = f"http://127.0.0.1:{server.server_port}/answer?signature=secret"
    yield desk
    server.shutdown()
    server.server_close()
    thread.join()
