"""Issues and comments on a terminal: what GitHub hides is hidden, what it folds is folded, and nothing else is lost."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from generator.local.posts import AsOnGitHub, Post, panel

ISSUE = Post(
    number=2, is_pull_request=False, title="Preset linux-x64 has failed", state="open", state_reason=None,
    url="http://127.0.0.1/octo-org/runners/issues/2", author="github-actions[bot]", did="opened",
    at="2026-11-29T04:45:10Z", markdown="It **failed**.",
)  # fmt: skip
FOLDED = """\
<!-- spot-runner:plan -->
### Plan

before

<details><summary>2 resources of <code>a &amp; b</code></summary>

| resource |
|---|
| Recipe |

</details>

after"""


def shown(what: object, width: int = 60) -> str:
    console = Console(width=width, record=True, file=StringIO())
    console.print(what)
    return console.export_text()


def test_a_hidden_comment_stays_hidden_and_leaves_no_gap() -> None:
    assert shown(AsOnGitHub("<!-- marker -->\nhello")) == shown(AsOnGitHub("hello"))


def test_details_are_one_line_with_their_summary_and_what_follows_is_shown() -> None:
    text = shown(AsOnGitHub(FOLDED))
    assert "▸ 2 resources of a & b" in text
    assert "Recipe" not in text
    assert text.index("before") < text.index("▸") < text.index("after")


def test_a_line_break_in_a_comment_breaks_the_line() -> None:
    assert [line.strip() for line in shown(AsOnGitHub("one\ntwo")).splitlines()] == ["one", "two"]


def test_a_post_says_whose_it_is_when_it_was_written_and_how_its_thread_stands() -> None:
    text = shown(panel(ISSUE))
    assert "github-actions bot opened this on 2026-11-29 04:45 UTC" in text
    assert "Preset linux-x64 has failed #2  open" in text
    assert "It failed." in text


def test_a_closed_issue_says_why() -> None:
    assert "#2  closed, not planned" in shown(panel(replace(ISSUE, state="closed", state_reason="not_planned")))


@pytest.mark.parametrize("width", [40, 80])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    text = shown(panel(replace(ISSUE, markdown="word " * 50 + "\n\n- " + "x" * 100)), width)
    assert max(len(line) for line in text.splitlines()) == width
