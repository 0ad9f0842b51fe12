"""A webhook's end: it keeps what it hears, and answers as it is told."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Request, Response

from embedded.listening import listen


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One delivery as it came in; names in `headers` are in lower case."""

    headers: dict[str, str]
    body: bytes

    @property
    def payload(self) -> Any:
        """What it says."""
        return json.loads(self.body)

    @property
    def guid(self) -> str:
        """Which event it is of."""
        return self.headers["x-github-delivery"]


@dataclass(kw_only=True)
class Receiver:
    """What it has heard, in order; it answers with `status`, while `open`."""

    url: str = ""
    status: int = 202
    heard: list[Heard] = field(default_factory=list)
    open: threading.Event = field(default_factory=threading.Event)

    def actions(self) -> list[str]:
        """What happened to jobs."""
        return [one.payload["action"] for one in self.heard]

    def serve(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Hear one delivery."""
        request = Request(environ)
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.heard.append(Heard(headers=headers, body=request.get_data()))
        self.open.wait(10)
        return Response("heard", status=self.status, headers={"Location": self.url})(environ, start_response)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listen for deliveries."""
    made = Receiver()
    made.open.set()
    server = listen(0, made.serve)
    made.url = f"http://127.0.0.1:{server.port}/webhook"
    yield made
    made.open.set()
    server.shutdown()
    server.server_close()
