"""A job's OIDC token, from a real HTTP server that plays a job's token service."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

import pytest

from generator.errors import SpotRunnerError
from generator.github import id_token

BEARER = "of-this-job"
Serve: TypeAlias = Callable[..., dict[str, str]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a service that answers with the given texts, one after the other; `{audience}` is what was asked for."""
    servers: list[HTTPServer] = []

    def start(*texts: str) -> dict[str, str]:
        answers = iter(texts)

        class Service(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = parse_qs(urlsplit(self.path).query)
                known = self.headers["Authorization"] == f"Bearer {BEARER}" and asked["api-version"] == ["2.0"]
                self.send_response(200 if known else 401)
                self.end_headers()
                self.wfile.write(next(answers).replace("AUDIENCE", asked["audience"][0]).encode())

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        servers.append(HTTPServer(("127.0.0.1", 0), Service))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{servers[-1].server_port}/token?api-version=2.0"
        return {"ACTIONS_ID_TOKEN_REQUEST_URL": url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": BEARER}

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_job_asks_for_a_token_that_is_meant_for_aws(serve: Serve) -> None:
    environ = serve('{"count": 1, "value": "for AUDIENCE"}')
    assert id_token.available(environ)
    assert id_token.requested(environ, "sts.amazonaws.com") == "for sts.amazonaws.com"


@pytest.mark.parametrize("text", ["[1]", '"token"', "1", "null", "{}", '{"value": null}'])
def test_an_answer_without_a_token_is_asked_for_again_and_then_one_line(serve: Serve, text: str) -> None:
    assert id_token.requested(serve(text, text, '{"value": "third"}'), "x") == "third"
    with pytest.raises(SpotRunnerError) as refused:
        id_token.requested(serve(text, text, text), "x")
    assert str(refused.value) == (
        "GitHub gives no OIDC token (an answer without `value`): the job needs `permissions: id-token: write`"
    )


def test_an_answer_that_is_no_json_is_one_line(serve: Serve) -> None:
    with pytest.raises(SpotRunnerError, match=r"^GitHub gives no OIDC token \(JSONDecodeError\)"):
        id_token.requested(serve("<html>", "<html>", "<html>"), "x")


def test_a_job_that_is_refused_is_told_so_without_its_bearer(serve: Serve) -> None:
    with pytest.raises(SpotRunnerError, match="status 401") as refused:
        id_token.requested({**serve("no"), "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-another"}, "x")
    assert "of-another" not in str(refused.value)


def test_a_job_without_the_permission_cannot_ask() -> None:
    assert not id_token.available({"GITHUB_ACTIONS": "true"})
