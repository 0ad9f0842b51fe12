"""The team's repository on the played GitHub: pull requests, issues, and what the jobs of its workflows are given."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from embedded.github.clock import stamp
from embedded.github.id_tokens import PATH as ID_TOKEN
from embedded.github.id_tokens import Job
from embedded.github.server import PlayedGitHub
from embedded.github.world import Comment, Issue, Repository, Token
from generator.local.posts import Post

NAME, STATUS_WORKFLOW = "runners", "status.yml"
BOT, PERSON, ADMINISTRATOR = "github-actions[bot]", "platform-engineer", "platform-admin"
READS_SETTINGS = {"actions": "read", "administration": "read", "environments": "read"}


@dataclass(frozen=True, kw_only=True)
class Hosting:
    """One repository on a running GitHub; `server_url` is the address of spot-runner.yaml, which links begin with."""

    played: PlayedGitHub
    repository: Repository
    server_url: str

    def administrators(self) -> dict[str, str]:
        """Return the environment variables of an administrator's sign-in to GitHub."""
        return {**self._about(), "GITHUB_TOKEN": self._token(ADMINISTRATOR, READS_SETTINGS)}

    def pull_request_jobs(self, number: int) -> dict[str, str]:
        """Return the environment variables of a job of check.yml."""
        ref = f"refs/pull/{number}/merge"
        job = Job(repository=self.repository, event="pull_request", ref=ref)
        return {**self._job(job), "GITHUB_TOKEN": self._token(BOT, {"pull_requests": "write"})}

    def deploy_jobs(self, environment: str) -> dict[str, str]:
        """Return the environment variables of a job of deploy.yml."""
        return self._job(Job(repository=self.repository, environment=environment))

    def status_jobs(self) -> dict[str, str]:
        """Return the environment variables of a job of status.yml."""
        job = Job(repository=self.repository, event="schedule")
        return {**self._job(job), "GITHUB_TOKEN": self._token(BOT, {"issues": "write"})}

    def open_pull_request(self, title: str) -> Issue:
        """Open a pull request, as a person does on its page."""
        return self.played.world.add_issue(self.repository, PERSON, title, is_pull_request=True)

    def merge(self, pull_request: Issue) -> None:
        """Merge a pull request, as a person does on its page."""
        self.played.world.merge(pull_request, PERSON)

    def issues(self) -> tuple[Issue, ...]:
        """Return all issues, which pull requests are not."""
        return tuple(one for one in self.repository.issues.values() if not one.is_pull_request)

    def post(self, issue: Issue) -> Post:
        """Return an issue as its page shows it."""
        return self._post(issue, issue.author, issue.body or "", "opened", stamp(issue.created_at))

    def comment(self, issue: Issue, comment: Comment) -> Post:
        """Return a comment as the page of its issue or pull request shows it."""
        return self._post(issue, comment.author, comment.body, "commented", stamp(comment.created_at))

    def asked(self) -> list[str]:
        """Return the requests to the API so far, such as `GET /repos/octo-org/runners`."""
        return [f"{call.method} {call.path}" for call, _ in self.played.calls if call.path != ID_TOKEN]

    def _post(self, issue: Issue, author: str, markdown: str, did: str, at: str) -> Post:
        kind = "pull" if issue.is_pull_request else "issues"
        merged = "merged" if issue.merged_at else issue.state
        return Post(
            number=issue.number,
            is_pull_request=issue.is_pull_request,
            title=issue.title,
            state=merged,
            state_reason=issue.state_reason,
            url=f"{self.played.server_url}/{self.repository.full_name}/{kind}/{issue.number}",
            author=author,
            did=did,
            at=at,
            markdown=markdown,
        )

    def _job(self, job: Job) -> dict[str, str]:
        context = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": job.event, "GITHUB_REF": job.ref}
        return {**self._about(), **context, **self.played.job(job)}

    def _about(self) -> dict[str, str]:
        return {
            "GITHUB_API_URL": self.played.api_url,
            "GITHUB_SERVER_URL": self.server_url,
            "GITHUB_REPOSITORY": self.repository.full_name,
        }

    def _token(self, login: str, permissions: Mapping[str, str]) -> str:
        made = secrets.token_hex(18)
        kind = "integration" if login == BOT else "personal access token"
        token = Token(login=login, permissions=permissions, repositories=(self.repository.full_name,), kind=kind)
        self.played.world.tokens[made] = token
        return made


def hosted(played: PlayedGitHub, owner: str, server_url: str, environment: str) -> Hosting:
    """Make the team's repository, with the environment that deploys and the workflow that watches."""
    played.world.add_organization(owner)
    repository = played.world.add_repository(f"{owner}/{NAME}", environments={environment: True})
    played.world.add_workflow(repository, STATUS_WORKFLOW)
    return Hosting(played=played, repository=repository, server_url=server_url)
