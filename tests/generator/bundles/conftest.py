"""A small project with functions, and what must be told apart: tests that ask the package registry."""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

SOURCES = {
    "lambdas/__init__.py": "",
    "lambdas/core/__init__.py": "",
    "lambdas/core/fold.py": "from dataclasses import dataclass\nimport lambdas.core.facts\n",
    "lambdas/core/facts.py": "import typing\nif typing.TYPE_CHECKING:\n    import lambdas.core.unused\n",
    "lambdas/core/unused.py": "",
    "lambdas/core/words.py": "WORDS = 1\n",
    "lambdas/adapters/__init__.py": "",
    "lambdas/adapters/table.py": "import boto3\nfrom lambdas.core.facts import typing\n",
    "lambdas/ami_update.py": "from lambdas.adapters import table\nimport lambdas.core.fold\ndef handler(e, c): ...\n",
    "lambdas/status.py": "def handler(event, context):\n    from lambdas.core.words import WORDS\n    return WORDS\n",
    "lambdas/notes.py": "def other(): ...\n",
    "lambdas/requirements.txt": "",
}


def pytest_configure(config: pytest.Config) -> None:
    """Name the mark of tests that need wheels: uv takes them from its cache, or from the package registry."""
    config.addinivalue_line("markers", "registry: installs wheels, from uv's cache or from the package registry")


MakeProject = Callable[..., Path]


@pytest.fixture
def a_project(tmp_path: Path) -> MakeProject:
    """Make a project with two functions, `ami_update` and `status`; `changes` adds or replaces files."""

    def make(folder: str = "project", changes: dict[str, str] | None = None) -> Path:
        root = tmp_path / folder
        for name, text in (SOURCES | (changes or {})).items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return root

    return make


@pytest.fixture
def importing(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Unpack a bundle and import its handler in a Python that has nothing else but the folders named."""

    def run(bundle: Path, function: str, *folders: Path) -> subprocess.CompletedProcess[str]:
        task = tmp_path / "task" / function
        with zipfile.ZipFile(bundle) as archive:
            archive.extractall(task)
        paths = [str(task), *map(str, folders)]
        code = f"import sys; sys.path[:0] = {paths}; from lambdas.{function} import handler; print(callable(handler))"
        return subprocess.run(
            [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=60, check=False
        )

    return run
