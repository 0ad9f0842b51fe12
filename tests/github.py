"""A played GitHub with one repository, and what a job's environment would say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from github import Auth, Github

from embedded.github.server import PlayedGitHub
from embedded.github.world import Issue, Repository, Token
from generator.github.connection import GitHub, connect

REPOSITORY = "octo-org/runners"
BOT = "github-actions[bot]"
EVERYTHING = {"issues": "write", "pull_requests": "write", "actions": "write"}


@dataclass(frozen=True, kw_only=True)
class GitHubServer:
    """The played GitHub, its one repository, and `environ` as a job of it has; the job's token may do everything."""

    played: PlayedGitHub
    repository: Repository
    environ: Mapping[str, str]
    waits: list[float] = field(default_factory=list)

    def give(self, **fields: Any) -> None:
        """Change what the job's token is: its login, kind, permissions, repositories or requests_per_hour."""
        token: dict[str, Any] = {"login": BOT, "permissions": EVERYTHING, "repositories": (REPOSITORY,)}
        self.played.world.tokens[self.environ["GITHUB_TOKEN"]] = Token(**{**token, **fields})

    def connect(self) -> GitHub:
        """Connect as a job would, without pauses; a wait goes to `waits`, and the played time passes instead."""
        return connect(self.environ, wait=self._pass)

    def _pass(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.played.clock.forward(seconds)

    def client(self, token: str = "ghs_job") -> Github:  # noqa: S107 - made up
        """Return PyGithub as anybody would use it, without repetitions; '' is nobody's token."""
        auth = Auth.Token(token) if token else None
        return Github(
            auth=auth,
            base_url=self.played.api_url,
            retry=None,
            seconds_between_requests=0,
            seconds_between_writes=0,
            lazy=True,
        )

    def issue(self, author: str = BOT, title: str = "linux-x64 is degraded", **fields: Any) -> Issue:
        """Open an issue, or a pull request (`is_pull_request`), without a request."""
        return self.played.world.add_issue(self.repository, author, title, **fields)

    def asked(self) -> list[str]:
        """Return the requests so far, such as `GET /repos/octo-org/runners`."""
        return [f"{call.method} {call.path}" for call, _ in self.played.calls]


def serve(played: PlayedGitHub) -> GitHubServer:
    """Put the repository and the job's token in a played GitHub that runs."""
    environ = {"GITHUB_API_URL": played.api_url, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": "ghs_job"}
    made = GitHubServer(played=played, repository=played.world.add_repository(REPOSITORY), environ=environ)
    made.give()
    return made
