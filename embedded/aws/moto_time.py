"""Moto's idea of now: the clock's, so that visibility, sessions and timestamps move with it."""

from datetime import datetime
from types import SimpleNamespace

import moto.core.utils

from embedded.aws.clock import Clock
from embedded.aws.patches import Patches


class MotoTime:
    """Puts the clock under `moto.core.utils.utcnow`, which all of moto's modules share."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._patches = clock, Patches()

    def install(self) -> None:
        """Patch moto."""
        real = datetime
        virtual = SimpleNamespace(
            now=lambda zone=None: (
                self._clock.now().astimezone(zone) if zone else self._clock.now().replace(tzinfo=None)
            ),
            fromtimestamp=real.fromtimestamp,
            strptime=real.strptime,
        )
        self._patches.replace(moto.core.utils, "datetime", SimpleNamespace(datetime=virtual))

    def uninstall(self) -> None:
        """Restore moto."""
        self._patches.undo()
