"""The badge by itself: its words, its colours, and that its text always fits."""

import re
from xml.etree import ElementTree as ET

import pytest

from lambdas.core import badge, status
from lambdas.core.badge import Badge
from lambdas.core.state import AmiState
from tests.lambdas.makers import a_state

SVG = "{http://www.w3.org/2000/svg}"
READY = a_state()
UPDATING = a_state(status="building")
BUILDING = a_state(status="building", ami_id=None)
FAILED_SERVING = a_state(status="failed")
FAILED = a_state(status="failed", ami_id=None)
HOSTILE = [
    "", "a" * 41, "a" * 5000, "-a", "a-", "A", "linux x64", "a,b", "linux-x64\n", "\n", "ä", "\0", "../status",
    "<script>alert(1)</script>", '"/><image href="https://example.com/x"/>', "&lt;", "]]>", "{words}",
]  # fmt: skip


def words(states: list[AmiState] | None, wanted: str | None = None) -> str:
    presets = None if states is None else [status.preset_status(state) for state in states]
    shown = badge.badge(presets, wanted)
    return f"{shown.subject}: {shown.verdict}"


def drawn(shown: Badge) -> ET.Element:
    return ET.fromstring(badge.svg(shown))  # noqa: S314 - our own


def texts(image: ET.Element) -> list[ET.Element]:
    return [text for text in image.iter(f"{SVG}text") if not text.get("fill-opacity")]  # no shadows


def boxes(image: ET.Element) -> list[ET.Element]:
    return [rect for rect in image.iter(f"{SVG}rect") if re.fullmatch("#[0-9a-f]+", rect.get("fill", ""))]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        pytest.param([READY, READY], "runners: ready", id="all are ready"),
        pytest.param([READY, UPDATING], "runners: ready", id="a rebuild over a serving AMI counts as ready"),
        pytest.param([READY, BUILDING], "runners: building", id="a first AMI is under way"),
        pytest.param([BUILDING, FAILED_SERVING], "runners: degraded", id="a failed rebuild, though the old AMI serves"),
        pytest.param([], "runners: degraded", id="no presets"),
        pytest.param(None, "runners: unavailable", id="a table that cannot be read"),
    ],
)
def test_the_deployments_badge_says_what_the_status_says(states: list[AmiState] | None, expected: str) -> None:
    assert words(states) == expected


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        pytest.param([READY], "linux-x64: ready", id="ready"),
        pytest.param([UPDATING], "linux-x64: updating", id="a rebuild over a serving AMI"),
        pytest.param([BUILDING], "linux-x64: building", id="the first AMI"),
        pytest.param([FAILED_SERVING], "linux-x64: failed, serving", id="a failed rebuild over an AMI that serves"),
        pytest.param([FAILED], "linux-x64: failed", id="no AMI at all"),
        pytest.param([a_state(preset_name="linux")], "linux-x64: unknown preset", id="another preset only"),
        pytest.param(None, "linux-x64: unavailable", id="a table that cannot be read"),
    ],
)
def test_a_presets_badge_tells_whether_it_can_serve_sta_3(states: list[AmiState] | None, expected: str) -> None:
    assert words(states, "linux-x64") == expected


def test_a_presets_badge_is_its_own_whatever_the_others_do() -> None:
    assert words([FAILED, a_state(preset_name="linux-arm64")], "linux-arm64") == "linux-arm64: ready"


@pytest.mark.parametrize("wanted", HOSTILE)
@pytest.mark.parametrize(("states", "verdict"), [([READY], "unknown preset"), (None, "unavailable")])
def test_what_is_no_presets_name_is_never_shown(wanted: str, states: list[AmiState] | None, verdict: str) -> None:
    assert words(states, wanted) == f"runners: {verdict}"


@pytest.mark.parametrize("character", [*map(chr, range(32, 127)), "é", "字", "🙂"])
def test_every_character_is_drawn_as_itself(character: str) -> None:
    subject = f"a{character}{{words}}]]>"
    image = drawn(Badge(subject=subject, verdict=status.READY))
    assert image.get("aria-label") == image.findtext(f"{SVG}title") == f"{subject}: ready"
    assert [text.text for text in texts(image)] == [subject, "ready"]


