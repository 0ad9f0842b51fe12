"""Unquoted words of YAML: which value each stands for, and which stand for something that nobody meant.

YAML 1.1 (which PyYAML reads) and 1.2 (which editors read) disagree: `on` is true or text, `0123` is 83 or 123, `1e3` is
text or 1000. A word is a number here if either says so, and only JSON's spelling of it is accepted.
"""

import re
from dataclasses import dataclass

import yaml

MOST_DIGITS = 18
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
NUMBER_OF_1_2 = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+")
_RESOLVER = yaml.resolver.Resolver()
_CONSTRUCTOR = yaml.constructor.SafeConstructor()
_WORDS: dict[str, bool] = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


@dataclass(frozen=True, kw_only=True)
class Misread:
    """A word that YAML does not read as it looks; no field accepts it. `meaning` is what YAML makes of it."""

    meaning: str


def scalar(text: str) -> str | int | float | bool | Misread | None:
    """Return what an unquoted word stands for."""
    tag = str(_RESOLVER.resolve(yaml.ScalarNode, text, (True, False))).rpartition(":")[2]  # type: ignore[no-untyped-call]
    if tag == "null":
        return None
    if tag == "bool":
        return _WORDS[text] if text in _WORDS else Misread(meaning=_meaning(tag, text))
    if tag == "timestamp":
        return Misread(meaning="a date")
    if tag in {"int", "float"} or NUMBER_OF_1_2.fullmatch(text):
        return _number(text) if NUMBER.fullmatch(text) else Misread(meaning=_meaning(tag, text))
    return text


def _number(text: str) -> int | float | Misread:
    if len(text) > MOST_DIGITS:
        return Misread(meaning="a number with very many digits")
    return int(text) if text.lstrip("-").isdecimal() else float(text)


def _meaning(tag: str, text: str) -> str:
    try:
        if tag == "bool":
            return "true" if _CONSTRUCTOR.construct_yaml_bool(yaml.ScalarNode(tag, text)) else "false"
        if tag == "int" and len(text) <= MOST_DIGITS:
            return f"the number {_CONSTRUCTOR.construct_yaml_int(yaml.ScalarNode(tag, text))}"
    except ValueError:  # YAML 1.1 calls `0x_` a number, too
        pass
    return "a number"
