"""What AWS has no API for: time, faults, failing builds, and looking behind the scenes. JSON under `/_embedded/`."""

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ConfigDict, ValidationError, validate_call
from werkzeug.wrappers import Request, Response

PREFIX = "/_embedded"
STRICT = ConfigDict(strict=True)


class Control:
    """Routes, as (method, path) → a function whose parameters are the fields of the JSON body, in snake case.

    A function returns what is answered as JSON (None: `{}`); ValueError and TimeoutError become clear errors.
    `receive(token, body)` takes the answers of custom resources.
    """

    def __init__(
        self, routes: Mapping[tuple[str, str], Callable[..., Any]], receive: Callable[[str, bytes], None]
    ) -> None:
        self._routes = {where: validate_call(config=STRICT)(route) for where, route in routes.items()}
        self._receive = receive

    @Request.application
    def __call__(self, request: Request) -> Response:
        """Serve one request."""
        status, answer = self._answer(request.method, request.path.removeprefix(PREFIX), request.get_data())
        return Response(json.dumps(answer), status, content_type="application/json")

    def _answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        try:
            if method in ("PUT", "POST") and path.startswith("/cloudformation/"):
                self._receive(path.removeprefix("/cloudformation/"), body)
                return 200, {}
            route = self._routes.get((method, path))
            if route is None:
                known = ", ".join(f"{verb} {PREFIX}{name}" for verb, name in self._routes)
                return 404, {"error": f"no {method} {PREFIX}{path}: there are {known}"}
            return 200, route(**_fields(body)) or {}
        except TimeoutError as error:
            return 504, {"error": str(error)}
        except KeyError as error:
            return 404, {"error": f"{error} is not known"}
        except ValueError as error:
            return 400, {"error": _one_line(error)}


def as_json(value: Any) -> dict[str, Any]:
    """Return a dataclass as a JSON object with camel-case names."""
    return {_camel(field.name): getattr(value, field.name) for field in dataclasses.fields(value)}


def _one_line(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    return "; ".join(f"{_camel('.'.join(map(str, one['loc'])))}: {one['msg']}" for one in error.errors())


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def _fields(body: bytes) -> dict[str, Any]:
    given = json.loads(body or b"{}")
    if not isinstance(given, dict):
        raise ValueError("the body is no JSON object")  # noqa: TRY004 - an error of the sender, not of the program
    return {re.sub(r"([A-Z])", r"_\1", name).lower(): value for name, value in given.items()}
