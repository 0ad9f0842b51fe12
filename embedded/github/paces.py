"""So much in a while: what was used of late, and when there is room again."""

import math
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from embedded.github.clock import Clock
from embedded.github.errors import ApiError

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Window:
    """What was used in the last while, in points."""

    def __init__(self, clock: Clock, length: timedelta) -> None:
        self._clock, self._length = clock, length
        self._used: deque[tuple[datetime, int]] = deque()
        self._sum = 0

    def wait_seconds(self, points: int, most: int) -> int:
        """Return in how many seconds there is room for so many points; 0 if there is now."""
        now = self._clock.now()
        while self._used and now - self._used[0][0] >= self._length:
            self._sum -= self._used.popleft()[1]
        excess, until = self._sum + points - most, now
        for time, used in self._used:
            if excess <= 0:
                break
            excess, until = excess - used, time + self._length
        return math.ceil((until - now).total_seconds())

    def use(self, points: int) -> None:
        """Use up points."""
        self._used.append((self._clock.now(), points))
        self._sum += points


@dataclass(kw_only=True)
class Pace:
    """So many in a while."""

    most: int
    length: timedelta


@dataclass
class Registrations:
    """Counts registrations of runners: by who asks, and by where the runner is to be.

    https://docs.github.com/en/actions/reference/limits
    """

    clock: Clock
    by_author: Pace = field(default_factory=lambda: Pace(most=10_000, length=HOUR))
    by_scope: Pace = field(default_factory=lambda: Pace(most=1_500, length=5 * MINUTE))
    _windows: dict[tuple[str, str], Window] = field(default_factory=dict)

    def count(self, scope: str, author: str) -> None:
        """Count a registration, or refuse it with 403 and when to come again."""
        windows = [
            (self._windows.setdefault((kind, name.lower()), Window(self.clock, pace.length)), pace)
            for kind, name, pace in (("author", author, self.by_author), ("scope", scope, self.by_scope))
        ]
        wait = max(window.wait_seconds(1, pace.most) for window, pace in windows)
        if wait:
            message = f"API rate limit exceeded for {author}: too many runners are registered at once."
            raise ApiError(403, message, headers={"Retry-After": str(wait)})
        for window, _ in windows:
            window.use(1)
