"""A played GitHub as functions reach it: without a socket, so that every copy of this process has its own."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from botocore.awsrequest import AWSPreparedRequest
from werkzeug.test import Client

from bench.doubles.github import Answered

ADDRESS = "https://github.test"
API = f"{ADDRESS}/api/v3"
PLAYED = re.compile(r"http://127\.0\.0\.1:\d+")


@dataclass(kw_only=True)
class PlayedSession:
    """Carries requests to the played GitHub without a socket; `before` and `after` are told of each: `POST /x`."""

    github: Client
    before: list[Callable[[str], None]] = field(default_factory=list)
    after: list[Callable[[str], None]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def send(self, request: AWSPreparedRequest) -> Answered:
        """Return the answer to a request."""
        path = str(request.url).removeprefix(ADDRESS)
        name = f"{request.method} {path.removeprefix('/api/v3')}"
        self.asked.append(name)
        for each in self.before:
            each(name)
        got = self.github.open(path, method=request.method, headers=dict(request.headers), data=request.body or b"")
        for each in self.after:
            each(name)
        headers = dict(got.headers)
        if PLAYED.match(headers.get("Location", "")):  # the address of its socket, which nobody uses here
            headers["Location"] = PLAYED.sub(ADDRESS, headers["Location"])
        return Answered(status_code=got.status_code, headers=headers, content=got.data)
