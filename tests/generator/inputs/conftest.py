"""Makers of projects on disk: good ones, with one thing changed."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from generator.errors import InvalidInputError
from generator.inputs.project import load_project

Fields: TypeAlias = dict[str, Any]
Write: TypeAlias = Callable[..., Path]

PRESET: Fields = {"name": "linux-x64", "architecture": "x86_64", "instanceTypes": ["m7i.large"]}
SETTINGS: Fields = {"region": "eu-west-1", "account": "123456789012", "github": {"owner": "octo-org"}}


def yaml_of(document: object) -> str:
    """Return a document as JSON that is YAML, too: nothing but printable ASCII."""
    text = json.dumps(document, ensure_ascii=False)
    return re.sub(r"[^\n -~]", lambda letter: f"\\U{ord(letter[0]):08x}", text)


@pytest.fixture(scope="session")
def as_yaml() -> Callable[[object], str]:
    """Return the writer of a document as YAML."""
    return yaml_of


@pytest.fixture
def a_preset() -> Callable[..., Fields]:
    """Return a maker of a good preset's fields, of which some are changed or, by None, left out."""

    def make(**changes: object) -> Fields:
        return {name: value for name, value in (PRESET | changes).items() if value is not None}

    return make


@pytest.fixture
def some_settings() -> Callable[..., Fields]:
    """Return a maker of good settings, of which some are changed or, by None, left out."""

    def make(**changes: object) -> Fields:
        return {name: value for name, value in (SETTINGS | changes).items() if value is not None}

    return make


@pytest.fixture
def write_project(tmp_path: Path) -> Write:
    """Return a writer of a project: files by path, as text, bytes or a document; good ones where none is given."""

    def write(files: Mapping[str, object] | None = None, *, settings: object = SETTINGS) -> Path:
        (tmp_path / "presets").mkdir(exist_ok=True)
        given = {"presets/linux-x64.yaml": PRESET} if files is None else files
        for name, content in {"spot-runner.yaml": settings, **given}.items():
            raw = content if isinstance(content, bytes) else content if isinstance(content, str) else yaml_of(content)
            (tmp_path / name).write_bytes(raw if isinstance(raw, bytes) else raw.encode())
        return tmp_path

    return write


@pytest.fixture
def complaints(write_project: Write) -> Callable[..., list[str]]:
    """Return what is said of a project that cannot be loaded, a line per problem; nothing of a good one."""

    def load_and_listen(files: Mapping[str, object] | None = None, *, settings: object = SETTINGS) -> list[str]:
        try:
            load_project(write_project(files, settings=settings))
        except InvalidInputError as error:
            return str(error).splitlines()
        return []

    return load_and_listen
