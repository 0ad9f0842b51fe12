"""How JSON is laid out."""

import json

import pytest

from generator.layout import WIDTH, text

VALUES = [{}, [], {"b": 1, "a": [True, None, "x" * 130]}, {"Deep": {"er": {"est": ["y" * 70, "z" * 70]}}}, "só", 1.5]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_what_is_laid_out_reads_back_as_it_was(value: object) -> None:
    assert json.loads(text(value)) == value
    assert text(value).endswith("\n")


def test_keys_are_sorted_at_every_depth() -> None:
    assert text({"b": {"d": 1, "c": 2}, "a": 3}) == '{"a": 3, "b": {"c": 2, "d": 1}}\n'
    long = json.loads(text({"z": "x" * 130, "b": {"d": "y" * 130, "c": 2}}), object_pairs_hook=list)
    assert [key for key, _ in long] == ["b", "z"]
    assert [key for key, _ in long[0][1]] == ["c", "d"]


def test_what_does_not_fit_on_a_line_gets_a_line_each() -> None:
    assert text({"a": ["x" * 60, "y" * 60]}) == '{\n "a": [\n  "' + "x" * 60 + '",\n  "' + "y" * 60 + '"\n ]\n}\n'


def test_lines_are_short_unless_one_text_is_long() -> None:
    value = {"k" * 20: {"a": [{"b": "c" * 30}] * 9, "d": ["e" * 50] * 3}}
    assert max(map(len, text(value).splitlines())) <= WIDTH
