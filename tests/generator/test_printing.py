"""Text from outside is shown in a job's log, and never obeyed by the runner."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import ending, printing
from generator.errors import SpotRunnerError

HOSTILE = {
    "at the start": "::add-mask::a",
    "behind blanks": " \t::error::b",
    "on a line of its own": "fine\n::stop-commands::c",
    "behind a carriage return": "fine\r::add-mask::d",
    "the older form": "##[add-mask]e",
    "the older form within": "build failed ###[command]f",
    "both": "::set-env::##[x]##[y]",
}
pieces = st.lists(st.sampled_from(["::", ":", "##[", "#", "[", " ", "\r", "\n", "a"]), max_size=12).map("".join)


def commands(log: str) -> list[str]:
    """Return the lines that the runner would obey, as its ActionCommand.cs reads them, a carriage return ends one."""
    lines = log.replace("\r", "\n").split("\n")
    return [line for line in lines if line.lstrip().startswith("::") or "##[" in line]


@given(pieces)
def test_no_text_is_a_command(text: str) -> None:
    assert commands(printing.without_commands(text)) == []
    assert printing.without_commands(text).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_lines_that_are_shown_are_no_commands(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    printing.show([text])
    assert commands(capsys.readouterr().out) == []


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_document_holds_no_command_and_reads_back_as_it_was(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    document = {text: [text]}
    printing.show(document)
    said = capsys.readouterr().out
    assert commands(said) == []
    assert json.loads(said) == document


@given(st.text(st.characters(codec="utf-8")))
def test_a_document_moves_no_cursor_and_reads_back_as_it_was(text: str) -> None:
    said = printing.json_text({"text": text}, indent=2)
    assert said.replace("\n", "").isprintable()
    assert json.loads(said) == {"text": text}


def test_a_document_shows_letters_of_every_language_as_they_are() -> None:
    assert printing.json_text({"text": "Zürich, 東京 🚀"}) == '{"text": "Zürich, 東京 🚀"}'


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["for people", "for scripts"])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_an_error_is_no_command(
    text: str, options: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["spot-runner", *options])
    ending.report(SpotRunnerError(text))
    said = capsys.readouterr()
    assert commands(said.err) + commands(said.out) == []
