"""Comments of issues and pull requests: https://docs.github.com/en/rest/issues/comments."""

from datetime import datetime

from embedded.github.errors import ApiError, invalid, not_found
from embedded.github.issues import LONGEST_BODY
from embedded.github.paging import PARAMETERS, page_of
from embedded.github.requests import Answer, Request, Route
from embedded.github.shapes import comment_json
from embedded.github.world import Comment, Issue


def list_comments(request: Request) -> Answer:
    """List the comments of one issue or pull request, oldest first."""
    query, issue = request.parameters("since", *PARAMETERS), request.issue
    since = datetime.fromisoformat(query["since"]) if "since" in query else None
    found = [one for one in issue.comments if since is None or one.updated_at >= since]
    page, headers = page_of(request, found, f"/issues/{issue.number}/comments")
    return Answer(content=[comment_json(request, issue, one) for one in page], headers=headers)


def create_comment(request: Request) -> Answer:
    """Write a comment."""
    issue = request.issue
    made = request.world.add_comment(issue, request.token.login, _text(request))
    return Answer(status=201, content=comment_json(request, issue, made))


def update_comment(request: Request) -> Answer:
    """Replace the text of a comment."""
    issue, comment = found(request)
    comment.body, comment.updated_at = _text(request), request.world.clock.now()
    issue.updated_at = comment.updated_at
    return Answer(content=comment_json(request, issue, comment))


def delete_comment(request: Request) -> Answer:
    """Take a comment away."""
    issue, comment = found(request)
    issue.comments.remove(comment)
    return Answer(status=204)


def found(request: Request) -> tuple[Issue, Comment]:
    """Return the comment that the path names, and its issue; 404 if there is none."""
    for issue in request.repository.issues.values():
        for comment in issue.comments:
            if str(comment.id) == request.path["comment_id"]:
                return issue, comment
    raise not_found()


def _text(request: Request) -> str:
    given = request.fields("body")
    if "body" not in given:
        raise ApiError(422, 'Invalid request.\n\n"body" wasn\'t supplied.')
    text = str(given["body"])
    if not text.strip():
        raise invalid("IssueComment", "body", "missing_field")
    if len(text) > LONGEST_BODY:
        raise invalid("IssueComment", "body", "custom", f"body is too long (maximum is {LONGEST_BODY} characters)")
    return text


THREAD = "/repos/<owner>/<repo>/issues/<issue_number>/comments"
ONE = "/repos/<owner>/<repo>/issues/comments/<comment_id>"
ROUTES = (
    Route(method="GET", path=THREAD, operation=list_comments, permission="issues", public=True),
    Route(method="POST", path=THREAD, operation=create_comment, permission="issues", level="write"),
    Route(method="PATCH", path=ONE, operation=update_comment, permission="issues", level="write"),
    Route(method="DELETE", path=ONE, operation=delete_comment, permission="issues", level="write"),
)
