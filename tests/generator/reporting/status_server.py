"""A web server on the loopback that answers as a test wants, well or badly."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Reply = Callable[[BaseHTTPRequestHandler], None]


@dataclass(kw_only=True)
class StatusServer:
    """Where it listens, what it answers (in turn, the last one for ever), and how often it was asked."""

    url: str
    replies: list[Reply]
    asked: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)


def answering(body: bytes, status: int = 200, **headers: str) -> Reply:
    """Return a reply with a body."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return reply


@contextmanager
def serving(*replies: Reply) -> Iterator[StatusServer]:
    """Serve until the block ends."""
    made = StatusServer(url="", replies=list(replies))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            reply = made.replies.pop(0) if len(made.replies) > 1 else made.replies[0]
            reply(self)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.do_GET()

        do_PATCH = do_PUT = do_POST  # noqa: N815 - the base class names them so

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Let clients hang up."""

    with Server(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_port}/status"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            made.stopped.set()
            server.shutdown()
            thread.join()
