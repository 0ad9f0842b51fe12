"""The status function over HTTP, as the HTTP API would call it, on an account whose presets tests choose."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, urlsplit

from lambdas.adapters import preset_rows
from lambdas.core.changes import Change
from lambdas.core.state import AmiState, Snapshot
from tests.lambdas.account import Account, an_account


@dataclass(kw_only=True)
class Site:
    """Where it answers, and the account that it tells of."""

    account: Account
    url: str = ""

    def holds(self, *states: AmiState) -> None:
        """Let presets have these states."""
        for state in states:
            preset_rows.write(self.account.world.table, state.preset_name, Snapshot(), Change(latest=state))

    def badge_url(self, preset: str | None = None) -> str:
        """Return the address of a badge, of the deployment or of one preset."""
        return f"{self.url}/badge.svg" + ("" if preset is None else f"?preset={quote(preset)}")


@contextmanager
def a_site() -> Iterator[Site]:
    """Serve the status of an account without presets on a free port."""
    with an_account("http://127.0.0.1/nobody-answers") as account:
        site = Site(account=account)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address = urlsplit(self.path)
                answer = account.status(address.path, **dict(parse_qsl(address.query, keep_blank_values=True)))
                body = answer["body"].encode()
                self.send_response(answer["statusCode"])
                for name, value in {**answer["headers"], "Content-Length": len(body)}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        site.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield site
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
