"""How much one author may ask, whatever the token: so many requests an hour, so many writes a minute.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from embedded.github.clock import Clock
from embedded.github.errors import ApiError
from embedded.github.paces import HOUR, MINUTE, Window
from embedded.github.requests import Route
from embedded.github.world import Token

SECONDARY = "You have exceeded a secondary rate limit"
READ_POINTS, WRITE_POINTS = 1, 5


@dataclass(kw_only=True)
class Use:
    """What one author has used of one resource since its hour began, and what it did in the last minute."""

    began: datetime
    writes: Window
    points: Window
    requests: int = 0


class Limits:
    """Counts, and refuses what is too much with `status`, 403 or 429: GitHub uses both."""

    def __init__(self, clock: Clock) -> None:
        self.writes_per_minute = 80
        self.points_per_minute = 900
        self.hour = HOUR  # shorter, where a test cannot wait
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

    def overview(self, token: Token) -> dict[str, Any]:
        """Return what `GET /rate_limit` tells."""
        said = {name.removeprefix("x-ratelimit-"): value for name, value in self.headers(token, "core").items()}
        core = {name: int(said[name]) for name in ("limit", "remaining", "used", "reset")}
        return {"resources": {"core": core, "search": core}, "rate": core}

    def count(self, token: Token, resource: str, route: Route) -> None:
        """Count a request, or refuse it."""
        use = self._use(token, resource)
        if use.requests >= token.requests_per_hour:
            raise ApiError(self.status, f"API rate limit exceeded for {token.counted_as}.")
        use.requests += 1
        if resource != "core":
            return
        points = READ_POINTS if route.method == "GET" else WRITE_POINTS
        if wait := use.points.wait_seconds(points, self.points_per_minute):
            raise self._secondary(wait, ". Please wait a few minutes before you try again.")
        if route.creates_content and (wait := use.writes.wait_seconds(1, self.writes_per_minute)):
            raise self._secondary(
                wait, " and have been temporarily blocked from content creation. Please retry your request again later."
            )
        use.points.use(points)
        if route.creates_content:
            use.writes.use(1)

    def _secondary(self, wait: int, rest: str) -> ApiError:
        return ApiError(self.status, SECONDARY + rest, headers={"Retry-After": str(wait)})

    def _use(self, token: Token, resource: str) -> Use:
        now, key = self._clock.now(), (token.counted_as, resource)
        known = self._uses.get(key)
        if known is None:
            self._uses[key] = Use(began=now, writes=Window(self._clock, MINUTE), points=Window(self._clock, MINUTE))
        elif now - known.began >= self.hour:
            known.began, known.requests = now, 0
        return self._uses[key]
