"""What the labels of a job ask for: `spotrunner/<preset>[/<options>]`, such as `spotrunner/linux-x64/cpu=4/ram=16`.

GitHub compares labels without case, and a comma is a part of the label that it stands in. Of some repositories it was
seen to split labels at commas and to match no runner then: so slashes may part options, too, which it leaves alone.
https://github.com/runs-on/runs-on/issues/102
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lambdas.core.preset import NAME

OURS = "spotrunner"
OPTIONS = ("cpu", "ram")
# GitHub's own limits of a label, and of the labels of a runner: a runner could not have more.
# https://docs.github.com/en/rest/actions/self-hosted-runners
LONGEST = 256
MOST = 100
BETWEEN = re.compile(r"[,/]")
WHOLE = re.compile(r"[1-9][0-9]{0,5}")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a job asks for: a preset, and at least so many vCPU and GiB of memory; 0 is as many as come."""

    preset: str
    cpu: int = 0
    ram: int = 0


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a job gets no machine: what kind of reason, and the reason in a line."""

    kind: str
    why: str


def wish(labels: Iterable[str]) -> Wish | Refusal | None:
    """Return what the labels ask for, or None if they ask for nothing here."""
    given = tuple(labels)
    each = {label.lower(): label for label in given}
    joined = next((label for lower, label in each.items() if _is_joined(lower)), None)
    if joined is not None:
        why = f"{shown(joined)} is one label to GitHub: expected a list, runs-on: [self-hosted, spotrunner/…]"
        return Refusal(kind="comma-joined labels", why=why)
    ours = [lower for lower in each if _is_ours(lower)]
    if ours and (len(given) > MOST or max(map(len, each)) > LONGEST):
        why = f"expected at most {MOST} labels of at most {LONGEST} characters, as a runner has"
        return Refusal(kind="malformed label", why=why)
    if len(ours) > 1:
        asked = " and ".join(shown(each[lower]) for lower in ours)
        return Refusal(kind="several presets", why=f"the job asks for {asked}, expected one of them")
    return _parsed(ours[0]) if ours else None


def others(labels: Iterable[str]) -> Iterator[str]:
    """Yield the labels beside the one that asks for a preset."""
    return (label for label in labels if not _is_ours(label.lower()))


def shown(label: str) -> str:
    """Return a label as a message may show it: whoever writes workflows writes labels."""
    return ascii(label if len(label) <= 100 else f"{label[:100]}…")  # noqa: PLR2004 - a line has to hold it


def _is_ours(lower: str) -> bool:
    return lower.partition("/")[0] == OURS


def _is_joined(lower: str) -> bool:
    """Tell whether several labels were written as one; the commas between options are none of those."""
    if "," not in lower:
        return False
    if _is_ours(lower):
        return "," in lower.split("/")[1]
    return any(_is_ours(part.strip()) for part in lower.split(","))


def _parsed(label: str) -> Wish | Refusal:
    _, _, rest = label.partition("/")
    preset, slash, options = rest.partition("/")
    if not NAME.fullmatch(preset):
        return Refusal(kind="malformed label", why=f"{shown(label)}: expected spotrunner/<preset>[/cpu=<n>/ram=<n>]")
    return _with_options(label, preset, options) if slash else Wish(preset=preset)


def _with_options(label: str, preset: str, options: str) -> Wish | Refusal:
    found: dict[str, int] = {}
    for option in BETWEEN.split(options):
        key, _, value = option.partition("=")
        if key not in OPTIONS or key in found or not WHOLE.fullmatch(value):
            expected = "expected cpu=<n> or ram=<n> after a slash, each once, in vCPU and GiB"
            why = f"{shown(label)}: option {shown(option)}, {expected}"
            return Refusal(kind="malformed option", why=why)
        found[key] = int(value)
    return Wish(preset=preset, **found)
