"""Where the OIDC token to explain comes from: a file, standard input, or the job that this runs in."""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from generator.errors import SpotRunnerError, UsageError
from generator.stacks.oidc import AUDIENCE

URL, BEARER = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
TIMEOUT_SECONDS = 20


def given(source: str) -> str:
    """Return the token in a file, or on standard input for `-`."""
    if source == "-":
        return sys.stdin.read()
    try:
        return Path(source).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{source} is not text, expected an OIDC token") from error


def can_be_requested(environ: Mapping[str, str]) -> bool:
    """Tell whether this is a job with `permissions: id-token: write`."""
    return bool(environ.get(URL) and environ.get(BEARER))


def requested(environ: Mapping[str, str]) -> str:
    """Return a token that is meant for AWS, as GitHub gives it to the job that this runs in.

    https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
    """
    url = f"{environ[URL]}&{urllib.parse.urlencode({'audience': AUDIENCE})}"
    request = urllib.request.Request(url, headers={"Authorization": f"bearer {environ[BEARER]}"})  # noqa: S310 - the job's own address
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
            return str(json.loads(answer.read())["value"])
    except (urllib.error.URLError, ValueError, KeyError, TypeError) as error:
        raise SpotRunnerError(f"GitHub gave no OIDC token ({error}): repeat the command in a new job") from error
