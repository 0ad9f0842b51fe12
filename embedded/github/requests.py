"""One request as the operations see it, one answer as they give it, and the table that they stand in."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

from embedded.github.actions import Actions
from embedded.github.app_registry import AppRegistry
from embedded.github.errors import ApiError, not_found
from embedded.github.hooks import Hooks
from embedded.github.world import Issue, Repository, Token, World


class Identified(Protocol):
    """What GitHub gives an id."""

    @property
    def id(self) -> int:
        """Return the id."""


One = TypeVar("One", bound=Identified)


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request of a known bearer.

    `path` holds what the route's placeholders matched, `below` the rest of it after the repository, such as `/issues`;
    `api` is the address of the API.
    """

    world: World
    registry: AppRegistry
    actions: Actions
    hooks: Hooks
    token: Token
    api: str
    method: str
    below: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes

    @property
    def repository(self) -> Repository:
        """The repository that the path names; 404 if there is none, a redirect if it has another name now."""
        name = f"{self.path['owner']}/{self.path['repo']}".lower()
        if name in self.world.renamed:
            raise moved(self, self.world.renamed[name])
        found = self.world.repositories.get(name)
        if found is None:
            raise not_found()
        return found

    @property
    def issue(self) -> Issue:
        """The issue or pull request that the path names; 404 if there is none."""
        number = self.path["issue_number"]
        found = self.repository.issues.get(int(number)) if number.isdigit() else None
        if found is None:
            raise not_found()
        return found

    def one_of(self, several: Iterable[One], placeholder: str) -> One:
        """Return the one whose id the path has in a placeholder; 404 if none has it."""
        wanted = self.path[placeholder]
        for one in several:
            if str(one.id) == wanted:
                return one
        raise not_found()

    def fields(self, *known: str) -> dict[str, Any]:
        """Return the JSON object in the body; a field that is not known here is refused with 501, not passed over."""
        try:
            given = json.loads(self.body or b"{}")
        except ValueError as error:
            raise ApiError(400, "Problems parsing JSON") from error
        if not isinstance(given, dict):
            raise ApiError(422, "Invalid request.\n\nFor 'links/0/schema', this is not an object.")
        self._refuse_unknown("field", given, known)
        return given

    def parameters(self, *known: str) -> Mapping[str, str]:
        """Return the query's parameters; one that is not known here is refused with 501, not passed over."""
        self._refuse_unknown("parameter", self.query, known)
        return self.query

    @staticmethod
    def _refuse_unknown(what: str, given: Mapping[str, Any], known: tuple[str, ...]) -> None:
        for name in given.keys() - set(known):
            raise ApiError(501, f"the played GitHub knows no {what} '{name}' here, only {', '.join(known) or 'none'}")


def moved(request: Request, repository: Repository) -> ApiError:
    """Return the redirect to a repository's address by its id: 301 for reading, 307 for the rest.

    https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
    """
    query = f"?{urlencode(request.query)}" if request.query else ""
    location = f"{request.api}/repositories/{repository.id}{request.below}{query}"
    status, message = (301, "Moved Permanently") if request.method == "GET" else (307, "Temporary Redirect")
    return ApiError(status, message, headers={"Location": location})


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A success: what is sent as JSON (None: nothing)."""

    status: int = 200
    content: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Route:
    """One operation: its path in werkzeug's notation, below the API's address, and the permission that it needs.

    Where `public`, anybody may do it in a public repository. A permission of '' is any token's. What is `by_app` only
    an App may do that speaks for itself, by a JWT.
    """

    method: str
    path: str
    operation: Callable[[Request], Answer]
    permission: str = ""
    level: str = "read"
    public: bool = False
    by_app: bool = False

    @property
    def creates_content(self) -> bool:
        """Whether people are told of it, for which there is a limit of its own."""
        return self.permission == "issues" and self.level == "write"
