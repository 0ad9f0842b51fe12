"""How long and what to repeat: what GitHub refused for its limits, and what is the same when done twice.

PyGithub's own GithubRetry also repeats a POST whose answer was lost, which files an issue twice; obeys any Retry-After
up to six hours; and takes a 429 for an error. This one does not.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from github import GithubRetry
from github.GithubException import GithubException, RateLimitExceededExceedsMaxWait
from urllib3 import Retry
from urllib3.exceptions import MaxRetryError
from urllib3.response import BaseHTTPResponse

LONGEST_WAIT_SECONDS = 120.0
SECONDARY_LIMIT_SECONDS = 60.0
SAME_WHEN_REPEATED = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"})
REFUSED = frozenset({403, 429})
MOVED = frozenset({301, 302, 307, 308})
ATTEMPTS_AFTER_THE_FIRST = 5

logger = logging.getLogger(__name__)


class BoundedRetry(GithubRetry):
    """Repeats one request; all its waits for a rate limit together stay within `seconds_left`.

    `wait` takes seconds, as time.sleep does.
    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
    """

    def __init__(
        self,
        *,
        seconds_left: float = LONGEST_WAIT_SECONDS,
        wait: Callable[[float], object] = time.sleep,
        **kwargs: Any,  # noqa: ANN401 - urllib3's own go through
    ) -> None:
        self.seconds_left = seconds_left
        self.wait = wait
        ours = {
            "total": ATTEMPTS_AFTER_THE_FIRST,
            "backoff_factor": 0.5,
            "allowed_methods": SAME_WHEN_REPEATED,
            "raise_on_status": False,  # the last answer says more than "too many 503 responses"
            "secondary_rate_wait": SECONDARY_LIMIT_SECONDS,
        }
        super().__init__(**{**ours, **kwargs})

    def new(self, **kw: Any) -> "BoundedRetry":  # noqa: ANN401 - as above
        """Copy this for the next attempt."""
        return super().new(**{"seconds_left": self.seconds_left, "wait": self.wait, **kw})

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:  # noqa: FBT001, FBT002 - urllib3's
        """Repeat any method that was refused, since nothing was done; `increment` tells limits from permissions.

        It also sees what has moved: PyGithub follows a 301 without its query, to another list than was asked for, and
        takes a 307 for a success that did not happen.
        """
        return status_code in REFUSED | MOVED or super().is_retry(method, status_code, has_retry_after)

    def increment(  # type: ignore[override] # urllib3's too differs from its base here
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        *others: Any,  # noqa: ANN401 - as above
        **named: Any,  # noqa: ANN401 - as above
    ) -> Retry:
        """Return the next attempt, or raise if its wait is longer than what is left.

        That is RateLimitExceededExceedsMaxWait for a limit; MaxRetryError, which makes the answer final, for the rest.
        What has moved is a GithubException at once.
        """
        if response is not None and response.status in MOVED:
            raise GithubException(response.status, None, _lower(response))
        asked = 0.0 if response is None else self.asked_seconds(response)
        following = super().increment(method, url, response, *others, **named)  # type: ignore[arg-type]
        pause = max(asked, following.get_backoff_time())
        if response is not None and pause > self.seconds_left:
            raise self._too_long(response, pause)
        following.seconds_left = self.seconds_left - pause  # type: ignore[attr-defined]
        return following

    def asked_seconds(self, response: BaseHTTPResponse) -> float:
        """Return how long a refusal asks to wait: Retry-After, or until the limit's reset; a bare 429 is a minute."""
        after = self.get_retry_after(response)
        if after is not None:
            return after
        reset = response.headers.get("x-ratelimit-reset", "")
        if response.headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
            return max(0.0, int(reset) - time.time()) + 1  # the reset is somewhere within that second
        return SECONDARY_LIMIT_SECONDS if response.status == 429 else 0.0  # noqa: PLR2004 - HTTP's number

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        """Wait as long as the answer asks, at least as long as the attempts' own backoff."""
        asked = 0.0 if response is None else self.asked_seconds(response)
        pause = max(asked, self.get_backoff_time())
        if response is not None and response.status in REFUSED:
            logger.warning("GitHub's rate limit: waiting %.0f seconds", pause)
        self.wait(pause)

    @staticmethod
    def _too_long(response: BaseHTTPResponse, seconds: float) -> Exception:
        if response.status not in REFUSED:
            return MaxRetryError(None, None)  # type: ignore[arg-type] # nobody reads them: the answer is returned
        return RateLimitExceededExceedsMaxWait(response.status, None, _lower(response), wait=seconds)


def _lower(response: BaseHTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}
