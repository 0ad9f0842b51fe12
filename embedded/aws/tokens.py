"""Client tokens: the same request again gets the same answer, and has its effect once."""

from collections.abc import Callable, Hashable
from typing import Any

from embedded.aws.clock import Clock
from embedded.aws.errors import ServiceError


class Tokens:
    """The answers of one service, for `seconds` each; the caller holds the service's lock."""

    def __init__(self, clock: Clock, mismatch_code: str, seconds: float = float("inf")) -> None:
        self._clock, self._mismatch_code, self._seconds = clock, mismatch_code, seconds
        self._answers: dict[Hashable, tuple[float, Any, Any]] = {}

    def once(self, token: Hashable, request: Any, act: Callable[[], Any]) -> Any:
        """Return what `act` returns or returned; refuse another request under the same token. None is no token."""
        now = self._clock.timestamp()
        made, before, answer = self._answers.get(token, (float("-inf"), None, None))
        if now - made < self._seconds and token in self._answers:
            if before != request:
                raise ServiceError(self._mismatch_code, "The client token was used with other parameters before.")
            return answer
        answer = act()
        if token is not None:
            self._answers[token] = now, request, answer
        return answer

    def forget(self, token: Hashable) -> None:
        """Let a request that failed be tried again."""
        self._answers.pop(token, None)
