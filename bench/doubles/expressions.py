"""DynamoDB's condition and update expressions, as far as the functions use them, each read once.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

Item = dict[str, Any]
Given = Mapping[str, Any]  # #names and :values together
Condition = Callable[[Item, Given], bool]
Operand = Callable[[Item, Given], Any]
Update = Callable[[Item, Given], None]

TOKEN = re.compile(r"\s*(<=|>=|<>|[=<>(),+-]|[:#]?\w+)")
ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, other: one == other,
    "<>": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}
CLAUSES = ("SET", "REMOVE", "ADD")


@cache
def condition(text: str) -> Condition:
    """Return the condition that a text says."""
    reader = Reader(text)
    found = reader.either()
    reader.expect("")
    return found


@cache
def update(text: str) -> Update:
    """Return the change of an item that a text says; what it reads is the item as it was before."""
    reader = Reader(text)
    changes: list[Callable[[Item, Item, Given], None]] = []
    clause = ""
    while reader.next:
        if reader.next in CLAUSES:
            clause = reader.take()
        changes.append({"SET": reader.assignment, "REMOVE": reader.removal, "ADD": reader.addition}[clause]())
        if reader.next == ",":
            reader.take()

    def apply(item: Item, given: Given) -> None:
        before = dict(item)
        for change in changes:
            change(item, before, given)

    return apply


class Reader:
    """Reads one expression from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens = [*TOKEN.findall(text), ""]
        if "".join(self._tokens) != "".join(text.split()):
            raise ValueError(f"{text!r} holds what no expression of the functions holds")
        self._at = 0

    @property
    def next(self) -> str:
        """Return the token that comes next, '' at the end."""
        return self._tokens[self._at]

    def take(self) -> str:
        """Go on by a token, and return it."""
        self._at += 1
        return self._tokens[self._at - 1]

    def expect(self, token: str) -> None:
        """Go on by a token that must be this one."""
        if (found := self.take()) != token:
            raise ValueError(f"{found!r} where {token!r} is expected in {' '.join(self._tokens)}")

    def either(self) -> Condition:
        """Read conditions of which one must hold."""
        found = [self.both()]
        while self.next == "OR":
            self.take()
            found.append(self.both())
        return found[0] if len(found) == 1 else lambda item, given: any(one(item, given) for one in found)

    def both(self) -> Condition:
        """Read conditions that must all hold."""
        found = [self.single()]
        while self.next == "AND":
            self.take()
            found.append(self.single())
        return found[0] if len(found) == 1 else lambda item, given: all(one(item, given) for one in found)

    def single(self) -> Condition:
        """Read a condition, its contrary, or several in brackets."""
        if self.next == "NOT":
            self.take()
            inner = self.single()
            return lambda item, given: not inner(item, given)
        if self.next == "(":
            self.take()
            inner = self.either()
            self.expect(")")
            return inner
        return self.function() if self.next.startswith("attribute_") else self.comparison()

    def function(self) -> Condition:
        """Read a condition on whether an attribute is there, or of which type."""
        name = self.take()
        self.expect("(")
        path, kind = self.take(), ""
        if self.next == ",":
            self.take()
            kind = self.take()
        self.expect(")")
        tests: dict[str, Condition] = {
            "attribute_exists": lambda item, given: given.get(path, path) in item,
            "attribute_not_exists": lambda item, given: given.get(path, path) not in item,
            "attribute_type": lambda item, given: given[kind]["S"] in item.get(given.get(path, path), {}),
        }
        return tests[name]

    def comparison(self) -> Condition:
        """Read a comparison; one with an attribute that is not there does not hold."""
        left = self.operand()
        if self.next == "IN":
            self.take()
            among = self.listed()
            return lambda item, given: left(item, given) in [one(item, given) for one in among]
        compare, right = ORDER[self.take()], self.operand()

        def holds(item: Item, given: Given) -> bool:
            one, other = left(item, given), right(item, given)
            return None not in (one, other) and one[0] == other[0] and compare(one[1], other[1])

        return holds

    def listed(self) -> list[Operand]:
        """Read operands in brackets."""
        self.expect("(")
        found = [self.operand()]
        while self.next == ",":
            self.take()
            found.append(self.operand())
        self.expect(")")
        return found

    def operand(self) -> Operand:
        """Read what is compared, as its type and its value; None if it is not there."""
        name = self.take()
        if name.startswith(":"):
            return lambda _, given: _comparable(given[name])
        return lambda item, given: _comparable(item.get(given.get(name, name)))

    def assignment(self) -> Callable[[Item, Item, Given], None]:
        """Read a part of SET: a value, one unless there is one already, or a number more."""
        path = self.take()
        self.expect("=")
        source = self.take()
        if source == "if_not_exists":
            self.expect("(")
            kept = self.take()
            self.expect(",")
            otherwise = self.take()
            self.expect(")")
            return lambda item, before, given: _set(
                item, path, given, before.get(given.get(kept, kept), given[otherwise])
            )
        if self.next == "+":
            self.take()
            more = self.take()
            return lambda item, before, given: _set(
                item, path, given, _sum(before[given.get(source, source)], given[more])
            )
        return lambda item, _, given: _set(item, path, given, given[source])

    def removal(self) -> Callable[[Item, Item, Given], None]:
        """Read a part of REMOVE."""
        path = self.take()
        return lambda item, _, given: item.pop(given.get(path, path), None)

    def addition(self) -> Callable[[Item, Item, Given], None]:
        """Read a part of ADD; what is not there is 0."""
        path, more = self.take(), self.take()
        return lambda item, before, given: _set(
            item, path, given, _sum(before.get(given.get(path, path), {"N": "0"}), given[more])
        )


def _set(item: Item, path: str, given: Given, value: Any) -> None:
    item[given.get(path, path)] = value


def _sum(one: Item, other: Item) -> Item:
    return {"N": str(int(one["N"]) + int(other["N"]))}


def _comparable(value: Item | None) -> tuple[str, Any] | None:
    if value is None:
        return None
    ((kind, content),) = value.items()
    return kind, int(content) if kind == "N" else content
