"""What the repository is, what its OIDC tokens say, and its workflows."""

from dataclasses import dataclass

from generator.errors import SpotRunnerError
from generator.github.connection import GitHub
from generator.github.errors import explained


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
        return RepositoryFacts(
            id=answer.id,
            full_name=answer.full_name,
            private=answer.private,
            default_branch=answer.default_branch,
            url=answer.html_url,
        )


def subject_prefix(github: GitHub) -> str:
    """Read what the `sub` of the repository's OIDC tokens begins with, such as `repo:octo-org@1/runners@2`.

    https://docs.github.com/en/rest/actions/oidc#get-the-customization-template-for-an-oidc-subject-claim-for-a-repository
    """
    path = f"/repos/{github.full_name}/actions/oidc/customization/sub"
    with explained("read the OIDC subject's prefix", "actions: read"):
        _, answer = github.client.requester.requestJsonAndCheck("GET", path)
    prefix = answer.get("sub_claim_prefix")
    if not isinstance(prefix, str) or not prefix:
        raise SpotRunnerError(
            "GitHub: the OIDC subject's prefix is not in its answer (older GitHub Enterprise Servers do not tell it): "
            "pass --subject-prefix, such as repo:OWNER/REPO"
        )
    return prefix


def enable_workflow(github: GitHub, file_name: str) -> None:
    """Enable a workflow by its file name, such as `status.yml`: keeps the schedule of a quiet repository alive.

    Does nothing to one that is enabled. https://docs.github.com/en/rest/actions/workflows#enable-a-workflow
    """
    path = f"/repos/{github.full_name}/actions/workflows/{file_name}/enable"
    with explained(f"enable the workflow {file_name}", "actions: write"):
        github.client.requester.requestJsonAndCheck("PUT", path)
