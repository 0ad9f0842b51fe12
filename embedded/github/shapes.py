"""What is known, in the shapes of GitHub's JSON, which its OpenAPI description defines: https://docs.github.com/en/rest."""

from typing import Any, Protocol

from embedded.github.clock import stamp
from embedded.github.requests import Request
from embedded.github.world import Comment, Issue, Repository, Workflow, World

USER_URLS = {
    "followers_url": "/followers", "following_url": "/following{/other_user}", "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}", "subscriptions_url": "/subscriptions", "organizations_url": "/orgs",
    "repos_url": "/repos", "events_url": "/events{/privacy}", "received_events_url": "/received_events",
}  # fmt: skip
REPOSITORY_URLS = {
    "archive_url": "/{archive_format}{/ref}", "assignees_url": "/assignees{/user}", "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}", "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}", "commits_url": "/commits{/sha}", "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}", "contributors_url": "/contributors", "deployments_url": "/deployments",
    "downloads_url": "/downloads", "events_url": "/events", "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}", "git_refs_url": "/git/refs{/sha}", "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks", "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}", "keys_url": "/keys{/key_id}", "labels_url": "/labels{/name}",
    "languages_url": "/languages", "merges_url": "/merges", "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}", "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}", "stargazers_url": "/stargazers", "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers", "subscription_url": "/subscription", "tags_url": "/tags", "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}  # fmt: skip
ORGANIZATION_URLS = {
    "repos_url": "/repos", "events_url": "/events", "hooks_url": "/hooks", "issues_url": "/issues",
    "members_url": "/members{/member}", "public_members_url": "/public_members{/member}",
}  # fmt: skip
COUNTS = (
    "forks", "forks_count", "size", "stargazers_count", "watchers", "watchers_count", "network_count",
    "subscribers_count",
)  # fmt: skip
NEVER = (
    "fork", "has_projects", "has_wiki", "has_pages", "has_discussions", "disabled", "is_template", "allow_forking",
    "web_commit_signoff_required",
)  # fmt: skip


class Place(Protocol):
    """What is known, and the address that links to it begin with; a request has both."""

    @property
    def world(self) -> World:
        """What is known."""
        ...

    @property
    def api(self) -> str:
        """The address of the API."""
        ...


def web(place: Place) -> str:
    """Return the address of the pages for people."""
    return place.api.removesuffix("/api/v3")


def user_json(place: Place, login: str) -> dict[str, Any]:
    """Return an account; one whose login ends in [bot] is a Bot."""
    id_, address = place.world.user_id(login), f"{place.api}/users/{login}"
    is_bot = login.endswith("[bot]")
    page = f"{web(place)}/apps/{login.removesuffix('[bot]')}" if is_bot else f"{web(place)}/{login}"
    kind = "Organization" if place.world.is_organization(login) else "Bot" if is_bot else "User"
    return {
        "login": login, "id": id_, "node_id": f"U_{id_}", "avatar_url": f"{web(place)}/avatars/u/{id_}",
        "gravatar_id": "", "url": address, "html_url": page, **{name: address + end for name, end in USER_URLS.items()},
        "type": kind, "user_view_type": "public", "site_admin": False,
    }  # fmt: skip


def organization_json(place: Place, login: str) -> dict[str, Any]:
    """Return an organization, as it stands beside what happened in it."""
    user, address = user_json(place, login), f"{place.api}/orgs/{login}"
    return {
        **{name: user[name] for name in ("login", "id", "node_id", "avatar_url")}, "description": None, "url": address,
        **{name: address + end for name, end in ORGANIZATION_URLS.items()},
    }  # fmt: skip


def repository_json(place: Place, it: Repository) -> dict[str, Any]:
    """Return a repository in full."""
    address, page, time = f"{place.api}/repos/{it.full_name}", f"{web(place)}/{it.full_name}", stamp(it.created_at)
    opened = sum(issue.state == "open" for issue in it.issues.values())
    return {
        "id": it.id, "node_id": f"R_{it.id}", "name": it.name, "full_name": it.full_name,
        "owner": user_json(place, it.owner), "private": it.private, "html_url": page, "url": address,
        "visibility": "private" if it.private else "public", "default_branch": it.default_branch,
        "archived": it.archived, "has_issues": it.has_issues, "open_issues": opened, "open_issues_count": opened,
        "clone_url": f"{page}.git", "git_url": f"{page}.git", "ssh_url": f"{page}.git", "svn_url": page,
        "created_at": time, "updated_at": time, "pushed_at": time, "topics": [], "has_downloads": True,
        "custom_properties": {},
        **dict.fromkeys(("description", "homepage", "language", "license", "mirror_url")),
        **dict.fromkeys(COUNTS, 0), **dict.fromkeys(NEVER, False),
        **{name: address + end for name, end in REPOSITORY_URLS.items()},
    }  # fmt: skip


def issue_json(request: Request, it: Issue) -> dict[str, Any]:
    """Return an issue; a pull request is one with `pull_request`."""
    full_name = request.repository.full_name
    repository, kind = f"{request.api}/repos/{full_name}", "pull" if it.is_pull_request else "issues"
    address, page = f"{repository}/issues/{it.number}", f"{web(request)}/{full_name}/{kind}/{it.number}"
    pull = {"url": f"{repository}/pulls/{it.number}", "html_url": page, "diff_url": f"{page}.diff"}
    merged_at = stamp(it.merged_at) if it.merged_at else None
    only_pull = {"pull_request": {**pull, "patch_url": f"{page}.patch", "merged_at": merged_at}, "draft": False}
    return {
        "url": address, "repository_url": repository, "labels_url": f"{address}/labels{{/name}}",
        "comments_url": f"{address}/comments", "events_url": f"{address}/events", "html_url": page, "id": it.id,
        "node_id": f"I_{it.id}", "number": it.number, "title": it.title, "user": user_json(request, it.author),
        "labels": [], "state": it.state, "locked": False, "assignee": None, "assignees": [], "milestone": None,
        "comments": len(it.comments), "created_at": stamp(it.created_at), "updated_at": stamp(it.updated_at),
        "closed_at": stamp(it.closed_at) if it.closed_at else None, "author_association": "CONTRIBUTOR",
        "active_lock_reason": None, "body": it.body, "state_reason": it.state_reason, "performed_via_github_app": None,
        "closed_by": user_json(request, it.closed_by) if it.closed_by else None,
        "timeline_url": f"{address}/timeline", **(only_pull if it.is_pull_request else {}),
    }  # fmt: skip


def comment_json(request: Request, issue: Issue, it: Comment) -> dict[str, Any]:
    """Return a comment."""
    whole = issue_json(request, issue)
    return {
        "url": f"{whole['repository_url']}/issues/comments/{it.id}", "issue_url": whole["url"],
        "html_url": f"{whole['html_url']}#issuecomment-{it.id}", "id": it.id, "node_id": f"IC_{it.id}",
        "user": user_json(request, it.author), "created_at": stamp(it.created_at), "updated_at": stamp(it.updated_at),
        "body": it.body, "author_association": "CONTRIBUTOR", "performed_via_github_app": None,
    }  # fmt: skip


def workflow_json(request: Request, it: Workflow) -> dict[str, Any]:
    """Return a workflow; its name is its path until its file says another."""
    repository, path = request.repository, f".github/workflows/{it.file_name}"
    page = f"{web(request)}/{repository.full_name}"
    return {
        "id": it.id, "node_id": f"W_{it.id}", "name": path, "path": path, "state": it.state,
        "created_at": stamp(it.created_at), "updated_at": stamp(it.created_at),
        "url": f"{request.api}/repos/{repository.full_name}/actions/workflows/{it.id}",
        "html_url": f"{page}/blob/{repository.default_branch}/{path}",
        "badge_url": f"{page}/workflows/{path}/badge.svg",
    }  # fmt: skip
