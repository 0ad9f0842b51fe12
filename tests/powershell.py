"""PowerShell as tests read it: whether it parses, and which files a script writes from the texts in it."""

import base64
import codecs
import re
from collections.abc import Iterator
from functools import cache

import tree_sitter
import tree_sitter_powershell

# A single-quoted here-string ends at the first line that begins with '@, whatever is in it.
HERE_STRING = r"@'\n(?P<text>.*?)\n'@"
UNMARKED = r"(?:\.Replace\('(?P<mark>[^']+)', '(?P<plain>[^']+)'\))?"
PLAIN = re.compile(
    rf"^\[IO\.File\]::WriteAllText\((?P<target>[^,\n]+), {HERE_STRING}{UNMARKED} \+ \"`n\"\)$", re.MULTILINE | re.DOTALL
)
ENCODED = re.compile(
    rf"^\[IO\.File\]::WriteAllBytes\((?P<target>[^,\n]+), \[Convert\]::FromBase64String\({HERE_STRING}\)\)$",
    re.MULTILINE | re.DOTALL,
)


@cache
def _parser() -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))


def problems(script: str) -> list[str]:
    """Return where a script is no PowerShell: line and text of each place."""
    return [f"{node.start_point[0] + 1}: {(node.text or b'')[:80]!r}" for node in _wrong(_root(script))]


def commands(script: str) -> list[str]:
    """Return the names of all commands that a script calls, in the order in which they stand."""
    return [(node.text or b"").decode() for node in _all(_root(script)) if node.type == "command_name"]


def files(script: str) -> dict[str, str]:
    """Return what a script writes by texts that stand in it, by the expression of each file's name."""
    encoded = {each["target"]: _read(base64.b64decode(each["text"])) for each in ENCODED.finditer(script)}
    return encoded | {each["target"]: _unmarked(each) + "\n" for each in PLAIN.finditer(script)}


def _read(raw: bytes) -> str:
    """Return what Windows PowerShell reads in a script: UTF-8 only where a byte order mark says so."""
    return raw.decode("utf-8-sig") if raw.startswith(codecs.BOM_UTF8) else raw.decode("cp1252", "replace")


def _unmarked(match: re.Match[str]) -> str:
    return match["text"].replace(match["mark"], match["plain"]) if match["mark"] else match["text"]


def _root(script: str) -> tree_sitter.Node:
    return _parser().parse(script.encode()).root_node


def _all(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    yield node
    for child in node.children:
        yield from _all(child)


def _wrong(root: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    return (node for node in _all(root) if node.is_error or node.is_missing)
