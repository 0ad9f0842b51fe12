"""Which modules a function needs: the imports of its file, followed through `lambdas`."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath

PACKAGE = "lambdas"


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What one function needs: files of `lambdas` (relative to the root), and from elsewhere.

    `outside` maps top-level modules of others to a file that imports them; both are sorted.
    """

    files: tuple[PurePosixPath, ...]
    outside: Mapping[str, PurePosixPath]


def functions(root: Path) -> tuple[str, ...]:
    """Return the names of the functions, sorted: the files of `lambdas/` that define a `handler`."""
    return tuple(sorted(path.stem for path in (root / PACKAGE).glob("*.py") if defines_handler(path)))


def defines_handler(path: Path) -> bool:
    """Tell whether a file has a function named `handler` at its top level."""
    return "handler" in parsed(path.read_bytes()).functions


def needs(root: Path, function: str) -> Needs:
    """Return what a function imports, directly or through other modules of `lambdas`."""
    found: set[PurePosixPath] = set()
    outside: dict[str, PurePosixPath] = {}
    waiting = files_of(root, f"{PACKAGE}.{function}")
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        for name in parsed((root / file).read_bytes()).imports:
            waiting += files_of(root, name)
            if name.split(".")[0] != PACKAGE:
                outside.setdefault(name.split(".")[0], file)
    return Needs(files=tuple(sorted(found)), outside=dict(sorted(outside.items())))


def files_of(root: Path, dotted: str) -> list[PurePosixPath]:
    """Return the files that importing a dotted name runs: the packages on its way and, if it is one, the module.

    The last part may be an attribute (`from lambdas.core.names import Names`): then it adds nothing.
    """
    parts = dotted.split(".")
    if parts[0] != PACKAGE:
        return []
    ways = [PurePosixPath(*parts[:depth]) for depth in range(1, len(parts) + 1)]
    candidates = [file for way in ways for file in (way / "__init__.py", way.with_suffix(".py"))]
    return [file for file in candidates if (root / file).is_file()]


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """What one file says: the functions at its top level, and the dotted names that it imports when it runs."""

    functions: frozenset[str]
    imports: tuple[str, ...]


@cache
def parsed(source: bytes) -> Parsed:
    """Return what a file says; functions share most of their files, so each content is parsed once."""
    tree = ast.parse(source)
    visitor = Imports()
    visitor.visit(tree)
    functions = frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))
    return Parsed(functions=functions, imports=tuple(visitor.names))


@dataclass
class Imports(ast.NodeVisitor):
    """Collects imports, those inside functions too; what only type checkers read (`if TYPE_CHECKING:`) is none."""

    names: list[str] = field(default_factory=list)

    def visit_Import(self, node: ast.Import) -> None:
        """Take `import a.b`."""
        self.names += [alias.name for alias in node.names]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Take `from a import b`: `b` may be a module."""
        if node.module and not node.level:
            self.names += [f"{node.module}.{alias.name}" for alias in node.names]

    def visit_If(self, node: ast.If) -> None:
        """Pass over what only a type checker reads."""
        guarded = ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}
        for child in node.orelse if guarded else (*node.body, *node.orelse):
            self.visit(child)
