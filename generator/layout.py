"""How JSON is laid out in templates_out/: sorted, one line for what fits on one, so that a diff reads well."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

WIDTH = 120


def text(value: object) -> str:
    """Return a JSON document with sorted keys, as small as it stays readable, with a newline at its end."""
    return _laid_out(value, depth=0, taken=0) + "\n"


def _laid_out(value: object, *, depth: int, taken: int) -> str:
    """Return a value's text; `taken` counts the columns that stand before it on its line."""
    line = _line(value)
    if len(line) + taken <= WIDTH or not isinstance(value, dict | list):
        return line
    indent = " " * (depth + 1)
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    body = f",\n{indent}".join(_parts(value, depth + 1))
    return f"{opening}\n{indent}{body}\n{' ' * depth}{closing}"


def _parts(value: Mapping[str, Any] | list[Any], depth: int) -> Iterator[str]:
    if isinstance(value, list):
        yield from (_laid_out(each, depth=depth, taken=depth + 1) for each in value)
        return
    for key in sorted(value):
        start = f"{_line(key)}: "
        yield start + _laid_out(value[key], depth=depth, taken=depth + len(start) + 1)


_line = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode
