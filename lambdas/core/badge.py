"""The badge: what the deployment or one preset can do, in one word, drawn for the README of those who use it; public.

It looks like the flat badges of other projects, but its text has a contrast of 4.5:1 at least, gradient included:
https://www.w3.org/TR/WCAG22/#contrast-minimum
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from lambdas.core import preset, status
from lambdas.core.status import PresetStatus

WHOLE = "runners"  # the subject of a badge that names no preset
FAILED_SERVING = "failed, serving"
UNKNOWN = "unknown preset"
UNAVAILABLE = "unavailable"
GREY = "#656d76"
COLOURS = {
    status.READY: "#1a7f37",
    status.UPDATING: "#0969da",
    status.BUILDING: "#8f5f00",
    status.DEGRADED: "#cf222e",
    status.FAILED: "#cf222e",
    FAILED_SERVING: "#bc4c00",
    UNKNOWN: GREY,
    UNAVAILABLE: GREY,
}
FONT_PX = 11
PADDING_PX = 6
# Advance widths of DejaVu Sans in units of 1/2048 em; Verdana's differ by two in a hundred. `textLength` does the rest.
UNITS_PER_EM = 2048
WIDTHS = {
    character: units
    for units, characters in {
        569: "ijl", 651: " ,", 721: "f", 739: "-", 803: "t", 842: "r", 1067: "s", 1075: "z", 1126: "c", 1186: "k",
        1212: "vxy", 1253: "o", 1255: "a", 1260: "e", 1298: "hnu", 1300: "bdgpq", 1303: "0123456789", 1675: "w",
        1995: "m",
    }.items()
    for character in characters
}  # fmt: skip
# The title says it all: what is drawn is hidden from screen readers, which would read each text and its shadow again.
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" viewBox="0 0 {width} 20" role="img" \
aria-label="{words}">
<title>{words}</title>
<linearGradient id="shine" x2="0" y2="100%">\
<stop offset="0" stop-color="#bbb" stop-opacity=".1"/>\
<stop offset="1" stop-color="#000" stop-opacity=".1"/>\
</linearGradient>
<clipPath id="round"><rect width="{width}" height="20" rx="3"/></clipPath>
<g clip-path="url(#round)">
<rect width="{left}" height="20" fill="#555"/>
<rect x="{left}" width="{right}" height="20" fill="{colour}"/>
<rect width="{width}" height="20" fill="url(#shine)"/>
</g>
<g aria-hidden="true" fill="#fff" font-family="Verdana,Geneva,'DejaVu Sans',sans-serif" font-size="11" \
text-rendering="geometricPrecision">
{subject}
{verdict}
</g>
</svg>
"""
TEXT = """\
<text x="{x}" y="15" fill="#010101" fill-opacity=".3" textLength="{length}">{text}</text>
<text x="{x}" y="14" textLength="{length}">{text}</text>"""


@dataclass(frozen=True, kw_only=True)
class Badge:
    """What a badge says: of whom, and what."""

    subject: str
    verdict: str


def badge(presets: Iterable[PresetStatus] | None, wanted: str | None = None) -> Badge:
    """Return the badge of one preset, or of the deployment if none is `wanted`; `presets` is None if nobody knows.

    `wanted` is what a stranger wrote: it is shown only if a preset could be named so.
    """
    subject = wanted if wanted is not None and preset.NAME.fullmatch(wanted) else WHOLE
    if presets is None:
        return Badge(subject=subject, verdict=UNAVAILABLE)
    if wanted is None:
        return Badge(subject=subject, verdict=status.overall(presets))
    verdicts = {one.name: _verdict(one) for one in presets}
    return Badge(subject=subject, verdict=verdicts.get(wanted, UNKNOWN))


def svg(shown: Badge) -> str:
    """Return a badge as an SVG image that needs nothing else; the same badge is the same text."""
    left, right = _box_px(shown.subject), _box_px(shown.verdict)
    return SVG.format(
        width=left + right,
        left=left,
        right=right,
        colour=COLOURS[shown.verdict],
        words=escape(f"{shown.subject}: {shown.verdict}"),
        subject=_text(shown.subject, x=PADDING_PX),
        verdict=_text(shown.verdict, x=left + PADDING_PX),
    )


def _verdict(one: PresetStatus) -> str:
    return FAILED_SERVING if one.status == status.FAILED and one.serving else one.status


def _text(text: str, x: int) -> str:
    """Return a text and its shadow, which browsers stretch or press to the length that its box was made for."""
    return TEXT.format(x=x, length=_length_px(text), text=escape(text))


def _box_px(text: str) -> int:
    return math.ceil(_length_px(text)) + 2 * PADDING_PX


def _length_px(text: str) -> float:
    """Return how long a text is; a character that no preset's name has counts as the widest."""
    return round(sum(WIDTHS.get(character, UNITS_PER_EM) for character in text) * FONT_PX / UNITS_PER_EM, 1)
