"""From a request to its answer: bearer, limits, route, permission, operation; and a log of them all."""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

from embedded.github import access, apps, comments, deliveries, issues, jobs, repositories, runners, settings, users
from embedded.github.actions import Actions
from embedded.github.app_registry import AppRegistry
from embedded.github.errors import ApiError, not_found
from embedded.github.hooks import Hooks
from embedded.github.limits import Limits
from embedded.github.requests import Answer, Request, Route

ROOMS = (repositories, settings, issues, comments, users, apps, deliveries, runners, jobs)
ROUTES = tuple(route for room in ROOMS for route in room.ROUTES)
RULES = Map([Rule(route.path, methods=[route.method], endpoint=route) for route in ROUTES])
BY_ID = re.compile(r"/repositories/(?P<id>\d+)(?P<rest>/.*)?")
BELOW = re.compile(r"^/repos/[^/]+/[^/]+")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request as it came in; `path` is below the API's address, names in `headers` are in lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer as it went out."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Application:
    """Answers calls; knows nothing of sockets."""

    def __init__(self, registry: AppRegistry, actions: Actions, hooks: Hooks, limits: Limits) -> None:
        self.world, self.registry, self.actions, self.hooks = registry.world, registry, actions, hooks
        self.limits = limits

    def answer(self, call: Call, api: str) -> Reply:
        """Answer one call; `api` is the address that links begin with."""
        resource, token = "graphql" if call.path == "/graphql" else "core", access.ANONYMOUS
        try:
            token = access.bearer(self.world, self.registry, call.headers.get("authorization", ""))
            if (call.method, call.path) == ("GET", "/rate_limit"):  # it is not counted itself
                return reply(Answer(content=self.limits.overview(token)), self.limits.headers(token, resource))
            route, path = self._route(call)
            self.limits.count(token, resource, route)
            request = Request(
                world=self.world, registry=self.registry, actions=self.actions, hooks=self.hooks,
                token=token, api=api, method=call.method, below=BELOW.sub("", call.path), path=path,
                query=call.query, body=call.body,
            )  # fmt: skip
            access.check(route, request)
            answer = route.operation(request)
        except ApiError as error:
            answer = Answer(status=error.status, content=error.as_json(), headers=error.headers)
        except Exception as error:  # whatever is wrong here must be seen by whoever called
            logger.exception("%s %s failed", call.method, call.path)
            answer = Answer(status=500, content={"message": f"the played GitHub failed: {error!r}"})
        return reply(answer, self.limits.headers(token, resource))

    def _route(self, call: Call) -> tuple[Route, dict[str, Any]]:
        try:
            found: tuple[Route, dict[str, Any]] = RULES.bind("").match(self._by_name(call.path), call.method)  # type: ignore[assignment]
        except (NotFound, MethodNotAllowed) as error:
            raise ApiError(501, f"the played GitHub has no {call.method} {call.path}") from error
        return found

    def _by_name(self, path: str) -> str:
        by_id = BY_ID.fullmatch(path)
        if by_id is None:
            return path
        for repository in self.world.repositories.values():
            if repository.id == int(by_id["id"]):
                return f"/repos/{repository.full_name}{by_id['rest'] or ''}"
        raise not_found()


def reply(answer: Answer, headers: Mapping[str, str]) -> Reply:
    """Return an answer as bytes; nothing is sent with 204."""
    if answer.content is None:
        return Reply(status=answer.status, headers={**headers, **answer.headers}, body=b"")
    kind = {"Content-Type": "application/json; charset=utf-8", "X-GitHub-Media-Type": "github.v3; format=json"}
    return Reply(
        status=answer.status, headers={**kind, **headers, **answer.headers}, body=json.dumps(answer.content).encode()
    )
