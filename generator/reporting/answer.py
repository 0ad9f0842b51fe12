"""The answer of `GET /status`, read at the border: what is not as the contract says is malformed, by name."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
)
from pydantic.alias_generators import to_camel

from generator.errors import SpotRunnerError

DEGRADED, READY, FAILED = "degraded", "ready", "failed"
BETWEEN = ("updating", "building")
LONGEST_MESSAGE = 300
MOST_PRESETS = 1000  # more than one account can hold stacks and parameters for, and than anybody reads issues


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the time is not within the years 1 to 9999 of UTC") from error


Word = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Sentence = Annotated[str, StringConstraints(max_length=10_000)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class MalformedAnswerError(SpotRunnerError):
    """Something answered, but not with what `/status` promises."""


class _FromOutside(BaseModel):
    """Fields that a newer release adds are ignored; types are taken as they are written."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", alias_generator=to_camel)


class PresetAnswer(_FromOutside):
    """What `/status` says of one preset; `status` may be a word that this release does not know."""

    name: Word
    status: Word
    serving: bool
    ami_id: Word | None
    updated_at: Moment
    since: Moment
    expires_at: Moment | None
    reason: Sentence | None


class Answer(_FromOutside):
    """What `/status` says of the deployment."""

    status: Word
    message: Sentence
    generated_at: Moment
    presets: Annotated[tuple[PresetAnswer, ...], Field(max_length=MOST_PRESETS)]

    @field_validator("presets")
    @classmethod
    def _named_once(cls, presets: tuple[PresetAnswer, ...]) -> tuple[PresetAnswer, ...]:
        if len({preset.name for preset in presets}) < len(presets):
            raise ValueError("a name stands twice")
        return presets


def parse(body: bytes) -> Answer:
    """Return the answer that a body holds; raise MalformedAnswerError with one line about what is wrong first."""
    try:
        return Answer.model_validate_json(body)
    except ValidationError as error:
        raise MalformedAnswerError(_why(error, body)) from error


def _why(error: ValidationError, body: bytes) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    said = " ".join(str(first["msg"]).split())[:LONGEST_MESSAGE]
    if body.lstrip()[:1] == b"<":
        return "the answer is HTML or XML, expected JSON"
    if not first["loc"]:
        return f"the answer is not as documented: {said}"
    return f"the answer's {_path(first['loc'])} is not as documented: {said}"


def _path(location: tuple[int | str, ...]) -> str:
    """Return a field's place, such as `presets[0].since`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return "".join(parts).removeprefix(".")
