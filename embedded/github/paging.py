"""Lists in pages, with GitHub's Link header: https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api."""

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import urlencode

from embedded.github.requests import Request

PARAMETERS = ("per_page", "page")
LARGEST_PAGE = 100
T = TypeVar("T")


def page_of(request: Request, everything: Sequence[T], path: str) -> tuple[Sequence[T], dict[str, str]]:
    """Return one page and its headers; `path` is the list's, below the repository if it is in one."""
    size = min(number(request, "per_page", 30), LARGEST_PAGE)
    page, last = number(request, "page", 1), max(1, -(-len(everything) // size))
    ways = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    if page == last:
        del ways["next"], ways["last"]
    if page == 1:
        del ways["prev"], ways["first"]
    below = (
        f"/repositories/{request.repository.id}{path}" if "repo" in request.path else path
    )  # by id, as GitHub writes
    address = f"{request.api}{below}"
    links = [f'<{address}?{urlencode({**request.query, "page": to})}>; rel="{way}"' for way, to in ways.items()]
    return everything[(page - 1) * size : page * size], {"Link": ", ".join(links)} if links else {}


def number(request: Request, name: str, otherwise: int) -> int:
    """Return a parameter that is a number, at least 1; what is none is passed over."""
    given = request.query.get(name, "")
    return max(1, int(given)) if given.isdigit() else otherwise
