"""GitHub's runners of one organization: made by JIT configurations, as fast as GitHub's limits let them be.

The limits are those of the played GitHub, counted by its own code, on a clock of ours.
"""

import json
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from botocore.awsrequest import AWSPreparedRequest

from bench.doubles.caller import Caller
from embedded.github.clock import Clock, stamp
from embedded.github.errors import ApiError
from embedded.github.limits import Limits
from embedded.github.paces import Registrations
from embedded.github.requests import Answer, Route
from embedded.github.world import Token

URL = "https://github.test"
ORGANIZATION = "octo-org"
RUNNERS = f"/orgs/{ORGANIZATION}/actions/runners"
PERMISSIONS = {"organization_self_hosted_runners": "write"}


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An answer as botocore's session returns it."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(kw_only=True)
class GitHub:
    """The runners that there are, by name, and of all that were made, when and by whom.

    Requests are counted by their method, refusals by their text.
    """

    clock: Clock
    requests_per_hour: int
    runners: dict[str, int] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    made: list[tuple[float, str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Begin to count."""
        self.limits, self.registrations = Limits(self.clock), Registrations(self.clock)

    def answer(self, method: str, path: str, bearer: str, body: Mapping[str, Any]) -> Answered:
        """Answer one request."""
        with self._lock:
            if path.startswith("/app/installations/"):
                self.asked["tokens"] += 1
                return _answered(201, self._token(path), {})
            token = self._bearer(bearer)
            if path == "/rate_limit":
                self.asked["limits"] += 1
                return _answered(200, self.limits.overview(token), {})
            self.asked[method] += 1
            try:
                self.limits.count(token, "core", Route(method=method, path=path, operation=_nothing))
                status, content = self._runners(method, path, token, body)
            except ApiError as error:
                self.refused[str(error)] += 1
                return _answered(error.status, error.as_json(), {**self.limits.headers(token, "core"), **error.headers})
            return _answered(status, content, self.limits.headers(token, "core"))

    def _token(self, path: str) -> dict[str, Any]:
        installation = path.split("/")[3]
        ends = self.clock.now() + timedelta(hours=1)
        return {"token": f"of {installation}", "expires_at": stamp(ends), "permissions": PERMISSIONS}

    def _bearer(self, bearer: str) -> Token:
        installation = int(bearer.rpartition(" ")[2])
        return Token(
            login=f"app {installation}", permissions=PERMISSIONS, repositories=None,
            requests_per_hour=self.requests_per_hour, installation_id=installation,
        )  # fmt: skip

    def _runners(self, method: str, path: str, token: Token, body: Mapping[str, Any]) -> tuple[int, Any]:
        if method == "POST":
            return 201, self._made(token, body["name"])
        if method == "GET":
            name = path.partition("?name=")[2].partition("&")[0]
            return 200, {"runners": [{"id": self.runners[name], "name": name}] if name in self.runners else []}
        self.runners = {name: one for name, one in self.runners.items() if one != int(path.rpartition("/")[2])}
        return 204, None

    def _made(self, token: Token, name: str) -> dict[str, Any]:
        if name in self.runners:
            raise ApiError(409, f"Already exists - A runner with the name {name} already exists.")
        self.registrations.count(ORGANIZATION, token.counted_as)
        self.runners[name] = self.asked["POST"]
        self.made.append((self.clock.now().timestamp(), token.counted_as))
        return {"runner": {"id": self.runners[name], "name": name}, "encoded_jit_config": f"config of {name}"}


@dataclass(frozen=True, kw_only=True)
class Session:
    """Carries the requests of one caller."""

    github: GitHub
    caller: Caller

    def send(self, request: AWSPreparedRequest) -> Answered:
        """Return the answer to a request."""
        self.caller.call("github", self.caller.latencies.github)
        bearer = str(request.headers["Authorization"]).removeprefix("Bearer ")
        body = json.loads(request.body) if request.body else {}
        return self.github.answer(request.method, str(request.url).removeprefix(URL), bearer, body)


def _answered(status: int, content: object, headers: Mapping[str, str]) -> Answered:
    return Answered(
        status_code=status, headers=headers, content=b"" if content is None else json.dumps(content).encode()
    )


def _nothing(_: Any) -> Answer:
    return Answer(content=None)
