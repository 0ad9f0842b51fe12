"""One repository on one GitHub, as the environment of a GitHub Actions job names it."""

import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from github import Auth, Github, set_log_level
from github.Repository import Repository

from generator.errors import UsageError
from generator.github.addresses import GITHUB_COM, api_url
from generator.github.errors import explained
from generator.github.retrying import BoundedRetry

FULL_NAME = re.compile(r"[A-Za-z0-9-_.]+/[A-Za-z0-9-_.]+")
TIMEOUT_SECONDS = 30
PER_PAGE = 100  # GitHub's largest page
# https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#pause-between-mutative-requests
SECONDS_BETWEEN_WRITES = 1.0


@dataclass(frozen=True, kw_only=True)
class GitHub:
    """A client and the repository that it works for; `full_name` is `owner/name`."""

    client: Github
    full_name: str
    api_url: str

    @cached_property
    def repository(self) -> Repository:
        """The repository, of which nothing has been read yet."""
        return self.client.get_repo(self.full_name)

    @cached_property
    def login(self) -> str:
        """Whose token this is, such as `github-actions[bot]`: the author of what it writes.

        GET /user is closed to tokens of Apps and of Actions; the GraphQL viewer is open to every kind.
        https://docs.github.com/en/graphql/reference/queries#viewer
        """
        with explained("read whose token this is"):
            _, answer = self.client.requester.graphql_query("query { viewer { login } }", {})
        return str(answer["data"]["viewer"]["login"])


def connect(
    environ: Mapping[str, str],
    server_url: str = GITHUB_COM,
    *,
    wait: Callable[[float], object] = time.sleep,
) -> GitHub:
    """Return the repository of GITHUB_REPOSITORY, seen with GITHUB_TOKEN or GH_TOKEN; sends no request.

    GITHUB_API_URL, which every job has, goes before `server_url` (`github.serverUrl` of spot-runner.yaml). `wait`
    takes seconds and is called between the attempts of one request. Raises UsageError if something is missing.
    """
    name, token, address = full_name(environ), _token(environ), api_address(environ, server_url)
    set_log_level(logging.WARNING)  # PyGithub prints each refused attempt to standard error
    client = Github(
        auth=Auth.Token(token),
        base_url=address,
        timeout=TIMEOUT_SECONDS,
        user_agent="spot-runner",
        per_page=PER_PAGE,
        retry=BoundedRetry(wait=wait),
        seconds_between_requests=0,  # one after the other is what GitHub asks of requests that read
        seconds_between_writes=SECONDS_BETWEEN_WRITES,
        lazy=True,
    )
    return GitHub(client=client, full_name=name, api_url=address)


def full_name(environ: Mapping[str, str]) -> str:
    """Return GITHUB_REPOSITORY; raise UsageError if it is not set, or of another form than `owner/name`."""
    value = environ.get("GITHUB_REPOSITORY", "")
    if not value:
        raise UsageError("GITHUB_REPOSITORY is not set: run this in a GitHub Actions job, or set it to OWNER/NAME")
    if not FULL_NAME.fullmatch(value):
        raise UsageError(f"GITHUB_REPOSITORY is {value!r}, expected OWNER/NAME, such as octo-org/runners")
    return value


def api_address(environ: Mapping[str, str], server_url: str) -> str:
    """Return the REST API's address: GITHUB_API_URL, else what follows from `server_url`; raise UsageError."""
    value = environ.get("GITHUB_API_URL", "").rstrip("/") or api_url(server_url)
    if urlsplit(value).scheme not in {"https", "http"} or not urlsplit(value).hostname:
        raise UsageError(f"GITHUB_API_URL is {value!r}, expected an address such as https://api.github.com")
    return value


def _token(environ: Mapping[str, str]) -> str:
    value = (environ.get("GITHUB_TOKEN") or environ.get("GH_TOKEN") or "").strip()
    if not value:
        raise UsageError(
            "neither GITHUB_TOKEN nor GH_TOKEN is set: pass ${{ github.token }} in the step's `env:`, or set GH_TOKEN "
            "to what `gh auth token` prints"
        )
    return value
