import pytest

from generator.github.annotations import annotate, annotation


def test_text_stays_text() -> None:
    assert annotation("error", "50%\n::set-output::") == "::error::50%25%0A::set-output::"


def test_a_place_in_a_file_cannot_end_its_property() -> None:
    assert (
        annotation("warning", "x", file="presets/a,b:c.yaml", line=3)
        == "::warning file=presets/a%2Cb%3Ac.yaml,line=3::x"
    )


def test_only_github_is_annotated(capsys: pytest.CaptureFixture[str]) -> None:
    annotate({}, "error", "unheard")
    annotate({"GITHUB_ACTIONS": "true"}, "error", "heard")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "::error::heard\n")
