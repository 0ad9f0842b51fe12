"""A played GitHub with one repository, and what a job's environment would say of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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

    def give(self, **fields: Any) -> None:
        """Change what the job's token is: its login, kind, permissions, repositories or requests_per_hour."""
        token: dict[str, Any] = {"login": BOT, "permissions": EVERYTHING, "repositories": (REPOSITORY,)}
        self.played.world.tokens[self.environ["GITHUB_TOKEN"]] = Token(**{**token, **fields})

    def connect(self) -> GitHub:
        """Connect as a job would, without pauses: where the client waits, the played time passes."""
        return connect(self.environ, seconds_between_writes=0, wait=self.played.clock.forward)

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
