"""All that is looked at in GitHub; AWS is not needed for it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from generator.doctor import deploy_workflow
from generator.doctor import github as checks
from generator.doctor.findings import Finding, warning
from generator.doctor.looking import attempt
from generator.errors import SpotRunnerError
from generator.github import connection, location, settings
from generator.inputs.settings import GitHub as GitHubSettings
from generator.setup import trust as trusting
from generator.setup.trust import NotRead, Trust


@dataclass(frozen=True, kw_only=True)
class GitHubSide:
    """What was found, and the bootstrap stack's parameters as GitHub tells them; none where it was not asked."""

    findings: tuple[Finding, ...]
    says: Mapping[str, str]


def examine(
    configured: GitHubSettings, environment: str, root: Path, environ: Mapping[str, str], repository: str | None
) -> GitHubSide:
    """Look at everything; a GitHub that was not asked is one row, and so is one that refuses the first question.

    `environment` is the one that deploys, by its name in GitHub and in spot-runner.yaml.
    """
    trust = attempt("repository", lambda: trusting.read(configured, root, environ, repository))
    if isinstance(trust, NotRead):
        row = warning("GitHub", f"not looked at: {trust.why}", "do so, and repeat the command")
        return GitHubSide(findings=(row,), says={})
    if isinstance(trust, Finding):
        return GitHubSide(findings=(trust,), says={})
    found = location.located(environ, root, configured.server_url, repository)
    github = connection.connect(found, configured.server_url)
    seen = (
        *checks.repository(trust),
        *deploy_workflow.check(root, trust.repository, trust.default_branch),
        *_settings(github, trust, environment, configured.server_url),
    )
    return GitHubSide(findings=seen, says=trust.parameters)


def _settings(github: connection.GitHub, trust: Trust, environment: str, server_url: str) -> Iterator[Finding]:
    branch = trust.parameters[trusting.BRANCH]
    yield from _seen("Actions", lambda: checks.actions(settings.runs_actions(github), github.full_name))
    yield from _seen("workflows", lambda: checks.workflows(settings.workflows(github)))
    yield from _seen(
        f"environment {environment}",
        lambda: checks.environment(settings.environments(github), environment, branch, server_url),
    )


def _seen(about: str, check: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """Yield what a check finds; the token of a job, for one, may read no settings of its repository."""
    try:
        yield from check()
    except SpotRunnerError as error:  # its message has the remedy
        yield warning(about, f"not looked at: {error}", "")
