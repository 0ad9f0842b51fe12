"""The answer of GET /status: what every preset can do now, in words for people and JSON for scripts; public.

Never in it: secrets, repositories, jobs, account ids, raw error bodies.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from lambdas.core import fold, times
from lambdas.core.state import AmiState

READY = "ready"
UPDATING = "updating"
BUILDING = "building"
FAILED = "failed"
DEGRADED = "degraded"
IN_ORDER = (READY, UPDATING, BUILDING, FAILED)
# An ARN, or twelve digits that stand alone: both name an account.
ACCOUNTS = re.compile(r"arn:\S+|(?<!\d)\d{12}(?!\d)")
AMI_IDS = re.compile(r"\bami-[0-9a-f]+\b")


@dataclass(frozen=True, kw_only=True)
class PresetStatus:
    """What one preset can do: `serving` tells a failed rebuild over an AMI that serves from no AMI at all."""

    name: str
    status: str
    serving: bool
    ami_id: str | None
    updated_at: datetime
    since: datetime
    expires_at: datetime | None
    reason: str | None


def preset_status(state: AmiState) -> PresetStatus:
    """Return what a state says to the public: updating is a rebuild over an AMI that serves, building is the first."""
    status = UPDATING if state.status == fold.BUILDING and state.ami_id else state.status
    return PresetStatus(
        name=state.preset_name,
        status=status,
        serving=state.ami_id is not None,
        ami_id=state.ami_id,
        updated_at=state.updated_at,
        since=state.since,
        expires_at=state.expires_at,
        reason=ACCOUNTS.sub("(hidden)", state.reason) if state.reason else None,
    )


def hidden_preset_status(state: AmiState) -> PresetStatus:
    """Return the same with no AMI id named."""
    preset = preset_status(state)
    return replace(preset, ami_id=None, reason=AMI_IDS.sub("(hidden)", preset.reason) if preset.reason else None)


def overall(presets: Iterable[PresetStatus]) -> str:
    """Return degraded if any preset failed or there is none, else building if a first AMI is, else ready."""
    statuses = {preset.status for preset in presets}
    if not statuses or FAILED in statuses:
        return DEGRADED
    return BUILDING if BUILDING in statuses else READY


def message(presets: Iterable[PresetStatus]) -> str:
    """Return `All presets ready`, or counts by status such as `2 presets ready, 1 preset updating`."""
    counts = Counter(preset.status for preset in presets)
    if not counts:
        return "No presets"
    if set(counts) == {READY}:
        return "All presets ready"
    return ", ".join(f"{n} {'preset' if n == 1 else 'presets'} {one}" for one in IN_ORDER if (n := counts[one]))


def report(presets: Iterable[PresetStatus], *, now: datetime) -> dict[str, object]:
    """Return the answer's JSON object, presets sorted by name."""
    ordered = sorted(presets, key=lambda preset: preset.name)
    return {
        "status": overall(ordered),
        "message": message(ordered),
        "generatedAt": times.text(now),
        "presets": [_preset_json(preset) for preset in ordered],
    }


def _preset_json(preset: PresetStatus) -> dict[str, object]:
    return {
        "name": preset.name,
        "status": preset.status,
        "serving": preset.serving,
        "amiId": preset.ami_id,
        "updatedAt": times.text(preset.updated_at),
        "since": times.text(preset.since),
        "expiresAt": times.text(preset.expires_at) if preset.expires_at else None,
        "reason": preset.reason,
    }
