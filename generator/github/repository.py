"""What the repository is, and its workflows."""

from dataclasses import dataclass

from generator.github.connection import GitHub
from generator.github.errors import ForeignAnswerError, explained


@dataclass(frozen=True, kw_only=True)
class RepositoryFacts:
    """A repository as GitHub knows it; `full_name` has GitHub's own spelling, `url` is for people."""

    id: int
    full_name: str
    private: bool
    default_branch: str
    url: str


def about(github: GitHub) -> RepositoryFacts:
    """Read the repository: https://docs.github.com/en/rest/repos/repos#get-a-repository."""
    with explained(f"read the repository {github.full_name}"):
        answer = github.repository
        answer.complete()
        if not answer.id or not answer.default_branch:
            raise ForeignAnswerError
        return RepositoryFacts(
            id=answer.id,
            full_name=answer.full_name,
            private=answer.private,
            default_branch=answer.default_branch,
            url=answer.html_url,
        )


def enable_workflow(github: GitHub, file_name: str) -> None:
    """Enable a workflow by its file name, such as `status.yml`: keeps the schedule of a quiet repository alive.

    Does nothing to one that is enabled. https://docs.github.com/en/rest/actions/workflows#enable-a-workflow
    """
    path = f"/repos/{github.full_name}/actions/workflows/{file_name}/enable"
    with explained(f"enable the workflow {file_name}", "actions: write"):
        _, answer = github.client.requester.requestJsonAndCheck("PUT", path)
        if answer is not None:  # GitHub answers 204, without a word
            raise ForeignAnswerError
