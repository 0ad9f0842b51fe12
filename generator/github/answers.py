"""Answers of GitHub that PyGithub has no shape for."""

from typing import Any

from generator.errors import SpotRunnerError
from generator.github.connection import PER_PAGE, GitHub


def one(github: GitHub, path: str, field: str) -> dict[str, Any]:
    """Read JSON about the repository, which has a field; raise SpotRunnerError where someone else answers."""
    return _read(github, path, field, {})


def first_page(github: GitHub, path: str, field: str) -> list[dict[str, Any]]:
    """Read the first hundred of a list about the repository, which is in a field of the answer."""
    found: list[dict[str, Any]] = _read(github, path, field, {"per_page": PER_PAGE})[field]
    return found


def _read(github: GitHub, path: str, field: str, parameters: dict[str, Any]) -> dict[str, Any]:
    address = f"/repos/{github.full_name}/{path}"
    _, answer = github.client.requester.requestJsonAndCheck("GET", address, parameters=parameters)
    if not isinstance(answer, dict) or field not in answer:
        raise SpotRunnerError(f"GitHub: the answer to GET {address} has no {field}: check GITHUB_API_URL")
    return answer
