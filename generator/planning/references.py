"""Finds what a template's value refers to: Ref, Fn::GetAtt, Fn::Sub."""

import re
from collections.abc import Iterator

ANY = "*"
MOVING_ATTRIBUTES = ("LatestVersionNumber",)
IN_SUB = re.compile(r"\$\{([^!}][^}]*)\}")

Reference = tuple[str, str]


def found_in(value: object) -> frozenset[Reference]:
    """Return (name, attribute) of everything that a value refers to; the attribute is empty for a Ref.

    Each GetAtt also gives (name, `*`), so that one entry stands for every attribute of a replaced resource.
    """
    return frozenset(_references(value))


def _references(value: object) -> Iterator[Reference]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "Ref" and isinstance(inner, str):
                yield (inner, "")
            elif key == "Fn::GetAtt":
                yield from _attribute(inner if isinstance(inner, str) else ".".join(inner))
            else:
                if key == "Fn::Sub":
                    yield from _substituted(inner)
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _substituted(value: object) -> Iterator[Reference]:
    text = value[0] if isinstance(value, list) and value else value
    for name in IN_SUB.findall(text) if isinstance(text, str) else ():
        if "." in name:
            yield from _attribute(name)
        else:
            yield (name, "")


def _attribute(dotted: str) -> Iterator[Reference]:
    name, _, attribute = dotted.partition(".")
    yield (name, attribute)
    yield (name, ANY)
