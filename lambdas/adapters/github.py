"""One request to GitHub's REST API, and what its refusals mean.

https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol

from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session

from lambdas.core.errors import FunctionError

VERSION = "2022-11-28"
SECONDS = 8  # to connect, and again to answer
ONE_MINUTE = 60  # what GitHub asks for where it names no time
PAGE = 100
MOVED = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)


class GitHubError(FunctionError):
    """A request that GitHub refused or did not answer."""


class UnavailableError(GitHubError):
    """GitHub did not answer, or with a fault of its own: nobody knows what it did."""


class PacedError(GitHubError):
    """GitHub wants fewer requests; `wait_seconds` is how long to make none."""

    def __init__(self, message: str, wait_seconds: int) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds


class RefusedError(GitHubError):
    """GitHub will not do it, however often it is asked; `status` is HTTP's."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What GitHub answered; names in `headers` are in lower case, `content` is JSON."""

    status: int
    headers: Mapping[str, str]
    content: Any


class Session(Protocol):
    """What carries requests: botocore's session, which keeps its connections."""

    def send(self, request: AWSPreparedRequest) -> Any:  # noqa: ANN401 - botocore's AWSResponse, or what reads like it
        """Return the answer to a request, or raise BotoCoreError."""


@dataclass(frozen=True, kw_only=True)
class Api:
    """Where the API is, and the connections to it, which one container keeps."""

    url: str
    session: Session = field(default_factory=lambda: URLLib3Session(timeout=SECONDS, max_pool_connections=32))


def call(api: Api, method: str, path: str, token: str, body: object = None, *, now_seconds: int) -> Answer:
    """Make one request as the bearer of a token; raise UnavailableError, PacedError or RefusedError.

    What has moved, as a repository that was renamed, is asked for where it is now, once and at the same API: the token
    goes nowhere else. `now_seconds` since the epoch is what the time of a limit's end is held against.
    https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
    """
    url, data = f"{api.url}{path}", None if body is None else json.dumps(body)
    answer = _answer(api, method, url, token, data)
    moved = answer.headers.get("location", "") if answer.status in MOVED else ""
    if moved.startswith(f"{api.url}/"):
        answer = _answer(api, method, moved, token, data)
    if answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return answer
    raise _refusal(f"{method} {path}", answer, now_seconds)


def _answer(api: Api, method: str, url: str, token: str, data: str | None) -> Answer:
    headers = {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {token}",
        "User-Agent": "spot-runner",
        "X-GitHub-Api-Version": VERSION,
    }
    if data is not None:
        headers["Content-Type"] = "application/json"
    request = AWSRequest(method=method, url=url, data=data, headers=headers)
    try:
        raw = api.session.send(request.prepare())
        return Answer(
            status=raw.status_code,
            headers={name.lower(): value for name, value in raw.headers.items()},
            content=json.loads(raw.content) if raw.content else None,
        )
    except (BotoCoreError, ValueError) as error:
        raise UnavailableError(f"{method} {url.removeprefix(api.url)}: {type(error).__name__}") from error


def _refusal(asked: str, answer: Answer, now_seconds: int) -> GitHubError:
    said = answer.content.get("message") if isinstance(answer.content, dict) else None
    message = f"{asked}: {answer.status} {' '.join(str(said or '').split())[:200]}".strip()
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status == HTTPStatus.REQUEST_TIMEOUT:
        return UnavailableError(message)
    if answer.status in (HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS):
        wait = _wait_seconds(answer, now_seconds)
        if wait is not None:
            return PacedError(message, wait)
    return RefusedError(message, answer.status)


def _wait_seconds(answer: Answer, now_seconds: int) -> int | None:
    """Return how long a limit asks to wait, or None if no limit was met.

    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
    """
    headers, said = answer.headers, str(answer.content).lower()
    if (after := headers.get("retry-after", "")).isdigit():
        return max(1, int(after))
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
        return max(1, int(reset) - now_seconds)
    if "rate limit" in said or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return ONE_MINUTE
    return None
