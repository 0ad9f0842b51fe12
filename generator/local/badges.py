"""The README's badge, asked as GitHub's proxy asks for images, and drawn with a terminal's means."""

import urllib.request
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from rich.text import Text

from generator.errors import SpotRunnerError

SVG, KIND = "{http://www.w3.org/2000/svg}", "image/svg+xml"
# https://github.com/atmos/camo: what it does not get as an image, it does not show.
ASKED_BY_PROXY = {"Accept": "image/*", "User-Agent": "Camo Asset Proxy"}
TIMEOUT_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Badge:
    """What the picture shows: for each half, from the left, its words and its colour such as `#555`."""

    url: str
    words: str
    halves: tuple[tuple[str, str], ...]

    def as_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        halves = [{"text": text, "colour": colour} for text, colour in self.halves]
        return {"url": self.url, "words": self.words, "halves": halves}

    def text(self) -> Text:
        """Return it as coloured text."""
        return Text.assemble(*((f" {text} ", f"bold #ffffff on {_six_digits(colour)}") for text, colour in self.halves))


def asked(url: str) -> Badge:
    """Ask for a badge; SpotRunnerError for what no browser would show."""
    request = urllib.request.Request(url, headers=ASKED_BY_PROXY)  # noqa: S310 - a stack's own output, on loopback
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
        kind, image = answer.headers.get_content_type(), answer.read().decode()
    if kind != KIND:
        raise SpotRunnerError(f"{url} is {kind}, expected {KIND}: no browser would show it")
    return read(image, url)


def read(image: str, url: str) -> Badge:
    """Read a badge: each half is a box in one colour, and a text, which its shadow precedes."""
    root = ET.fromstring(image)  # noqa: S314 - drawn by the deployed function itself
    colours = [box.get("fill", "") for box in root.iter(f"{SVG}rect") if box.get("fill", "").startswith("#")]
    texts = [one.text or "" for one in root.iter(f"{SVG}text") if one.get("fill") is None]
    if len(texts) != len(colours):
        raise SpotRunnerError(f"{url} has {len(colours)} boxes for {len(texts)} texts, expected one for each")
    return Badge(
        url=url,
        words=root.findtext(f"{SVG}title", default=""),
        halves=tuple(zip(texts, colours, strict=True)),
    )


def _six_digits(colour: str) -> str:
    digits = colour.removeprefix("#")
    return colour if len(digits) != 3 else "#" + "".join(2 * digit for digit in digits)  # noqa: PLR2004 - CSS's short form
