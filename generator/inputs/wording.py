"""Problems in words: what the models refused becomes lines that name file, line, field, value and remedy."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice, takewhile
from typing import Any, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from generator.errors import Problem, and_more
from generator.inputs.fields import Distinct, Kind, Section
from generator.inputs.kinds import COMPONENT_ARN
from generator.inputs.yaml_scalars import Misread
from generator.inputs.yaml_source import MOST_PROBLEMS, Document, Place, dotted, shown

DEFAULTS = "defaults"  # of all presets, in spot-runner.yaml
LONGEST_GUESS = 64
MANY_CHOICES = 100
# What other tools call an architecture; by spelling alone `amd64` would be near `arm64`.
ALIASES = {"amd64": "x86_64", "x64": "x86_64", "x86": "x86_64", "aarch64": "arm64", "graviton": "arm64"}
UNION_TAGS = ("inline", "arn")


@dataclass(frozen=True, kw_only=True)
class _Origin:
    """Where a value stands: `place` is its place in `document`, `otherwise` what else a user can do about it."""

    document: Document
    place: Place
    otherwise: str = ""

    @property
    def line(self) -> int:
        return self.document.line(self.place)

    @property
    def name(self) -> str:
        return dotted(self.place)


def problems(
    error: ValidationError, document: Document, model: type[Section], settings: Document | None = None
) -> Iterator[Problem]:
    """Yield a problem for each thing that the model refused, as far as its document did not already refuse the line.

    What the document does not say itself comes from `defaults` in the settings, and is named where it stands there.
    """
    details = error.errors(include_url=False)
    for detail in islice(details, MOST_PROBLEMS):
        place = _place(detail["loc"])
        origin = _origin(place, document, settings)
        if origin.line not in {problem.line for problem in origin.document.problems}:
            message = _message(detail, place, origin, model) + origin.otherwise
            yield Problem(file=origin.document.file, line=origin.line, field=origin.name, message=message)
    if len(details) > MOST_PROBLEMS:
        yield and_more(document.file, max(document.lines.values()), len(details) - MOST_PROBLEMS)


def _origin(place: Place, document: Document, settings: Document | None) -> _Origin:
    """Return where the value at a place comes from; mappings are merged with their defaults, lists are not."""
    field = tuple(takewhile(lambda part: isinstance(part, str), place))
    if settings is None or field in document.lines or (DEFAULTS, *field) not in settings.lines:
        return _Origin(document=document, place=place)
    otherwise = f"; or say {dotted(field)} in {document.file}"
    return _Origin(document=settings, place=(DEFAULTS, *place), otherwise=otherwise)


def one_of(words: Sequence[str]) -> str:
    """Return `a, b or c`."""
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else "nothing"


def did_you_mean(written: object, choices: Sequence[str]) -> str:
    """Return `, did you mean m7i.large?` when one of the choices is near, else nothing."""
    if not isinstance(written, str) or len(written) > LONGEST_GUESS:
        return ""
    if ALIASES.get(written.lower()) in choices:
        return f", did you mean {ALIASES[written.lower()]}?"
    if len(choices) > MANY_CHOICES:
        choices = [choice for choice in choices if choice[:1] == written[:1].lower()]
    by_plain_spelling = {_plain(choice): choice for choice in choices}
    near = get_close_matches(_plain(written), by_plain_spelling, n=1, cutoff=0.7)
    return f", did you mean {by_plain_spelling[near[0]]}?" if near else ""


def _plain(name: str) -> str:
    return re.sub(r"[_ -]", "", name).lower()


def _place(loc: tuple[str | int, ...]) -> Place:
    """Return pydantic's location without the marks of its unions and of mapping keys."""
    tags = {index for index in range(1, len(loc)) if isinstance(loc[index - 1], int) and loc[index] in UNION_TAGS}
    return tuple(part for index, part in enumerate(loc) if index not in tags and part != "[key]")


