"""What people read on GitHub, on a terminal: an issue or a comment in its frame, its Markdown rendered."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape

from markdown_it.token import Token
from rich.console import Group
from rich.markdown import Markdown
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

FOLD = re.compile(r"<details><summary>(?P<summary>.*?)</summary>", re.DOTALL)
FOLD_ENDS = "</details>"
TAG = re.compile(r"<[^>]*>")
DID = {"opened": "opened this", "commented": "commented"}
STATE_STYLES = {"open": "bold green", "merged": "bold magenta", "closed": "bold magenta"}


@dataclass(frozen=True, kw_only=True)
class Post:
    """One issue, or one comment on an issue or pull request; `did` is `opened` or `commented`, `at` a UTC time."""

    number: int
    is_pull_request: bool
    title: str
    state: str
    state_reason: str | None
    url: str
    author: str
    did: str
    at: str
    markdown: str

    def as_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return {
            "number": self.number,
            "isPullRequest": self.is_pull_request,
            "title": self.title,
            "state": self.state,
            "stateReason": self.state_reason,
            "url": self.url,
            "author": self.author,
            "did": self.did,
            "at": self.at,
            "markdown": self.markdown,
        }


class AsOnGitHub(Markdown):
    """Markdown as GitHub shows it: comments are hidden, details are folded, and a line break breaks the line.

    https://docs.github.com/en/get-started/writing-on-github
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.parsed = list(_shown(self.parsed))


def panel(post: Post) -> Panel:
    """Return the frame in which GitHub shows a post: whose it is, and when it was written."""
    author, _, bot = post.author.partition("[")
    title = Text.assemble((author, "bold"), " bot" if bot else "", f" {DID[post.did]} on {_day(post.at)}")
    state = f"{post.state}, {post.state_reason.replace('_', ' ')}" if post.state_reason else post.state
    thread = f"{post.title} #{post.number}"
    above = Text.assemble((thread, "bold"), "  ", (state, STATE_STYLES[post.state]))
    return Panel(
        Group(above, Rule(style="blue"), AsOnGitHub(post.markdown)),
        title=title,
        title_align="left",
        border_style="blue",
    )


def _day(at: str) -> str:
    return at[:16].replace("T", " ") + " UTC"


def _shown(tokens: Iterable[Token]) -> Iterator[Token]:
    """Leave out what GitHub hides, and put a line for what it folds."""
    folded = False
    for token in tokens:
        html = token.content if token.type == "html_block" else ""
        fold = FOLD.search(html)
        if fold:
            folded = True
            yield from _line(f"▸ {unescape(TAG.sub('', fold['summary']))}")
        elif FOLD_ENDS in html:
            folded = False
        elif not folded and not html:
            yield _broken(token)


def _broken(token: Token) -> Token:
    for child in token.children or ():
        child.type = "hardbreak" if child.type == "softbreak" else child.type
    return token


def _line(text: str) -> Iterator[Token]:
    yield Token("paragraph_open", "p", 1)
    yield Token("inline", "", 0, children=[Token("text", "", 0, content=text)])
    yield Token("paragraph_close", "p", -1)
