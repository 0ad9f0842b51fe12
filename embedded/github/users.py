"""Whose token it is: GET /user for people, the GraphQL viewer for everybody.

https://docs.github.com/en/rest/users/users#get-the-authenticated-user
"""

import re

from embedded.github.errors import ApiError
from embedded.github.requests import Answer, Request, Route
from embedded.github.shapes import user_json

VIEWER = re.compile(r"\s*(query\s*)?\{\s*viewer\s*\{\s*login\s*\}\s*\}\s*")


def get_user(request: Request) -> Answer:
    """Read the person whose token it is; Apps and jobs are none."""
    if request.token.kind == "integration":
        raise ApiError(403, "Resource not accessible by integration")
    counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    about = dict.fromkeys(("name", "company", "blog", "location", "email", "hireable", "bio"))
    times = {"created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z"}
    return Answer(content={**user_json(request, request.token.login), **about, **counts, **times})


def graphql(request: Request) -> Answer:
    """Answer the one query that is played: the viewer's login."""
    query = str(request.fields("query", "variables").get("query", ""))
    if not VIEWER.fullmatch(query):
        raise ApiError(501, f"the played GitHub knows only the query {{ viewer {{ login }} }}, not {query!r}")
    return Answer(content={"data": {"viewer": {"login": request.token.login}}})


ROUTES = (
    Route(method="GET", path="/user", operation=get_user),
    Route(method="POST", path="/graphql", operation=graphql),
)
