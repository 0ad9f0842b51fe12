"""Where a token comes from: a file, standard input, or a real HTTP server that plays a job's token service."""

import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from generator.doctor import identity
from generator.errors import SpotRunnerError, UsageError


class Service(BaseHTTPRequestHandler):
    """Gives a token that says for which audience it was asked, to whoever has the job's bearer."""

    def do_GET(self) -> None:
        """Answer one request."""
        asked = parse_qs(urlsplit(self.path).query)
        known = self.headers["Authorization"] == "bearer of-this-job"
        self.send_response(200 if known else 401)
        self.end_headers()
        body = {"count": 1, "value": f"token for {asked['audience'][0]}"} if known else {"message": "no"}
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def environ() -> Iterator[dict[str, str]]:
    server = HTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/token?api-version=2.0"
    yield {"ACTIONS_ID_TOKEN_REQUEST_URL": url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-this-job"}
    server.shutdown()
    server.server_close()


def test_a_job_asks_for_a_token_that_is_meant_for_aws(environ: dict[str, str]) -> None:
    assert identity.can_be_requested(environ)
    assert identity.requested(environ) == "token for sts.amazonaws.com"


def test_a_job_that_is_refused_is_told_so_without_its_bearer(environ: dict[str, str]) -> None:
    with pytest.raises(SpotRunnerError, match="GitHub gave no OIDC token") as refused:
        identity.requested({**environ, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-another"})
    assert "of-another" not in str(refused.value)


def test_a_job_without_the_permission_cannot_ask() -> None:
    assert not identity.can_be_requested({"GITHUB_ACTIONS": "true"})


def test_a_token_is_read_from_a_file_or_from_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("from-file")
    assert identity.given(str(tmp_path / "token")) == "from-file"
    monkeypatch.setattr("sys.stdin", io.StringIO("from-input"))
    assert identity.given("-") == "from-input"


def test_a_file_that_is_no_text_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="is not text, expected an OIDC token"):
        identity.given(str(tmp_path / "token"))
