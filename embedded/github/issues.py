"""Issues: https://docs.github.com/en/rest/issues/issues."""

from datetime import datetime
from typing import Any

from embedded.github.errors import ApiError, invalid
from embedded.github.paging import PARAMETERS, page_of
from embedded.github.requests import Answer, Request, Route
from embedded.github.shapes import issue_json
from embedded.github.world import Issue

LONGEST_TITLE, LONGEST_BODY = 256, 65536
REASONS = ("completed", "not_planned", "duplicate", "reopened", None)
SORTS = {
    "created": lambda issue: (issue.created_at, issue.number),
    "updated": lambda issue: (issue.updated_at, issue.number),
    "comments": lambda issue: (len(issue.comments), issue.number),
}


def list_issues(request: Request) -> Answer:
    """List issues and pull requests: of one state (`open` unless said), one creator, changed since a time."""
    query = request.parameters("state", "creator", "sort", "direction", "since", *PARAMETERS)
    state, creator = query.get("state", "open"), query.get("creator", "").lower()
    sort, direction = query.get("sort", "created"), query.get("direction", "desc")
    if state not in ("open", "closed", "all") or sort not in SORTS or direction not in ("asc", "desc"):
        raise ApiError(422, "Validation Failed")
    since = datetime.fromisoformat(query["since"]) if "since" in query else None
    found = [
        issue
        for issue in _enabled(request).issues.values()
        if state in ("all", issue.state)
        and creator in ("", issue.author.lower())
        and (since is None or issue.updated_at >= since)
    ]
    found.sort(key=SORTS[sort], reverse=direction == "desc")
    page, headers = page_of(request, found, "/issues")
    return Answer(content=[issue_json(request, one) for one in page], headers=headers)


def create_issue(request: Request) -> Answer:
    """Open an issue."""
    repository, given = _enabled(request), request.fields("title", "body")
    if "title" not in given:
        raise ApiError(422, 'Invalid request.\n\n"title" wasn\'t supplied.')
    _check_lengths(given)
    made = request.world.add_issue(repository, request.token.login, str(given["title"]), given.get("body"))
    return Answer(status=201, content=issue_json(request, made))


def get_issue(request: Request) -> Answer:
    """Read one issue or pull request."""
    return Answer(content=issue_json(request, request.issue))


def update_issue(request: Request) -> Answer:
    """Change title and text; close, with a reason, or reopen."""
    issue, given = request.issue, request.fields("title", "body", "state", "state_reason")
    _check_lengths(given)
    if given.get("state", "open") not in ("open", "closed"):
        raise invalid("Issue", "state", "invalid")
    if given.get("state_reason") not in REASONS:
        raise invalid("Issue", "state_reason", "invalid")
    issue.title, issue.body = given.get("title", issue.title), given.get("body", issue.body)
    _move(request, issue, given.get("state", issue.state), given.get("state_reason"))
    issue.updated_at = request.world.clock.now()
    return Answer(content=issue_json(request, issue))


def _move(request: Request, issue: Issue, state: str, reason: str | None) -> None:
    if state == "closed" and (issue.state == "open" or reason):
        issue.state_reason = reason or "completed"
    if state != issue.state:
        closes = state == "closed"
        issue.state_reason = issue.state_reason if closes else "reopened"
        issue.closed_at = request.world.clock.now() if closes else None
        issue.closed_by = request.token.login if closes else None
    issue.state = state


def _enabled(request: Request) -> Any:
    if not request.repository.has_issues:
        raise ApiError(410, "Issues has been disabled in this repository.")
    return request.repository


def _check_lengths(given: dict[str, Any]) -> None:
    if not str(given.get("title", "-")).strip():
        raise invalid("Issue", "title", "missing_field")
    for field, longest in (("title", LONGEST_TITLE), ("body", LONGEST_BODY)):
        if len(given.get(field) or "") > longest:
            raise invalid("Issue", field, "custom", f"{field} is too long (maximum is {longest} characters)")


ROUTES = (
    Route(method="GET", path="/repos/<owner>/<repo>/issues", operation=list_issues, permission="issues", public=True),
    Route(
        method="POST", path="/repos/<owner>/<repo>/issues", operation=create_issue, permission="issues", level="write"
    ),
    Route(
        method="GET", path="/repos/<owner>/<repo>/issues/<issue_number>", operation=get_issue, permission="issues",
        public=True,
    ),
    Route(
        method="PATCH", path="/repos/<owner>/<repo>/issues/<issue_number>", operation=update_issue, permission="issues",
        level="write",
    ),
)  # fmt: skip
