"""Everything that the played GitHub knows: users, tokens, repositories and what is in them."""

import itertools
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from embedded.github.clock import Clock

LEVELS = ("none", "read", "write", "admin")


@dataclass(frozen=True, kw_only=True)
class Token:
    """What a bearer may do: `permissions` such as {"issues": "write"}, in `repositories` (full names).

    `kind` is `integration` (of an App, or a job's GITHUB_TOKEN), `personal access token` (fine-grained), or `app`: an
    App that speaks for itself, by its `app_id`. An installation's token has its `installation_id`, the `account` where
    it is, and may have all repositories there (`repositories` is None); it ends at `expires_at`.
    """

    login: str
    permissions: Mapping[str, str]
    repositories: tuple[str, ...] | None
    kind: str = "integration"
    requests_per_hour: int = 5000
    app_id: int | None = None
    installation_id: int | None = None
    account: str = ""
    expires_at: datetime | None = None

    @property
    def counted_as(self) -> str:
        """Whose limits its requests use up: each installation has its own, an App by itself too."""
        if self.installation_id is not None:
            return f"installation ID {self.installation_id}"
        return self.login or "you"

    def covers(self, repository: "Repository") -> bool:
        """Tell whether a repository is among those that it is for."""
        if self.repositories is None:
            return repository.owner.lower() == self.account.lower()
        return repository.full_name.lower() in {name.lower() for name in self.repositories}

    def allows(self, permission: str, level: str) -> bool:
        """Tell whether a permission is given, at least at this level; metadata may always be read."""
        given = self.permissions.get(permission, "read" if permission == "metadata" else "none")
        return LEVELS.index(given) >= LEVELS.index(level)


@dataclass(kw_only=True)
class Comment:
    """One comment of an issue or pull request."""

    id: int
    author: str
    body: str
    created_at: datetime
    updated_at: datetime


@dataclass(kw_only=True)
class Issue:
    """One issue or pull request; both share their numbers."""

    id: int
    number: int
    author: str
    title: str
    body: str | None
    is_pull_request: bool
    created_at: datetime
    updated_at: datetime
    state: str = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    merged_at: datetime | None = None
    comments: list[Comment] = field(default_factory=list)


@dataclass(kw_only=True)
class Workflow:
    """One workflow; `state` is `active`, `disabled_manually` or `disabled_inactivity`."""

    id: int
    file_name: str
    created_at: datetime
    state: str = "active"


@dataclass(kw_only=True)
class Repository:
    """One repository; with `immutable_subject`, ids are part of its OIDC subject.

    `claim_keys` are a template of its own for that subject; `environments` tells by name whether one takes selected
    branches only.
    """

    id: int
    owner: str
    name: str
    created_at: datetime
    private: bool = True
    archived: bool = False
    has_issues: bool = True
    default_branch: str = "main"
    immutable_subject: bool = True
    claim_keys: tuple[str, ...] | None = None
    actions_enabled: bool = True
    environments: dict[str, bool] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    workflows: dict[str, Workflow] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """`owner/name`, in the spelling it was given."""
        return f"{self.owner}/{self.name}"


class World:
    """The state, and how it comes to be without a request."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = threading.RLock()  # whoever reads or changes the state while requests come in holds it
        self.organizations: set[str] = set()  # logins in lower case
        self.repositories: dict[str, Repository] = {}  # by full name in lower case
        self.renamed: dict[str, Repository] = {}  # by the full name they had
        self.tokens: dict[str, Token] = {}
        self._users: dict[str, int] = {}
        self._ids = itertools.count(1001)

    def next_id(self) -> int:
        """Return an id that nothing else has."""
        return next(self._ids)

    def user_id(self, login: str) -> int:
        """Return a user's id; users come to be when they are named."""
        return self._users.setdefault(login, next(self._ids))

    def add_organization(self, login: str) -> None:
        """Make an organization; other accounts are people's."""
        self.organizations.add(login.lower())

    def is_organization(self, login: str) -> bool:
        """Tell an organization from a person."""
        return login.lower() in self.organizations

    def subject_prefix(self, repository: Repository) -> str:
        """Return how the subjects of a repository's OIDC tokens begin: by ids where nobody can take names over."""
        it = repository
        by_id = f"repo:{it.owner}@{self.user_id(it.owner)}/{it.name}@{it.id}"
        return by_id if it.immutable_subject else f"repo:{it.full_name}"

    def add_repository(self, full_name: str, *, private: bool = True, **fields: object) -> Repository:
        """Make a repository."""
        owner, name = full_name.split("/")
        made = Repository(
            id=next(self._ids), owner=owner, name=name, private=private, created_at=self.clock.now(), **fields
        )
        self.repositories[full_name.lower()] = made
        return made

    def rename(self, repository: Repository, name: str) -> None:
        """Give a repository another name; its old one leads there."""
        self.renamed[repository.full_name.lower()] = self.repositories.pop(repository.full_name.lower())
        repository.name = name
        self.repositories[repository.full_name.lower()] = repository

    def add_workflow(self, repository: Repository, file_name: str, *, state: str = "active") -> Workflow:
        """Make a workflow, known by the name of its file in .github/workflows."""
        made = Workflow(id=next(self._ids), file_name=file_name, state=state, created_at=self.clock.now())
        repository.workflows[file_name] = made
        return made

    def add_issue(
        self, repository: Repository, author: str, title: str, body: str | None = None, *, is_pull_request: bool = False
    ) -> Issue:
        """Open an issue or a pull request."""
        now, number = self.clock.now(), len(repository.issues) + 1
        made = Issue(
            id=next(self._ids), number=number, author=author, title=title, body=body, is_pull_request=is_pull_request,
            created_at=now, updated_at=now,
        )  # fmt: skip
        repository.issues[number] = made
        return made

    def merge(self, pull_request: Issue, login: str) -> None:
        """Merge a pull request, which closes it; git is not played."""
        now = self.clock.now()
        pull_request.state, pull_request.closed_by = "closed", login
        pull_request.closed_at = pull_request.merged_at = pull_request.updated_at = now

    def add_comment(self, issue: Issue, author: str, body: str) -> Comment:
        """Write a comment, which is an update of its issue."""
        now = self.clock.now()
        made = Comment(id=next(self._ids), author=author, body=body, created_at=now, updated_at=now)
        issue.comments.append(made)
        issue.updated_at = now
        return made
