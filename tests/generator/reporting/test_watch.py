import gzip
from http.server import BaseHTTPRequestHandler

import pytest

from generator.errors import UsageError
from generator.reporting.answer import Answer
from generator.reporting.watch import LARGEST_BYTES, NoAnswer, Patience, ask, status_url
from tests.generator.reporting.report_makers import a_body, ready
from tests.generator.reporting.status_server import answering, serving

GOOD = answering(a_body(ready()))
BROKEN = answering(b'{"error": "the status is not available now"}', 503)


def patience(waited: list[float] | None = None, deadline_seconds: float = 20.0) -> Patience:
    wait = (waited if waited is not None else []).append
    return Patience(pauses_seconds=(2.0, 4.0), deadline_seconds=deadline_seconds, wait=wait)


def test_a_good_answer_is_asked_for_once() -> None:
    waited: list[float] = []
    with serving(GOOD) as server:
        answer = ask(server.url, patience(waited))
    assert isinstance(answer, Answer)
    assert (server.asked, waited) == (["/status"], [])


def test_two_bad_tries_are_forgotten_when_the_third_is_good() -> None:
    waited: list[float] = []
    with serving(BROKEN, answering(b"<html>"), GOOD) as server:
        assert isinstance(ask(server.url, patience(waited)), Answer)
    assert (len(server.asked), waited) == (3, [2.0, 4.0])


def test_after_three_bad_tries_the_last_one_says_why() -> None:
    with serving(answering(b"<html>"), BROKEN) as server:
        assert ask(server.url, patience()) == NoAnswer(cause="unreachable", reason="the answer is 503, expected 200")
    assert len(server.asked) == 3


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(code: int) -> None:
    with serving(GOOD) as elsewhere, serving(answering(b"", code, Location=elsewhere.url)) as server:
        answer = ask(server.url, patience())
    assert isinstance(answer, NoAnswer)
    assert f"a redirect ({code})" in answer.reason
    assert elsewhere.asked == []


def test_an_answer_without_end_is_cut_off() -> None:
    sent = []

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b" " * LARGEST_BYTES)
            sent.append(1)

    with serving(endless) as server:
        answer = ask(server.url, patience())
    assert answer == NoAnswer(cause="unreachable", reason="the answer is larger than 1,000,000 bytes")
    assert len(sent) < 100


def test_a_small_packet_that_unpacks_to_a_huge_answer_is_cut_off() -> None:
    bomb = gzip.compress(b" " * 20_000_000)
    with serving(answering(bomb, Content_Encoding="gzip")) as server:
        answer = ask(server.url, patience())
    assert answer == NoAnswer(cause="unreachable", reason="the answer is larger than 1,000,000 bytes")


def test_an_answer_that_drips_is_given_up_after_the_whole_deadline() -> None:
    with serving(GOOD) as server:

        def drip(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.end_headers()
            for _ in range(50):
                server.stopped.wait(0.02)
                handler.wfile.write(b" ")
            handler.wfile.write(a_body(ready()))

        server.replies = [drip]
        answer = ask(server.url, patience(deadline_seconds=0.2))
    assert answer == NoAnswer(cause="unreachable", reason="no whole answer within 0.2 seconds")


def test_a_server_that_says_nothing_is_given_up() -> None:
    with serving(GOOD) as server:

        def silence(_: BaseHTTPRequestHandler) -> None:
            server.stopped.wait()

        server.replies = [silence]
        answer = ask(server.url, patience(deadline_seconds=0.2))
    assert isinstance(answer, NoAnswer)
    assert answer.cause == "unreachable"


def test_an_answer_that_breaks_off_is_no_answer() -> None:
    def half(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "5000")
        handler.end_headers()
        handler.wfile.write(a_body(ready()))

    with serving(half) as server:
        answer = ask(server.url, patience())
    assert isinstance(answer, NoAnswer)
    assert answer.cause == "unreachable"


def test_a_port_where_nobody_listens_is_no_answer() -> None:
    with serving(GOOD) as server:
        pass
    assert ask(server.url, patience()) == NoAnswer(cause="unreachable", reason="no whole answer: ConnectionError")


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("https://abc.example.com/status", "https://abc.example.com/status"),
        ("https://abc.example.com", "https://abc.example.com/status"),
        ("https://abc.example.com/", "https://abc.example.com/status"),
        ("https://abc.example.com/status/?x=1#y", "https://abc.example.com/status"),
        ("http://127.0.0.1:8080/status", "http://127.0.0.1:8080/status"),
        ("http://[::1]:8080/status", "http://[::1]:8080/status"),
        ("http://localhost/status", "http://localhost/status"),
    ],
)
def test_the_address_is_that_of_status(written: str, url: str) -> None:
    assert status_url(written) == url


@pytest.mark.parametrize(
    "written",
    [
        "http://abc.example.com/status", "http://127.0.0.1.example.com/status", "http://localhost.example.com/status",
        "ftp://abc.example.com/status", "file:///etc/passwd", "abc.example.com/status", "", "https://", "https:///status",
        "https://user:secret@abc.example.com/status", "https://abc.example.com/sta tus", "https://[::1/status",
        "https://abc.example.com/<b>", "https://abc.example.com:99999/status", "https://abc.example.com/\nstatus",
    ],
)  # fmt: skip
def test_an_address_that_is_not_safe_is_refused(written: str) -> None:
    with pytest.raises(UsageError, match="expected https://HOST/status"):
        status_url(written)
