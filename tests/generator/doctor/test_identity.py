"""Where a token that is given comes from: a file, or standard input."""

import io
from pathlib import Path

import pytest

from generator.doctor import identity
from generator.errors import UsageError


def test_a_token_is_read_from_a_file_or_from_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("from-file")
    assert identity.given(str(tmp_path / "token")) == "from-file"
    monkeypatch.setattr("sys.stdin", io.StringIO("from-input"))
    assert identity.given("-") == "from-input"


def test_a_file_that_is_no_text_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="is not text, expected an OIDC token"):
        identity.given(str(tmp_path / "token"))
