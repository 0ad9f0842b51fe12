from pathlib import Path

from generator.github import summary


def test_each_summary_is_appended_to_what_the_step_has_said(tmp_path: Path) -> None:
    file = tmp_path / "summary.md"
    for markdown in ("# Wünsche →", "more"):
        summary.append({"GITHUB_STEP_SUMMARY": str(file)}, markdown)
    assert file.read_text(encoding="utf-8") == "# Wünsche →\nmore\n"


def test_outside_of_github_nothing_is_written(tmp_path: Path) -> None:
    summary.append({"GITHUB_STEP_SUMMARY": ""}, "x")
    summary.append({}, "x")
    assert list(tmp_path.iterdir()) == []
