"""Whom the bootstrap stack trusts: one repository, as GitHub itself tells of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from generator.errors import SpotRunnerError, UsageError
from generator.github import connection, location, subject
from generator.github import repository as repositories
from generator.inputs.settings import GitHub as GitHubSettings
from generator.render import GHE_COM, GITHUB_COM

PREFIX, REPOSITORY_ID, BRANCH = "SubjectPrefix", "RepositoryId", "BranchRef"
# Read as `repo:owner/name` or `repo:owner@1/name@2`; anything else does not fit into a trust policy.
SUBJECT_PREFIX = re.compile(r"repo:(?P<owner>[A-Za-z0-9_.-]+)(@\d+)?/(?P<name>[A-Za-z0-9_.-]+)(@\d+)?")


@dataclass(frozen=True, kw_only=True)
class Trust:
    """A repository and what its OIDC tokens say of it."""

    repository: str
    repository_id: int
    subject_prefix: str
    default_branch: str

    @property
    def parameters(self) -> dict[str, str]:
        """Return the bootstrap stack's parameters that follow."""
        return {
            PREFIX: self.subject_prefix,
            REPOSITORY_ID: str(self.repository_id),
            BRANCH: f"refs/heads/{self.default_branch}",
        }


@dataclass(frozen=True, kw_only=True)
class NotRead:
    """GitHub was not asked, and why: then options, or what is deployed, must say whom to trust."""

    why: str

    @property
    def parameters(self) -> dict[str, str]:
        """Return nothing: whom to trust is not guessed."""
        return {}


def read(settings: GitHubSettings, root: Path, environ: Mapping[str, str], repository: str | None) -> Trust | NotRead:
    """Ask GitHub, if there is a token and the repository is known, by `repository` or otherwise.

    Raises SpotRunnerError for what GitHub refuses, for another owner's repository, and for subjects of another form.
    """
    try:
        found = location.located(environ, root, settings.server_url, repository)
    except location.NobodyTellsError as error:
        return NotRead(why=str(error))
    github = connection.connect(found, settings.server_url)
    facts = repositories.about(github)
    check_owner(facts.full_name.partition("/")[0], settings, f"the repository is {facts.full_name}")
    return Trust(
        repository=facts.full_name,
        repository_id=facts.id,
        subject_prefix=prefix_of(subject.read(github), facts.full_name, settings.server_url),
        default_branch=facts.default_branch,
    )


def check_owner(owner: str, settings: GitHubSettings, what: str) -> None:
    """Refuse to trust a repository of another owner than the one whose repositories are served."""
    if owner.casefold() != settings.owner.casefold():
        raise SpotRunnerError(
            f"{what}, spot-runner.yaml says github.owner: {settings.owner}: correct github.owner, or run this for a "
            f"repository of {settings.owner}"
        )


def check_prefix(prefix: str, settings: GitHubSettings) -> None:
    """Refuse a subject prefix, given by hand, of another form or of another owner."""
    named = SUBJECT_PREFIX.fullmatch(prefix)
    if named is None:
        raise UsageError(f"--subject-prefix is {prefix!r}, expected repo:OWNER/REPO or repo:OWNER@ID/REPO@ID")
    check_owner(named["owner"], settings, f"--subject-prefix is {prefix}")


def prefix_of(template: subject.Subject, repository: str, server_url: str) -> str:
    """Return what every subject of the repository begins with; raise for a template of another form.

    Only GitHub Enterprise Server, which knows no immutable subjects, may leave it out: there it is the name.
    https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
    """
    if not template.is_usual:
        made_of = ", ".join(template.claim_keys) or "what its organization says"
        raise SpotRunnerError(
            f"the subjects of {repository}'s OIDC tokens are made of {made_of}, expected GitHub's default, which trust "
            f"policies can name: `gh api --method PUT repos/{repository}/actions/oidc/customization/sub "
            "-F use_default=true`, then repeat the command"
        )
    prefix = template.prefix or (f"repo:{repository}" if _is_enterprise_server(server_url) else "")
    if not SUBJECT_PREFIX.fullmatch(prefix):
        raise SpotRunnerError(
            f"GitHub says that subjects of {repository} begin with {prefix!r}, expected repo:OWNER/REPO or "
            "repo:OWNER@ID/REPO@ID: pass --subject-prefix and --repository-id"
        )
    return prefix


def _is_enterprise_server(server_url: str) -> bool:
    return server_url != GITHUB_COM and not server_url.lower().endswith(GHE_COM)
