from collections.abc import Callable

import pytest

from generator.errors import InvalidInputError
from generator.inputs.yaml_scalars import Misread, scalar
from generator.inputs.yaml_source import read

Complaints = Callable[..., list[str]]

UNREADABLE = [
    (b"", 1, "the file is empty"),
    (b"# only a comment\n", 1, "the file is empty"),
    (b"---\n", 1, "the file is empty"),
    (b"a: \xff\n", 1, "the file is not UTF-8 (byte 3 is 0xff), save it as UTF-8"),
    (b"a: b\nc: \xe9\n", 2, "the file is not UTF-8 (byte 8 is 0xe9), save it as UTF-8"),
    ("name: x".encode("utf-16"), 1, "the file is not UTF-8 (byte 0 is 0xff), save it as UTF-8"),
    (b"name: [\n", 2, "the file is not YAML: did not find expected node content"),
    (b"name: x\n\tarchitecture: y\n", 2, "the file is not YAML: a tab indents the line, use spaces"),
    (b"a: 1\n---\nb: 2\n", 2, "a second YAML document begins, expected one per file"),
    (b"x" * 65537, 1, "the file is larger than 64 KiB, expected a short one"),
    (b"[" * 40 + b"]" * 40, 1, "the file is nested deeper than 16 levels"),
    (b"{" * 60000, 1, "the file has more than 4000 opening brackets, expected a simpler one"),
    (b"name: \x00\n", 1, "the file is not YAML: control characters are not allowed"),
]


@pytest.mark.parametrize(("raw", "line", "message"), UNREADABLE, ids=[message for _, _, message in UNREADABLE])
def test_a_file_that_cannot_be_read_says_why_and_where(raw: bytes, line: int, message: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read("a.yaml", raw)
    assert str(caught.value) == f"a.yaml:{line}: {message}"


REFUSED = [
    ("a: &x 1\n", "a holds an anchor (&x), write the value without it"),
    ("b: 1\na: [*x]\n", "a[0] holds an alias (*x), write the value out"),
    ("a: !!python/object:os.system x\n", "a holds a tag (tag:yaml.org,2002:python/object:os.system)"),
    ("a: !Ref b\n", "a holds a tag (!Ref), write the value without it, text in quotes"),
    ("a:\n  <<: {b: 1}\n", "a holds a merge key (<<), write the fields out"),
    ("? [a]\n: 1\n", "the file holds a field name that is not plain text"),
    ("a: 1\nb: 2\na: 3\n", "a is given twice, first in line 1"),
    ("a: {b: 1,\n b: [1, {c: 2}]}\n", "a.b is given twice, first in line 1"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_yaml_can_and_a_configuration_needs_not_is_refused(text: str, message: str) -> None:
    try:
        problems = read("a.yaml", text.encode()).problems
    except InvalidInputError as error:
        problems = error.problems
    assert any(message in str(problem) for problem in problems)


def test_a_yaml_bomb_is_refused_at_its_first_anchor(complaints: Complaints) -> None:
    bomb = 'a: &a ["x","x","x","x","x","x","x","x","x"]\n' + "".join(
        f"{name}: &{name} [{','.join(['*' + before] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    lines = complaints({"presets/bomb.yaml": bomb})
    assert lines[0] == "presets/bomb.yaml:1: a holds an anchor (&a), write the value without it"
    assert len(lines) < 200


def test_the_rest_of_a_file_with_a_refused_line_is_still_checked(complaints: Complaints) -> None:
    text = "name: linux-x64\narchitecture: x86_64\narchitecture: arm64\ninstanceTypes: &all [m7i.large]\ntimeout: 0\n"
    assert complaints({"presets/linux-x64.yaml": text}) == [
        "presets/linux-x64.yaml:3: architecture is given twice, first in line 2",
        "presets/linux-x64.yaml:4: instanceTypes holds an anchor (&all), write the value without it",
        "presets/linux-x64.yaml:5: timeout is 0, expected a whole number from 1 to 7200",
    ]


def test_a_refused_value_is_reported_once(complaints: Complaints) -> None:
    text = "name: linux-x64\narchitecture: x86_64\ninstanceTypes: [m7i.large]\ntimeout: *hour\n"
    assert complaints({"presets/linux-x64.yaml": text}) == [
        "presets/linux-x64.yaml:4: timeout holds an alias (*hour), write the value out"
    ]


def test_lines_are_known_for_fields_entries_and_what_is_around_them() -> None:
    document = read("a.yaml", b"# note\na:\n  b:\n    - 1\n    - c: 2\n")
    assert document.value == {"a": {"b": [1, {"c": 2}]}}
    assert [document.line(place) for place in [("a",), ("a", "b"), ("a", "b", 0), ("a", "b", 1, "c")]] == [2, 3, 4, 5]
    assert document.line(("a", "missing")) == 2


def test_a_byte_order_mark_is_left_alone() -> None:
    assert read("a.yaml", b"\xef\xbb\xbfa: 1\n").value == {"a": 1}


WORDS = [
    ("linux", "linux"),
    ("60", 60),
    ("-1", -1),
    ("1.5", 1.5),
    ("1e3", 1000.0),
    ("true", True),
    ("null", None),
    ("", None),
    ("2.330.0", "2.330.0"),
    ("m7i.large", "m7i.large"),
    ("yes", Misread(meaning="true")),
    ("off", Misread(meaning="false")),
    ("1_000", Misread(meaning="the number 1000")),
    ("0x_", Misread(meaning="a number")),
    ("0o17", Misread(meaning="a number")),
    (".nan", Misread(meaning="a number")),
    ("+5", Misread(meaning="the number 5")),
    ("9" * 5000, Misread(meaning="a number with very many digits")),
    ("2026-11-23T12:00:00Z", Misread(meaning="a date")),
]


@pytest.mark.parametrize(("word", "value"), WORDS, ids=[word[:20] or "nothing" for word, _ in WORDS])
def test_a_bare_word_stands_for_what_both_versions_of_yaml_say_or_is_misread(word: str, value: object) -> None:
    assert scalar(word) == value
    assert type(scalar(word)) is type(value)
