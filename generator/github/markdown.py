"""Makes text from outside safe for the Markdown of GitHub's comments, issues and job summaries.

What GitHub does after the Markdown was read (mentions, references, bare links) is stopped by no backslash and by no
entity, only by a character in between: a zero-width space.
https://github.github.com/gfm/
https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
"""

import re
import unicodedata
from collections.abc import Mapping

GAP = "&#8203;"
UNSEEN = frozenset({"Cc", "Cf", "Cs"})  # controls, invisible format characters such as bidi marks, lone surrogates
MEANINGS: Mapping[str, str] = {
    **{character: f"\\{character}" for character in "\\`*_[]~|"},
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    # https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/writing-mathematical-expressions
    "$": "<span>$</span>",
    "@": f"@{GAP}",
    "#": f"\\#{GAP}",
    "://": f":{GAP}//",
    "www": f"www{GAP}",
    "gh-": f"GH-{GAP}",
    ":": f":{GAP}",
}
SHORTEST_LINK = 7  # hexadecimal digits that GitHub may take for a commit
MEANINGFUL = re.compile(
    r"://|www(?=\.)|GH-(?=\d)|[\\`*_\[\]~|&<>$@#]"
    r"|:(?=(?-i:[+-]1|100|1234|[0-9_]*[a-z][a-z0-9_+-]*):)"  # an emoji's name, not a time of day nor a type of AWS
    r"|\b[0-9a-f]{40}\b",  # a commit
    re.IGNORECASE,
)
AT_START = re.compile(r"^(\d*)([-+=.)])")


def escaped(text: str) -> str:
    """Return text as one line that reads as it is wherever it stands: no markup, HTML, link, mention or reference."""
    return AT_START.sub(r"\1\\\2", MEANINGFUL.sub(_inert, flat(text)))


def _inert(found: re.Match[str]) -> str:
    return MEANINGS.get(found[0].lower()) or GAP.join(re.findall(f".{{1,{SHORTEST_LINK - 1}}}", found[0]))


def code(text: str) -> str:
    """Return text as a code span on one line; an empty text stays empty.

    A pipe would end a table's cell even there, so that such a text is set in HTML instead.
    """
    content = flat(text)
    if not content or "|" in content:
        return f"<code>{escaped(content)}</code>" if content else ""
    fence = "`" * (max((len(run) for run in re.findall("`+", content)), default=0) + 1)
    return f"{fence} {content} {fence}" if len(fence) > 1 else f"{fence}{content}{fence}"


def flat(text: str) -> str:
    """Return text on one line, without what nobody sees."""
    seen = (c for c in text if c.isspace() or unicodedata.category(c) not in UNSEEN)
    return " ".join("".join(seen).split())
