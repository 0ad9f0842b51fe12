"""Moto's idea of now: the clock's, so that visibility, sessions, versions and timestamps move with it."""

from datetime import datetime
from types import SimpleNamespace

import moto.core.utils
import moto.secretsmanager.models

from embedded.aws.clock import Clock
from embedded.aws.patches import Patches


def follow(clock: Clock, patches: Patches) -> None:
    """Put the clock under `moto.core.utils.utcnow`, which all of moto's modules share but that of secrets."""
    virtual = SimpleNamespace(
        now=lambda zone=None: clock.now().astimezone(zone) if zone else clock.now().replace(tzinfo=None),
        fromtimestamp=datetime.fromtimestamp,
        strptime=datetime.strptime,
    )
    patches.replace(moto.core.utils, "datetime", SimpleNamespace(datetime=virtual))
    patches.replace(moto.secretsmanager.models, "time", SimpleNamespace(time=clock.timestamp))
