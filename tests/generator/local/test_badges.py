"""The badge on a terminal is the picture that the function draws: its words, and its colours."""

import pytest

from generator.errors import SpotRunnerError
from generator.local import badges
from lambdas.core import badge

URL = "http://127.0.0.1:1/badge.svg"
READY = badge.svg(badge.Badge(subject="runners", verdict="ready"))


@pytest.mark.parametrize("verdict", badge.COLOURS)
def test_both_halves_have_the_words_and_colours_of_the_picture(verdict: str) -> None:
    read = badges.read(badge.svg(badge.Badge(subject="linux-x64", verdict=verdict)), URL)
    assert read.halves == (("linux-x64", "#555"), (verdict, badge.COLOURS[verdict]))
    assert read.words == f"linux-x64: {verdict}"


def test_the_text_is_white_on_the_pictures_colours() -> None:
    text = badges.read(READY, URL).text()
    assert text.plain == " runners  ready "
    assert [str(span.style) for span in text.spans] == ["bold #ffffff on #555555", "bold #ffffff on #1a7f37"]


def test_a_picture_with_a_box_too_many_is_no_badge() -> None:
    with pytest.raises(SpotRunnerError, match="3 boxes for 2 texts"):
        badges.read(READY.replace("</svg>", '<rect fill="#000"/></svg>'), URL)
