import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from generator.github.markdown import code, escaped, flat

HOSTILE = {
    "emphasis": "**bold** _it_ ~~gone~~ *x*",
    "a link": "[click](https://evil.example) ![img](x.png) [a]: b",
    "a bare link": "see https://evil.example/a?b=c and www.evil.example or ftp://evil.example",
    "an address": "mail root@evil.example",
    "HTML": '<img src=x onerror=alert(1)> <a href="x">y</a> &lt;b&gt; &copy;',
    "a comment": "before <!-- hidden --> after --> <!--",
    "a mention": "ping @octocat and @octo-org/team, (@x)",
    "references": "fixes #123, GH-7, octo/repo#4, gh-12",
    "emoji": "done :tada: :+1: :-1: :100:, :e-mail::woman_technologist:",
    "a commit": "since 0123456789abcdef0123456789abcdef01234567, octo/repo@0123456789abcdef0123456789abcdef01234567",
    "code": "`a` ``b`` ```c",
    "a fence": "```\nrm -rf\n```",
    "a table": "a | b\n--- | ---\n1 | 2",
    "a heading": "# big",
    "a heading below": "big\n===\nsmall\n---",
    "a list": "- a\n- b\n1. c\n2) d\n+ e\n* f",
    "an ordered list": "1. one",
    "another ordered list": "2) two",
    "a plus": "+ one",
    "a quotation": "> [!WARNING]\n> said",
    "a rule": "---",
    "indented code": "        code",
    "mathematics": "$x^2$ and $$y$$",
    "backslashes": "C:\\path\\*not\\_emphasis \\",
    "unseen characters": "a\u202eb\u200dc\x00d\x1b[31me\ud800f",
    "line breaks": "a\r\nb\u2028c\x85d\x0be",
}
GITHUB_ACTS_ON = re.compile(
    r"(?:https?|ftp)://|www\.|(?<!\w)@\w|\w@\w|#\d|\bGH-\d|\$[^ ]|:(?-i:[\w+-]*[a-z1][\w+-]*):|\b[0-9a-f]{7,40}\b",
    re.IGNORECASE,
)  # GitHub knows emoji by names in small letters
HARMLESS = {"text", "softbreak", "html_inline"}
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def inline(markdown: str) -> list[Token]:
    """Return what is in the only paragraph that the text may become."""
    tokens = PARSER.parse(markdown)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    return tokens[1].children or []


def seen(tokens: list[Token]) -> str:
    return "".join(token.content for token in tokens if token.type in {"text", "text_special", "code_inline"})


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_escaped_text_is_only_text(text: str) -> None:
    tokens = inline(escaped(text))
    assert {token.type for token in tokens} <= HARMLESS
    assert {token.content for token in tokens if token.type == "html_inline"} <= {"<span>", "</span>"}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_escaped_text_reads_as_it_was(text: str) -> None:
    assert seen(inline(escaped(text))).replace("\u200b", "").casefold() == flat(text).casefold()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_nothing_is_left_for_github_to_link_or_to_notify(text: str) -> None:
    pieces = [token.content for token in inline(escaped(text)) if token.type == "text"]
    assert [piece for piece in pieces if GITHUB_ACTS_ON.search(piece)] == []


@given(st.text(min_size=1).filter(flat))
def test_any_text_is_only_text_and_reads_as_it_was(text: str) -> None:
    tokens = inline(escaped(text))
    assert {token.type for token in tokens} <= HARMLESS
    assert seen(tokens).replace("\u200b", "").casefold() == flat(text).casefold()


@given(st.text(alphabet="`|a $@<&*\\\n", min_size=1).filter(flat))
def test_any_code_is_one_span_that_reads_as_it_was(text: str) -> None:
    tokens = inline(code(text))
    html = {token.content for token in tokens if token.type == "html_inline"}
    assert [token.type for token in tokens] == ["code_inline"] or {"<code>", "</code>"} <= html
    assert seen(tokens).replace("\u200b", "") == flat(text)


def test_no_code_is_no_span() -> None:
    assert code(" \n") == ""


@pytest.mark.parametrize("make", [escaped, code])
def test_a_pipe_does_not_end_a_cell(make: type[str]) -> None:
    tokens = PARSER.parse(f"| a | b |\n|---|---|\n| {make('x | y')} | z |")
    cells = [token.children for token in tokens if token.type == "inline"]
    assert [seen(cell or []) for cell in cells] == ["a", "b", "x | y", "z"]


def test_a_time_and_an_ami_are_left_as_they_are() -> None:
    text = "ami-00000000000000001 since 2026-11-23T12:00:00Z, 10:30 at"
    assert escaped(text) == text


@pytest.mark.parametrize(
    "unseen", ["\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\x1b", "\x00", "\u00ad"], ids=ascii
)
def test_what_nobody_sees_is_removed(unseen: str) -> None:
    for make in (flat, escaped):
        assert make(f"a{unseen}b") == "ab"
    assert code(f"a{unseen}b") == "`ab`"


def test_a_type_of_aws_can_be_copied() -> None:
    assert escaped("Recipe (AWS::ImageBuilder::ImageRecipe)") == "Recipe (AWS::ImageBuilder::ImageRecipe)"
