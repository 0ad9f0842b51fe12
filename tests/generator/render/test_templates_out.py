"""The folder templates_out/."""

from pathlib import Path

import pytest

from generator import templates_out
from generator.errors import SpotRunnerError
from generator.templates_out import FOLDER

RENDERED = {"foundation.json": '{"a": 1}\n', "preset-gpu.json": '{"b": 2}\n'}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    templates_out.write(tmp_path, RENDERED)
    return tmp_path / FOLDER


def found(folder: Path) -> list[tuple[str, str]]:
    return [(each.file, each.kind) for each in templates_out.differences(folder.parent, RENDERED)]


def test_what_was_written_is_in_step(folder: Path) -> None:
    assert found(folder) == []
    assert {path.name: path.read_text() for path in folder.iterdir()} == RENDERED


def test_an_edit_by_hand_is_named_and_shown(folder: Path) -> None:
    (folder / "foundation.json").write_text('{"a": 3}\n')
    (difference,) = templates_out.differences(folder.parent, RENDERED)
    assert str(difference).startswith("templates_out/foundation.json is not what the project renders to")
    assert '-{"a": 3}\n+{"a": 1}\n' in difference.diff


def test_a_missing_newline_is_an_edit(folder: Path) -> None:
    (folder / "foundation.json").write_text('{"a": 1}')
    (difference,) = templates_out.differences(folder.parent, RENDERED)
    assert "No newline at end of file" in difference.diff


def test_a_file_that_is_not_text_is_an_edit(folder: Path) -> None:
    (folder / "foundation.json").write_bytes(b"\xff\xfe")
    assert found(folder) == [("foundation.json", "differs")]


def test_missing_gone_and_stray_files_are_told_apart(folder: Path) -> None:
    (folder / "foundation.json").unlink()
    (folder / "preset-old.json").write_text("{}")
    (folder / "notes.txt").write_text("mine")
    assert found(folder) == [("foundation.json", "missing"), ("notes.txt", "stray"), ("preset-old.json", "gone")]


def test_without_a_folder_everything_is_missing(tmp_path: Path) -> None:
    assert [each.kind for each in templates_out.differences(tmp_path, RENDERED)] == ["missing", "missing"]


def test_writing_removes_templates_of_presets_that_are_gone_and_nothing_else(folder: Path) -> None:
    for name in ("preset-old.json", "notes.txt", "other.json"):
        (folder / name).write_text("{}")
    done = templates_out.write(folder.parent, RENDERED)
    assert (done.removed, done.stray) == (("preset-old.json",), ("notes.txt", "other.json"))
    assert sorted(path.name for path in folder.iterdir()) == sorted([*RENDERED, "notes.txt", "other.json"])


def test_writing_touches_only_what_differs(folder: Path) -> None:
    before = (folder / "preset-gpu.json").stat().st_ino
    (folder / "foundation.json").write_text("{}")
    done = templates_out.write(folder.parent, RENDERED)
    assert (done.written, done.unchanged) == (("foundation.json",), ("preset-gpu.json",))
    assert (folder / "preset-gpu.json").stat().st_ino == before


def test_a_file_that_cannot_be_replaced_stays_whole(folder: Path) -> None:
    (folder / "foundation.json").unlink()
    (folder / "foundation.json").mkdir()
    with pytest.raises(SpotRunnerError, match=r"foundation\.json cannot be used"):
        templates_out.write(folder.parent, RENDERED)
    assert sorted(path.name for path in folder.iterdir()) == sorted(RENDERED)


def test_a_text_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        templates_out.write(tmp_path, {"preset-gpu.json": "\ud800"})
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_a_stale_template_is_refused_with_a_line_for_each_file(folder: Path) -> None:
    (folder / "foundation.json").write_text("{}")
    (folder / "preset-old.json").write_text("{}")
    with pytest.raises(SpotRunnerError) as refused:
        templates_out.refuse(templates_out.differences(folder.parent, RENDERED))
    assert [line.split()[0] for line in str(refused.value).splitlines()] == [
        "templates_out/foundation.json",
        "templates_out/preset-old.json",
    ]


def test_templates_are_readable_by_everybody(folder: Path) -> None:
    assert (folder / "foundation.json").stat().st_mode & 0o777 == 0o644
