"""What moto would take and then ignore: of the operations in played.toml only that is let in which is played."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

HARMLESS = ("Delete", "Describe", "Disable", "Enable", "Get", "List", "Remove", "Tag", "Untag")


def unplayed(response: Any) -> str | None:
    """Name what of a request (moto's response object) is not played, or None."""
    service, operation = response.boto3_service_name, response._get_action()
    if service not in table() or operation is None:
        return None
    members = table()[service].get(operation)
    if members is None:
        return None if operation.startswith(HARMLESS) else "any"
    response.parse_parameters(response.normalized_request)
    given = [(path, value) for path, value in _leaves(response.params, "") if value not in (None, "", {}, [])]
    strange = [path for path, _ in given if not any(fnmatchcase(path, one) or _below(path, one) for one in members)]
    return next(iter((*strange, *_unlike(given, members))), None)


def _below(path: str, member: str) -> bool:
    return path.startswith(f"{member}.")


def _unlike(given: list[tuple[str, Any]], members: Mapping[str, str]) -> Iterator[str]:
    for member, pattern in members.items():
        values = [str(value) for path, value in given if path == member] or [""]
        yield from (f"{member} {one!r}" for one in values if pattern and not re.fullmatch(pattern, one))


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield the scalars of an input, each with the dotted names that lead to it; a list's items have its name."""
    if isinstance(value, Mapping) and value:
        for name, below in value.items():
            yield from _leaves(below, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value:
        for one in value:
            yield from _leaves(one, path)
    else:
        yield path, value


@cache
def table() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Return the patterns of the members that are played, by service and operation."""
    written = tomllib.loads(Path(__file__).with_name("played.toml").read_text())
    return {
        service: {operation: _patterns(members) for operation, members in operations.items()}
        for service, operations in written.items()
    }


def _patterns(members: str) -> dict[str, str]:
    return {name: pattern for name, _, pattern in (one.partition("=") for one in members.split())}
