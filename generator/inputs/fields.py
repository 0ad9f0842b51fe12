"""Building blocks of the models: each checks one value, says what it accepts, and knows its JSON Schema."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic.alias_generators import to_camel
from pydantic.fields import ComputedFieldInfo, FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema


def _title(name: str, _: FieldInfo | ComputedFieldInfo) -> str:
    return name.replace("_", " ").capitalize()


class Section(BaseModel):
    """A mapping in a file: camelCase keys in YAML, snake_case names in Python, nothing unknown, frozen."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=True,
        field_title_generator=_title,
    )


def whole_pattern(pattern: str) -> str:
    """Return a pattern that matches whole values only, the same in Python and in ECMAScript (`$` alone is not)."""
    return f"^(?:{pattern})$(?!\\n)"


def _no_choices() -> tuple[str, ...]:
    return ()


def expected(what: str, choices: Callable[[], Iterable[str]] = _no_choices, form: str = "") -> PydanticCustomError:
    """Return the error of a value that is not what is accepted.

    `choices` returns names for "did you mean" (only when asked: there are errors by the thousand, and types by the
    thousand); `form` is "text" where text is accepted only.
    """
    context = {"expected": what, "choices": choices, "form": form}
    return PydanticCustomError("expected", "expected {expected}", context)


def refused(why: str) -> PydanticCustomError:
    """Return the error of a value that has the right form and still cannot be; `why` follows the value."""
    return PydanticCustomError("refused", "{why}", {"why": why})


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What a value may be, in words; subclasses check it."""

    expected: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return self.json_schema()

    def check(self, value: object) -> object:
        """Return the value if it is accepted, else raise."""
        return value

    def json_schema(self) -> JsonSchemaValue:
        """Return the JSON Schema that accepts exactly what `check` does."""
        return {}


@dataclass(frozen=True, kw_only=True)
class Text(Kind):
    """Text that matches a pattern as a whole, no longer than `longest` characters."""

    pattern: str
    longest: int = 256
    choices: tuple[str, ...] = ()

    def check(self, value: object) -> str:
        """Return the text if it is accepted, else raise."""
        if isinstance(value, str) and len(value) <= self.longest and re.fullmatch(self.pattern, value):
            return value
        raise expected(self.expected, lambda: self.choices, form="text")

    def json_schema(self) -> JsonSchemaValue:
        """Return length and pattern."""
        return text_schema(self.longest, self.pattern, self.expected)


def text_schema(longest: int, pattern: str, words: str) -> JsonSchemaValue:
    """Return the JSON Schema of text; `patternErrorMessage` is what editors show instead of the pattern."""
    schema: JsonSchemaValue = {"type": "string", "maxLength": longest}
    if not pattern:
        return schema
    return schema | {"pattern": whole_pattern(pattern), "patternErrorMessage": f"expected {words}"}


@dataclass(frozen=True, kw_only=True)
class Whole(Kind):
    """A whole number; 60.0 is one too, because JSON Schema cannot tell it from 60."""

    minimum: int
    maximum: int
    accepted: tuple[int, ...] = ()

    def check(self, value: object) -> int:
        """Return the number as an int if it is accepted, else raise."""
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value == value // 1:
            number = int(value)
            if self.minimum <= number <= self.maximum and (not self.accepted or number in self.accepted):
                return number
        raise expected(self.expected)

    def json_schema(self) -> JsonSchemaValue:
        """Return the range, or the accepted numbers."""
        if self.accepted:
            return {"type": "integer", "enum": list(self.accepted)}
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True, kw_only=True)
class Known(Kind):
    """Text that a check of its own accepts; `pattern` says the same, or the model's JSON Schema does elsewhere."""

    examine: Callable[[str], None]
    longest: int
    pattern: str = ""

    def check(self, value: object) -> str:
        """Return the text if `examine` raises nothing."""
        if not isinstance(value, str) or len(value) > self.longest:
            raise expected(self.expected, form="text")
        self.examine(value)
        return value

    def json_schema(self) -> JsonSchemaValue:
        """Return length and pattern."""
        return text_schema(self.longest, self.pattern, self.expected)


@dataclass(frozen=True, kw_only=True)
class Distinct:
    """A list of entries that are all different; `expected` says what the entries are.

    `named_by` is the field, if any, in which no two entries may agree.
    """

    expected: str
    fewest: int = 0
    named_by: str = ""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(schema) | {"uniqueItems": True} | ({"minItems": self.fewest} if self.fewest else {})

    def check(self, value: object, entries: core_schema.ValidatorFunctionWrapHandler) -> tuple[Any, ...]:
        """Return the checked entries as a tuple, or raise with the problems of all entries."""
        if not isinstance(value, (list, tuple)) or len(value) < self.fewest:
            raise expected(self.expected)
        checked: tuple[Any, ...] = all_problems(value, entries, self._repeated(value))
        return checked

    def _repeated(self, values: Sequence[object]) -> Iterator[InitErrorDetails]:
        seen: set[str] = set()
        for index, value in enumerate(values):
            named = field_of(value, self.named_by)
            key = _identity(value if named is None else named)
            if key in seen and named is None:
                yield InitErrorDetails(type=refused("which is in the list already"), loc=(index,), input=value)
            elif key in seen:
                why = refused(f"the same {self.named_by} as another entry's")
                yield InitErrorDetails(type=why, loc=(index, self.named_by), input=named)
            seen.add(key)


def _identity(value: object) -> str:
    """Return the same text for equal values; to JSON Schema, 1.0 equals 1."""
    return repr(int(value) if isinstance(value, float) and value.is_integer() else value)


def field_of(value: object, name: str) -> object:
    """Return a field of a mapping or a model, by its name in YAML; None if it has none."""
    if isinstance(value, Section):
        value = value.model_dump(by_alias=True)
    return value.get(name) if isinstance(value, Mapping) else None


def all_problems(value: object, check: Callable[[Any], Any], further: Iterable[InitErrorDetails]) -> Any:  # noqa: ANN401 - whatever the check makes of it
    """Return the checked value, or raise its problems together with further ones.

    What the check refuses, wholly or in part, is not refused again: one thing has one problem.
    """
    found = list(further)
    try:
        checked = check(value)
    except ValidationError as error:
        told = set(_places_around(error))
        new = [each for each in found if each.get("loc") not in told]
        raise ValidationError.from_exception_data(error.title, [*_again(error), *new]) from error
    if found:
        raise ValidationError.from_exception_data("value", found)
    return checked


def _places_around(error: ValidationError) -> Iterator[tuple[str | int, ...]]:
    """Yield the places of an error's problems, and those that hold them."""
    for problem in error.errors(include_url=False, include_context=False, include_input=False):
        place = problem["loc"]
        yield from (place[:length] for length in range(1, len(place) + 1))


def _again(error: ValidationError) -> Iterator[InitErrorDetails]:
    """Yield an error's problems in the form in which they can be raised once more."""
    for problem in error.errors(include_url=False):
        context = problem.get("ctx", {}) | {"said": problem["msg"]}
        kind = PydanticCustomError(problem["type"], "{said}", context)
        yield InitErrorDetails(type=kind, loc=problem["loc"], input=problem["input"])
