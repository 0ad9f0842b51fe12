"""What GitHub refuses, said as one line with the remedy: no command shows a traceback for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from math import ceil

from github.GithubException import BadAttributeException, GithubException, RateLimitExceededExceedsMaxWait
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from generator.errors import SpotRunnerError
from generator.github.retrying import MOVED

FOREIGN = "the answer is not GitHub's: check GITHUB_API_URL"
# How PyGithub stumbles over an answer of another shape: HTML of a proxy, a list for an object, nothing.
STUMBLES = (BadAttributeException, TypeError, KeyError, AttributeError, ValueError, AssertionError)
CLOSED = "resource not accessible by"  # … integration (Apps and Actions), … personal access token (fine-grained)


class ForeignAnswerError(Exception):
    """An answer was a success, but not one that GitHub gives; `explained` puts it into words."""


@contextmanager
def explained(action: str, permission: str = "metadata: read") -> Iterator[None]:
    """Turn every error of the client inside the block into a SpotRunnerError that names action and remedy.

    `action` completes "could not …"; `permission` is what GitHub asks for it, as a workflow's `permissions:` says it.
    """
    try:
        yield
    except GithubException as error:
        raise SpotRunnerError(f"GitHub: could not {action}: {refusal(error, permission)}") from error
    except (RequestException, HTTPError) as error:
        raise SpotRunnerError(f"GitHub: could not {action}: {unanswered(error)}") from error
    except (ForeignAnswerError, *STUMBLES) as error:
        raise SpotRunnerError(f"GitHub: could not {action}: {FOREIGN}") from error


def refusal(error: GithubException, permission: str) -> str:
    """Return why an answer was not a success and what to do about it."""
    status, said = error.status, message(error)
    if is_rate_limit(error):
        return _limited(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"it failed by itself ({said or 'no reason given'}, {status}): see its status page, repeat this later"
    if status == HTTPStatus.FORBIDDEN and said.lower().startswith(CLOSED):
        return (
            f"the token lacks `{permission}`: add it to `permissions:` of the job in the workflow, or to the "
            "permissions of the App or personal access token"
        )
    if status == HTTPStatus.BAD_REQUEST and not said:  # PyGithub's own, of an answer without addresses
        return FOREIGN
    place = (error.headers or {}).get("location", "").partition("?")[0]
    if status in MOVED:
        return f"it has moved to {place}: set GITHUB_REPOSITORY, or GITHUB_API_URL, to that"
    remedies: dict[int, str] = {
        HTTPStatus.UNAUTHORIZED: f"the token is not valid or has expired ({said}): renew GITHUB_TOKEN or GH_TOKEN",
        HTTPStatus.NOT_FOUND: "there is no such thing, or the token may not see it: check GITHUB_REPOSITORY, and that "
        f"the token has `{permission}` there",
        HTTPStatus.GONE: f"{said or 'it is switched off'}: turn it on in the repository's settings",
    }
    return remedies.get(status, f"{said or 'no reason given'} ({status})")


def is_rate_limit(error: GithubException) -> bool:
    """Tell a rate limit from a permission: both answer 403.

    https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#rate-limit-errors
    """
    headers = error.headers or {}
    if error.status == HTTPStatus.TOO_MANY_REQUESTS or isinstance(error, RateLimitExceededExceedsMaxWait):
        return True
    used_up = "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    return error.status == HTTPStatus.FORBIDDEN and (used_up or "rate limit" in message(error).lower())


def message(error: GithubException) -> str:
    """Return GitHub's own words, with the details of a failed validation, without line breaks."""
    data = error.data if isinstance(error.data, dict) else {}
    details = [
        _flat(one.get("message") or f"{one.get('field')} is {one.get('code')}") if isinstance(one, dict) else _flat(one)
        for one in data.get("errors") or []
    ]
    return ": ".join(text for text in (_flat(data.get("message", "")), ", ".join(details)) if text)


def unanswered(error: RequestException | HTTPError) -> str:
    """Return what to do when no answer came; a write may have been done all the same."""
    return (
        f"no answer ({_flat(error)}): check the network, the proxy and GITHUB_API_URL; if it was a write, look whether "
        "it was done before you repeat the command"
    )


def _limited(error: GithubException) -> str:
    asked = error.wait if isinstance(error, RateLimitExceededExceedsMaxWait) else None
    minutes = 0 if asked is None else ceil(asked / 60)
    when = {0: "later", 1: "in a minute"}.get(minutes, f"in {minutes} minutes")
    return (
        f"the token's rate limit is used up: repeat the command {when}, or use the token of an App, which may ask more"
    )


def _flat(text: object) -> str:
    return " ".join(str(text).split()).rstrip(".")