@pytest.mark.parametrize("verdict", badge.COLOURS)
def test_people_who_do_not_see_it_are_told_the_same(verdict: str) -> None:
    image = drawn(Badge(subject="linux-x64", verdict=verdict))
    assert image.get("role") == "img"
    assert image.get("aria-label") == image.findtext(f"{SVG}title") == f"linux-x64: {verdict}"
    assert all(group.get("aria-hidden") for group in image.iter(f"{SVG}g") if group.find(f"{SVG}text") is not None)


@pytest.mark.parametrize("verdict", badge.COLOURS)
def test_every_text_has_a_contrast_that_everybody_can_read(verdict: str) -> None:
    image = drawn(Badge(subject="linux-x64", verdict=verdict))
    (ink,) = {group.get("fill", "") for group in image.iter(f"{SVG}g") if group.find(f"{SVG}text") is not None}
    stops = [(rgb(s.get("stop-color", "")), float(s.get("stop-opacity", ""))) for s in image.iter(f"{SVG}stop")]
    assert len(stops) == len(boxes(image)) == 2
    for box in boxes(image):
        for over, opacity in stops:
            behind = [(1 - opacity) * a + opacity * b for a, b in zip(rgb(box.get("fill", "")), over, strict=True)]
            assert contrast(rgb(ink), behind) >= 4.5


@pytest.mark.parametrize("verdict", badge.COLOURS)
def test_the_text_of_a_name_of_any_length_fits_its_box(verdict: str) -> None:
    for name in (character * length for character in "mi0-" for length in range(1, 41)):
        image = drawn(Badge(subject=name, verdict=verdict))
        end = 0.0
        for text, box in zip(texts(image), boxes(image), strict=True):
            left, text_left = float(box.get("x", 0)), float(text.get("x", 0))
            right, text_right = left + float(box.get("width", 0)), text_left + float(text.get("textLength", 0))
            assert left == end
            assert left + 6 <= text_left < text_right <= right - 6 < text_right + 1, "six pixels on either side"
            end = right
        assert (image.get("width"), image.get("viewBox")) == (f"{end:.0f}", f"0 0 {end:.0f} 20")


@pytest.mark.parametrize(("text", "pixels"), [("i", "3.1"), ("m", "10.7"), ("linux-x64", "51.0"), ("字", "11.0")])
def test_a_text_is_as_long_as_its_characters(text: str, pixels: str) -> None:
    assert texts(drawn(Badge(subject=text, verdict=status.READY)))[0].get("textLength") == pixels


def test_a_badge_needs_nothing_but_itself() -> None:
    image = badge.svg(Badge(subject="linux-x64", verdict=status.READY))
    names = {element.tag.removeprefix(SVG) for element in ET.fromstring(image).iter()}  # noqa: S314 - our own
    assert names == {"svg", "title", "linearGradient", "stop", "clipPath", "rect", "g", "text"}
    assert set(re.findall(r"url\((.)", image)) == {"#"}
    assert image.count("http") == 1, "the name of SVG itself"
    assert not re.search(r"href|style|\bon\w+=", image)


def test_the_same_badge_is_the_same_text() -> None:
    shown = [badge.svg(badge.badge([status.preset_status(READY)], "linux-x64")) for _ in range(2)]
    assert shown[0] == shown[1]


def rgb(colour: str) -> list[float]:
    """Return red, green and blue from 0 to 255 of `#rgb` or `#rrggbb`."""
    digits = colour.removeprefix("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    return [int(digits[place : place + 2], 16) for place in (0, 2, 4)]


def contrast(one: list[float], other: list[float]) -> float:
    """Return the contrast ratio: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: list[float]) -> float:
    """Return the relative luminance: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [
        (part / 255) / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def test_the_contrast_is_measured_as_the_standard_does() -> None:
    assert round(contrast(rgb("#fff"), rgb("#000000")), 2) == 21
    assert round(contrast(rgb("#fff"), rgb("#767676")), 2) == 4.54
