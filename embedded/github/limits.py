"""How much one author may ask, whatever the token: so many requests an hour, so many writes a minute.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from embedded.github.clock import Clock
from embedded.github.errors import ApiError
from embedded.github.world import Token

MINUTE = timedelta(minutes=1)


@dataclass(kw_only=True)
class Use:
    """What one author has used of one resource since its hour began, and when it wrote in the last minute."""

    began: datetime
    requests: int = 0
    writes: list[datetime] = field(default_factory=list)


class Limits:
    """Counts, and refuses what is too much with `status`, 403 or 429: GitHub uses both."""

    def __init__(self, clock: Clock) -> None:
        self.writes_per_minute = 80
        self.hour = timedelta(hours=1)  # shorter, where a test cannot wait
        self.status = 403
        self._clock = clock
        self._uses: dict[tuple[str, str], Use] = {}

    def headers(self, token: Token, resource: str) -> dict[str, str]:
        """Return the headers that every answer carries."""
        use = self._use(token, resource)
        return {
            "x-ratelimit-limit": str(token.requests_per_hour),
            "x-ratelimit-remaining": str(token.requests_per_hour - use.requests),
            "x-ratelimit-used": str(use.requests),
            "x-ratelimit-reset": str(int((use.began + self.hour).timestamp())),
            "x-ratelimit-resource": resource,
        }

    def count(self, token: Token, resource: str, *, writes: bool) -> None:
        """Count a request, or refuse it."""
        now, use = self._clock.now(), self._use(token, resource)
        if use.requests >= token.requests_per_hour:
            raise ApiError(self.status, f"API rate limit exceeded for {token.login or 'you'}.")
        use.requests += 1
        use.writes = [time for time in use.writes if now - time < MINUTE]
        if not writes:
            return
        if len(use.writes) >= self.writes_per_minute:
            after = math.ceil((use.writes[0] + MINUTE - now).total_seconds())
            raise ApiError(
                self.status,
                "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. "
                "Please retry your request again later.",
                headers={"Retry-After": str(after)},
            )
        use.writes.append(now)

    def _use(self, token: Token, resource: str) -> Use:
        now, key = self._clock.now(), (token.login, resource)
        if key not in self._uses or now - self._uses[key].began >= self.hour:
            self._uses[key] = Use(began=now)
        return self._uses[key]
