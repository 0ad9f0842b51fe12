"""How a burst moves the clock: in small jumps, and none while machines boot, which live in real time."""

import time
from datetime import datetime
from http import HTTPStatus
from urllib.error import HTTPError

from generator.local.burst.watching import Look
from generator.local.team import Team

MOST_BOOTING = 6  # at once on two cores: more would only boot more slowly
# GitHub takes a job back that its runner does not start within a minute; while machines boot, it takes more jumps.
LONGEST_JUMP_SECONDS, SHORT_JUMP_SECONDS = 30.0, 10.0
HELD_SECONDS = 15.0  # of real time: what boots for longer will not come any more
GLANCE_SECONDS = 0.2


class Pace:
    """Moves the clock on, jump by jump."""

    def __init__(self, team: Team) -> None:
        self._team, self._jumped_at = team, time.monotonic()

    def go_on(self, look: Look, until: datetime) -> None:
        """Jump towards a time, or let machines boot for a moment."""
        busy = look.booting >= MOST_BOOTING or look.assigned
        if busy and time.monotonic() - self._jumped_at < HELD_SECONDS:
            time.sleep(GLANCE_SECONDS)
            return
        longest = SHORT_JUMP_SECONDS if look.booting else LONGEST_JUMP_SECONDS
        seconds = min(max((until - look.at).total_seconds(), 1.0), longest)
        try:
            self._team.emulator.control("POST", "/clock", {"advanceSeconds": seconds})
        except HTTPError as error:  # too much is in flight: that costs real time, but nothing else
            if error.code != HTTPStatus.GATEWAY_TIMEOUT:
                raise
        self._team.hosting.played.actions.tick()
        self._jumped_at = time.monotonic()
