"""What AWS has no API for: time, faults, failing builds, and looking behind the scenes. JSON under `/_embedded/`."""

import dataclasses
import inspect
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

Route = Callable[..., Any]
PREFIX = "/_embedded"


class Control:
    """Routes, as (method, path) → a function whose parameters are the fields of the JSON body, in snake case.

    A function returns what is answered as JSON (None: `{}`); ValueError and TimeoutError become clear errors.
    `receive(token, body)` takes the answers of custom resources.
    """

    def __init__(self, routes: dict[tuple[str, str], Route], receive: Callable[[str, bytes], None]) -> None:
        self._routes, self._receive = routes, receive

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request (WSGI)."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status, answer = self._answer(environ["REQUEST_METHOD"], environ["PATH_INFO"].removeprefix(PREFIX), body)
        content = json.dumps(answer).encode()
        start_response(f"{status} -", [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
        return [content]

    def _answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        try:
            if method in ("PUT", "POST") and path.startswith("/cloudformation/"):
                self._receive(path.removeprefix("/cloudformation/"), body)
                return 200, {}
            route = self._routes.get((method, path))
            if route is None:
                known = ", ".join(f"{verb} {PREFIX}{name}" for verb, name in self._routes)
                return 404, {"error": f"no {method} {PREFIX}{path}: there are {known}"}
            answer = route(**_fields(route, body))
        except TimeoutError as error:
            return 504, {"error": str(error)}
        except KeyError as error:
            return 404, {"error": f"{error} is not known"}
        except (ValueError, TypeError) as error:
            return 400, {"error": str(error)}
        return 200, {} if answer is None else answer


def as_json(value: Any) -> dict[str, Any]:
    """Return a dataclass as a JSON object with camel-case names."""
    return {
        re.sub(r"_(\w)", lambda match: match[1].upper(), field.name): getattr(value, field.name)
        for field in dataclasses.fields(value)
    }


def _fields(route: Route, body: bytes) -> dict[str, Any]:
    given = json.loads(body or b"{}")
    if not isinstance(given, dict):
        raise ValueError("the body is no JSON object")  # noqa: TRY004 - an error of the sender, not of the program
    fields = {re.sub(r"([A-Z])", r"_\1", name).lower(): value for name, value in given.items()}
    try:
        inspect.signature(route).bind(**fields)
    except TypeError as error:
        accepted = ", ".join(inspect.signature(route).parameters)
        raise ValueError(f"{error}; accepted (in camel case): {accepted or 'nothing'}") from error
    return fields
