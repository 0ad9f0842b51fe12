"""GitHub's OIDC tokens: who a job is, for a cloud to believe.

https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
"""

from collections.abc import Mapping
from http import HTTPStatus

import requests

from generator.errors import SpotRunnerError

URL, KEY = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
TIMEOUT_SECONDS = 10
ATTEMPTS = 3


def available(environ: Mapping[str, str]) -> bool:
    """Tell whether this is a job of GitHub Actions with `id-token: write`."""
    return bool(environ.get(URL) and environ.get(KEY))


def requested(environ: Mapping[str, str], audience: str) -> str:
    """Return a token for an audience, good for some minutes; raise SpotRunnerError if GitHub gives none."""
    why = ""
    for _ in range(ATTEMPTS):
        try:
            answer = requests.get(
                environ[URL],
                params={"audience": audience},
                headers={"Authorization": f"Bearer {environ[KEY]}"},
                timeout=TIMEOUT_SECONDS,
            )
            if answer.status_code == HTTPStatus.OK:
                content = answer.json()
                if isinstance(content, dict) and isinstance(content.get("value"), str):
                    return str(content["value"])
                why = "an answer without `value`"
                continue
        except requests.RequestException as error:
            why = type(error).__name__  # its text would name the address, which is the job's own
            continue
        why = f"status {answer.status_code}"
        if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            break
    raise SpotRunnerError(f"GitHub gives no OIDC token ({why}): the job needs `permissions: id-token: write`")
