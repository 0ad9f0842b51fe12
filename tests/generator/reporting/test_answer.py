import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.reporting.answer import MalformedAnswerError, parse
from lambdas.core import status
from tests.generator.reporting.report_makers import a_body, a_preset
from tests.lambdas.makers import NOON, a_state


def test_what_the_status_function_answers_is_understood() -> None:
    states = [a_state(), a_state(preset_name="gpu", status="failed", ami_id=None, reason="build 1.0.0/1 failed")]
    body = json.dumps(status.report((status.preset_status(state) for state in states), now=NOON)).encode()
    answer = parse(body)
    assert [(preset.name, preset.status, preset.serving) for preset in answer.presets] == [
        ("gpu", "failed", False),
        ("linux-x64", "ready", True),
    ]
    assert json.loads(answer.model_dump_json(by_alias=True)) == json.loads(body)


def test_fields_of_a_newer_release_are_ignored() -> None:
    assert parse(a_body(a_preset(canary=True), runners={"live": 3})).presets[0].name == "linux-x64"


@pytest.mark.parametrize("field", sorted(a_preset()))
def test_a_preset_without_a_promised_field_is_malformed(field: str) -> None:
    preset = a_preset()
    del preset[field]
    with pytest.raises(MalformedAnswerError, match=rf"presets\[0\]\.{field} is not as documented: Field required"):
        parse(a_body(preset))


@pytest.mark.parametrize("field", ["status", "message", "generatedAt", "presets"])
def test_an_answer_without_a_promised_field_is_malformed(field: str) -> None:
    body = json.loads(a_body())
    del body[field]
    with pytest.raises(MalformedAnswerError, match=f"the answer's {field} is not as documented"):
        parse(json.dumps(body).encode())


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""}, {"name": "x" * 257}, {"name": None}, {"status": 7}, {"serving": "true"}, {"serving": 1},
        {"since": "noon"}, {"since": "2026-11-23T12:00:00"}, {"since": None}, {"reason": "x" * 10_001}, {"amiId": 5},
    ],
    ids=str,
)  # fmt: skip
def test_a_value_that_the_contract_does_not_know_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedAnswerError):
        parse(a_body(a_preset(**changes)))


def test_more_presets_than_a_deployment_can_have_are_malformed() -> None:
    many = [a_preset(name=f"p{number}") for number in range(1001)]
    assert len(parse(a_body(*many[:1000])).presets) == 1000
    with pytest.raises(MalformedAnswerError, match=r"the answer's presets is not as .* at most 1000 items"):
        parse(a_body(*many))


@pytest.mark.parametrize("field", ["since", "updatedAt", "expiresAt"])
@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_that_utc_does_not_have_is_malformed(field: str, moment: str) -> None:
    with pytest.raises(MalformedAnswerError, match=rf"presets\[0\]\.{field} is not as documented: .*years 1 to 9999"):
        parse(a_body(a_preset(**{field: moment})))


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_first_and_the_last_time_of_utc_are_taken(moment: str) -> None:
    assert parse(a_body(a_preset(since=moment))).presets[0].since.utcoffset() == timedelta(0)


def test_a_name_that_stands_twice_is_malformed() -> None:
    with pytest.raises(MalformedAnswerError, match="a name stands twice"):
        parse(a_body(a_preset(), a_preset()))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not as documented"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "the answer is HTML or XML, expected JSON"),
        (a_body(a_preset())[:-20], "not as documented: Invalid JSON"),
        (b"\xff\xfe", "Invalid JSON"),
        (b"null", "not as documented"),
        (b"[]", "not as documented"),
        (b"[" * 100_000, "Invalid JSON"),
        (b'{"status": "\\ud800"}', "Invalid JSON"),
    ],
    ids=["nothing", "HTML", "truncated", "no UTF-8", "null", "a list", "nested without end", "half a character"],
)
def test_what_is_no_answer_is_said_in_one_line(body: bytes, why: str) -> None:
    with pytest.raises(MalformedAnswerError) as caught:
        parse(body)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


@given(st.binary(max_size=300) | st.from_type(type).map(str).map(str.encode))
def test_any_bytes_are_an_answer_or_malformed(body: bytes) -> None:
    with pytest.raises(MalformedAnswerError):
        parse(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(a_preset())), json_values)
def test_any_value_of_any_field_is_taken_or_malformed(field: str, value: Any) -> None:
    try:
        parse(a_body(a_preset(**{field: value})))
    except MalformedAnswerError as error:
        assert field in str(error) or "not as documented" in str(error)  # noqa: PT017 - either end is right