def _message(detail: ErrorDetails, place: Place, origin: _Origin, model: type[Section]) -> str:
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    name = origin.name or "the file"
    if kind == "missing":
        return f"{name} is missing, expected {_accepted(model, place)}"
    if kind == "extra_forbidden":
        fields = _names(_section(model, place[:-1]))
        return f"{name} is not a field{did_you_mean(place[-1], fields) or f', expected {one_of(fields)}'}"
    if detail["loc"][-1:] == ("[key]",):
        return f"the name {shown(str(place[-1]))!r} in {dotted(place[:-1])}: expected {context['expected']}"
    said = f"{name} is {_written(value, origin)}"
    if kind == "refused":
        return f"{said}, {context['why']}"
    return f"{said}, expected {_expected(kind, context, model, place)}{_hint(value, context)}"


def _expected(kind: str, context: dict[str, Any], model: type[Section], place: Place) -> str:
    if kind == "expected":
        return str(context["expected"])
    if kind == "literal_error":
        return one_of(re.findall("'([^']*)'", context["expected"]))
    if kind == "bool_type":
        return "true or false"
    if kind == "union_tag_not_found":
        return COMPONENT_ARN.expected
    return _mapping_of(_section(model, place))


def _hint(value: object, context: dict[str, Any]) -> str:
    if context.get("form") == "text" and isinstance(value, (int, float, Misread)):
        return "; put it in quotes if it is meant as text"
    if isinstance(value, str) and value.isdecimal() and "number" in str(context.get("expected")):
        return "; take the quotes off"
    literals = re.findall("'([^']*)'", str(context.get("expected")))
    choices = list(context["choices"]()) if "choices" in context else literals
    return did_you_mean(value, choices)


def _written(value: object, origin: _Origin) -> str:
    """Return a value as it was written, and what YAML made of it if that is something else."""
    spelled = shown(origin.document.texts.get(origin.place, ""))
    if value is None:
        return f"{spelled} (nothing)" if spelled else "empty"
    if isinstance(value, Misread):
        return f"{spelled}, which YAML reads as {value.meaning}"
    if isinstance(value, dict):
        return f"a mapping of {', '.join(shown(str(key)) for key in islice(value, 5))}" if value else "an empty mapping"
    if isinstance(value, (list, tuple)):
        return "a list" if value else "an empty list"
    if isinstance(value, str):
        return f"'{shown(value)}'"
    read_as = f"{value:g}" if isinstance(value, float) else str(value).lower()
    return spelled if spelled.lower() == read_as else f"{spelled}, which YAML reads as {read_as}"


def _sections_in(annotation: object) -> Iterator[type[Section]]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for inner in get_args(annotation):
        yield from _sections_in(inner)


def _section(model: type[Section], place: Place) -> type[Section]:
    """Return the model of the mapping at a place."""
    names = iter(part for part in place if isinstance(part, str))
    for part in names:
        info = next((info for info in model.model_fields.values() if info.alias == part), None)
        if info is not None:
            model = next(_sections_in(info.annotation), model)
            if get_origin(info.annotation) is dict:
                next(names, None)  # the mapping's own key, such as an environment's name
    return model


def _names(section: type[Section]) -> list[str]:
    return [info.alias or name for name, info in section.model_fields.items()]


def _mapping_of(section: type[Section]) -> str:
    return f"a mapping with fields such as {one_of(_names(section)[:3])}"


def _accepted(model: type[Section], place: Place) -> str:
    """Return what the field at a place accepts."""
    fields = _section(model, place[:-1]).model_fields.values()
    info = next(info for info in fields if info.alias == place[-1])
    for about in info.metadata:
        if isinstance(about, (Kind, Distinct)):
            return about.expected
    choices = [choice for choice in get_args(info.annotation) if isinstance(choice, str)]
    return one_of(choices) if choices else _mapping_of(_section(model, place))
