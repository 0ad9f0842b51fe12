"""Badges as a browser shows them and as it tells of them."""

import pytest

from lambdas.core import badge
from lambdas.core.state import AmiState
from tests.browser.site import Site
from tests.browser.visit import Browser
from tests.lambdas.interruptions import before, refusal
from tests.lambdas.makers import a_state

STATES = {
    "ready": a_state(),
    "updating": a_state(status="building"),
    "building": a_state(status="building", ami_id=None),
    "failed, serving": a_state(status="failed"),
    "failed": a_state(status="failed", ami_id=None),
}
NAMES = ["a", "i" * 40, "m" * 40, "w" * 40, "-".join("0" * 20) + "0", "ubuntu-24-04-arm64-gpu-with-docker-images"[:40]]
# Each box of colour with the text on it, as rectangles of the picture: left, top, right, bottom.
DRAWN = """
const sides = (e) => { const r = e.getBBox(); return [r.x, r.y, r.x + r.width, r.y + r.height]; };
const boxes = [...document.querySelectorAll('rect[fill^="#"]')].map(sides);
return [...document.querySelectorAll('text:not([fill-opacity])')].map((text, n) => [boxes[n], sides(text)]);
"""
LENGTHS = """
return [...document.querySelectorAll('text:not([fill-opacity])')].map((text) => {
    const made_for = Number(text.getAttribute('textLength'));
    text.removeAttribute('textLength');
    text.setAttribute('font-family', arguments[0]);
    return [made_for, text.getComputedTextLength(), text.getNumberOfChars()];
});
"""

IMAGE = """
const image = new Image();
image.src = arguments[0];
return image.decode().then(() => [image.naturalWidth, image.naturalHeight]);
"""


def assert_every_text_lies_in_its_box(browser: Browser) -> None:
    drawn = browser.run(DRAWN)
    assert len(drawn) == 2
    for (left, top, right, bottom), text in drawn:
        assert left + 5 <= text[0] < text[2] <= right - 5
        assert top < text[1] < text[3] < bottom
    assert drawn[0][0][2] == drawn[1][0][0], "one box begins where the other ends"
    assert drawn[1][0][2] == browser.run("return document.documentElement.width.baseVal.value")


def assert_it_says(browser: Browser, words: str) -> None:
    assert browser.told() == [("image", words)]
    assert_every_text_lies_in_its_box(browser)


@pytest.mark.parametrize("verdict", STATES)
def test_every_state_of_a_preset_is_shown_and_told(browser: Browser, site: Site, verdict: str) -> None:
    site.holds(STATES[verdict])
    browser.visit(site.badge_url("linux-x64"))
    assert_it_says(browser, f"linux-x64: {verdict}")


@pytest.mark.parametrize(
    ("states", "verdict"),
    [
        ([STATES["ready"]], "ready"),
        ([STATES["building"]], "building"),
        ([STATES["failed, serving"]], "degraded"),
        ([], "degraded"),
    ],
)
def test_every_state_of_a_deployment_is_shown_and_told(
    browser: Browser, site: Site, states: list[AmiState], verdict: str
) -> None:
    site.holds(*states)
    browser.visit(site.badge_url())
    assert_it_says(browser, f"runners: {verdict}")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_length_fits_its_box(browser: Browser, site: Site, name: str) -> None:
    site.holds(a_state(preset_name=name))
    browser.visit(site.badge_url(name))
    assert_it_says(browser, f"{name}: ready")


@pytest.mark.parametrize("family", ["serif", "monospace", "DejaVu Sans Bold", "fantasy"])
def test_another_font_fits_too(browser: Browser, site: Site, family: str) -> None:
    site.holds(a_state(preset_name="w" * 40))
    browser.visit(site.badge_url("w" * 40))
    browser.run("document.querySelectorAll('g').forEach((g) => g.setAttribute('font-family', arguments[0]))", family)
    assert_every_text_lies_in_its_box(browser)


@pytest.mark.parametrize("name", ["abcdefghijklmnopqrstuvwxyz0123456789", *NAMES])
def test_boxes_are_made_for_the_length_that_the_text_has_by_itself(browser: Browser, site: Site, name: str) -> None:
    site.holds(a_state(preset_name=name))
    browser.visit(site.badge_url(name))
    for made_for, is_long, characters in browser.run(LENGTHS, "DejaVu Sans"):
        assert abs(made_for - is_long) <= 0.1 + 0.05 * characters, "kerning is all that may differ"


def test_a_table_that_cannot_be_read_is_shown_and_told(browser: Browser, site: Site) -> None:
    with before("dynamodb.Query", refusal("InternalServerError")):
        browser.visit(site.badge_url())
    assert_it_says(browser, "runners: unavailable")


@pytest.mark.parametrize(
    "wanted", ["<script>alert(1)</script>", "'\"/><image href='/status'/>", "]]>&lt;", "a" * 41, ""]
)
def test_what_a_stranger_writes_is_neither_shown_nor_run(browser: Browser, site: Site, wanted: str) -> None:
    visit = browser.visit(site.badge_url(wanted))
    assert_it_says(browser, "runners: unknown preset")
    assert (visit.console, len(visit.requested)) == ([], 1)


def test_a_badge_asks_for_nothing_and_complains_of_nothing(browser: Browser, site: Site) -> None:
    site.holds(STATES["ready"])
    visit = browser.visit(site.badge_url("linux-x64"))
    assert (visit.console, visit.requested) == ([], [site.badge_url("linux-x64")])


def test_a_page_shows_it_as_an_image_of_its_own_size(browser: Browser, site: Site) -> None:
    site.holds(STATES["ready"])
    browser.visit(f"{site.url}/status")
    assert browser.run(IMAGE, site.badge_url("linux-x64")) == [107, 20]


def test_the_states_above_are_all_that_a_badge_can_say() -> None:
    elsewhere = {"degraded", badge.UNKNOWN, badge.UNAVAILABLE}
    assert set(STATES) | elsewhere == set(badge.COLOURS)
