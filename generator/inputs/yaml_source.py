"""YAML files as plain values that remember where they stood: which line, and what was really written.

Only what a configuration needs is accepted. Anchors, aliases and merge keys are refused (a few lines of them unfold to
gigabytes), and so are tags and text that YAML's versions read differently, such as `on` or `1:30`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

from generator.errors import InvalidInputError, Problem, and_more
from generator.inputs.yaml_scalars import scalar

LARGEST_BYTES = 64 * 1024
DEEPEST = 16
MOST_PROBLEMS = 50  # of one file, that are put in words
MOST_BRACKETS = 4000  # libyaml needs quadratic time for brackets in brackets
Place: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Document:
    """A file's one YAML document.

    `lines` knows the line of every field and entry by its place, such as `("image", "components", 0, "name")`;
    `texts` knows how a value was spelled that is not text. `problems` are those that leave the rest readable.
    """

    file: str
    value: object
    lines: dict[Place, int]
    texts: dict[Place, str]
    problems: tuple[Problem, ...]

    def line(self, place: Place) -> int:
        """Return the line of a place, or of the nearest thing around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read(file: str, raw: bytes) -> Document:
    """Return the document that a file holds; raise InvalidInputError when it cannot be read at all."""
    if len(raw) > LARGEST_BYTES:
        raise _hopeless(file, 1, f"the file is larger than {LARGEST_BYTES // 1024} KiB, expected a short one")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        byte = f"byte {error.start} is 0x{raw[error.start]:02x}"
        raise _hopeless(file, line, f"the file is not UTF-8 ({byte}), save it as UTF-8") from error
    if text.count("{") + text.count("[") > MOST_BRACKETS:
        raise _hopeless(file, 1, f"the file has more than {MOST_BRACKETS} opening brackets, expected a simpler one")
    reader = _Reader(file=file)
    try:
        events = yaml.parse(text, Loader=yaml.CSafeLoader)
        value = reader.document(event for event in events if not isinstance(event, _FRAME))
    except yaml.YAMLError as error:
        raise InvalidInputError([*reader.found(), _syntax_problem(file, text, error)]) from error
    return Document(
        file=file, value=value, lines=reader.lines, texts=reader.texts, problems=tuple(sorted(reader.found()))
    )


_FRAME = (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentEndEvent)
_END = (yaml.SequenceEndEvent, yaml.MappingEndEvent)


def _hopeless(file: str, line: int, message: str) -> InvalidInputError:
    return InvalidInputError([Problem(file=file, line=line, message=message)])


def _syntax_problem(file: str, text: str, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be parsed"
    line = mark.line + 1 if mark else text.count("\n", 0, getattr(error, "position", None) or 0) + 1
    written = text.splitlines()[line - 1 : line]
    if written and re.match(r" *\t", written[0]):
        what = "a tab indents the line, use spaces"
    return Problem(file=file, line=line, message=f"the file is not YAML: {' '.join(str(what).split())}")


@dataclass(kw_only=True)
class _Reader:
    """Builds values from parser events, and notes lines, spellings and what is refused."""

    file: str
    lines: dict[Place, int] = field(default_factory=dict)
    texts: dict[Place, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def document(self, events: Iterator[yaml.Event]) -> object:
        """Return the value of the only document."""
        if next(events, None) is None:
            raise _hopeless(self.file, 1, "the file is empty")
        value = self._value(next(events), events, ())
        if more := next(events, None):
            raise _hopeless(self.file, _line(more), "a second YAML document begins, expected one per file")
        if value is None:
            raise _hopeless(self.file, 1, "the file is empty")
        return value

    def found(self) -> Iterator[Problem]:
        """Yield what is refused; of very much, the first."""
        yield from self.problems[:MOST_PROBLEMS]
        if more := self.problems[MOST_PROBLEMS:]:
            yield and_more(self.file, more[-1].line, len(more))

    def _value(self, event: yaml.Event, events: Iterator[yaml.Event], place: Place) -> object:
        line = _line(event)
        self.lines.setdefault(place, line)
        self._refuse_extras(event, line, place)
        if len(place) > DEEPEST:
            raise _hopeless(self.file, line, f"the file is nested deeper than {DEEPEST} levels")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, place)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, place)
        if isinstance(event, yaml.ScalarEvent):
            value = scalar(event.value) if event.implicit[0] else event.value
            if not isinstance(value, str):
                self.texts[place] = event.value
            return value
        return None

    def _sequence(self, events: Iterator[yaml.Event], place: Place) -> list[object]:
        values: list[object] = []
        while not isinstance(event := next(events), _END):
            values.append(self._value(event, events, (*place, len(values))))
        return values

    def _mapping(self, events: Iterator[yaml.Event], place: Place) -> dict[str, object]:
        values: dict[str, object] = {}
        while not isinstance(event := next(events), _END):
            key = self._key(event, events, place)
            first = self.lines.get((*place, key))
            self.lines[(*place, key)] = first or _line(event)
            if first is not None:
                self._refuse(_line(event), (*place, key), f"is given twice, first in line {first}")
                _skip(next(events), events)
            else:
                values[key] = self._value(next(events), events, (*place, key))
        return values

    def _key(self, event: yaml.Event, events: Iterator[yaml.Event], place: Place) -> str:
        line = _line(event)
        self._refuse_extras(event, line, place)
        if isinstance(event, yaml.ScalarEvent):
            if event.value == "<<" and event.implicit[0]:
                self._refuse(line, place, "holds a merge key (<<), write the fields out")
            return str(event.value)
        _skip(event, events)
        self._refuse(line, place, "holds a field name that is not plain text")
        return "?"

    def _refuse_extras(self, event: yaml.Event, line: int, place: Place) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._refuse(line, place, f"holds an alias (*{event.anchor}), write the value out")
        elif isinstance(event, yaml.NodeEvent) and event.anchor:
            self._refuse(line, place, f"holds an anchor (&{event.anchor}), write the value without it")
        if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) and event.tag:
            self._refuse(line, place, f"holds a tag ({event.tag}), write the value without it, text in quotes")

    def _refuse(self, line: int, place: Place, why: str) -> None:
        name = dotted(place)
        message = f"{name or 'the file'} {why}"
        self.problems.append(Problem(file=self.file, line=line, field=name, message=message))


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _skip(event: yaml.Event, events: Iterator[yaml.Event]) -> None:
    depth = 0
    while True:
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth == 0:
            return
        event = next(events)


def dotted(place: Place) -> str:
    """Return a place as people write it, such as `image.components[0].name`."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return shown(text, 120)


def shown(text: str, longest: int = 60) -> str:
    """Return text for one line of a message: what cannot be printed escaped, what is too long cut."""
    cut = text if len(text) <= longest else text[:longest] + "…"
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in cut)
