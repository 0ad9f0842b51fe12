"""Imports run one way: handlers → launching, reconciling → adapters → core; generator on top; emulator apart."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

MAY_IMPORT = {
    "lambdas.core": ("lambdas.core",),
    "lambdas.adapters": ("lambdas.adapters", "lambdas.core"),
    "lambdas.launching": ("lambdas.launching", "lambdas.adapters", "lambdas.core"),
    "lambdas.reconciling": ("lambdas.reconciling", "lambdas.adapters", "lambdas.core"),
    "lambdas": ("lambdas.launching", "lambdas.reconciling", "lambdas.adapters", "lambdas.core"),
    "generator.local": ("generator", "embedded", "lambdas.core", "lambdas.adapters"),
    "generator": ("generator", "lambdas.core", "lambdas.adapters"),
    "embedded": ("embedded",),
}
OURS = ("lambdas", "generator", "embedded", "tests", "bench")
IMPURE = {
    "boto3", "botocore", "os", "io", "pathlib", "shutil", "tempfile", "subprocess", "socket", "http", "urllib.request",
    "time", "random", "secrets", "uuid", "logging", "threading",
}  # fmt: skip


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room(module: str) -> str:
    return max((r for r in MAY_IMPORT if module == r or module.startswith(f"{r}.")), key=len)


def within(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


SOURCES = sorted(path for top in ("lambdas", "generator", "embedded") for path in (ROOT / top).rglob("*.py"))


def test_there_are_sources_to_look_at() -> None:
    assert len(SOURCES) > 10


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_its_room_may(path: Path) -> None:
    allowed = MAY_IMPORT[room(module_name(path))]
    ours = {name for name in imports(path) if within(name, OURS)}
    assert {name for name in ours if not within(name, allowed)} == set()


CORE = [path for path in SOURCES if "lambdas/core" in path.as_posix()]


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.name)
def test_the_core_names_no_door_to_the_world(path: Path) -> None:
    assert {name for name in imports(path) if within(name, tuple(IMPURE))} == set()
