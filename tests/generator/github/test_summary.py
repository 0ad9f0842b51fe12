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


def test_what_is_too_long_for_github_is_cut_between_lines_and_says_so(tmp_path: Path) -> None:
    file = tmp_path / "summary.md"
    for _ in range(3):
        summary.append({"GITHUB_STEP_SUMMARY": str(file)}, "\n".join(["é" * 500] * 700))
    written = file.read_bytes()
    assert 1_040_000 < len(written) <= 1_048_576
    lines = written.decode().splitlines()
    assert {line for line in lines if line} == {"é" * 500, lines[-1]}
    assert lines[-1] == "*The rest is in the job's log: GitHub takes 1 MiB of summary from a step.*"
