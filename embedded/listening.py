"""HTTP servers on the loopback: keep-alive, no Nagle, quiet."""

import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class _Handler(MotoRequestHandler):  # type: ignore[misc]
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_request(self, *_: Any) -> None:
        """Stay quiet."""


def listen(port: int, application: Application) -> BaseWSGIServer:
    """Serve a WSGI application on 127.0.0.1, a thread for each connection; port 0 takes a free one.

    Raises OSError if the port is taken.
    """
    with socket.create_server(("127.0.0.1", port), backlog=128) as bound:  # werkzeug itself would exit on a taken port
        server = make_server("127.0.0.1", port, application, threaded=True, request_handler=_Handler, fd=bound.fileno())
    server.daemon_threads = True  # type: ignore[attr-defined]
    server.block_on_close = False  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server
