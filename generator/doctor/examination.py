"""The whole examination: files, GitHub, AWS, and a token where there is one. Each works where another is missing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from generator import render, templates_out
from generator.deployment.aws import Aws, connect
from generator.deployment.aws_errors import explained
from generator.doctor import aws_side, expected, github_side, token
from generator.doctor import explained as explaining
from generator.doctor.aws_side import AwsSide
from generator.doctor.findings import Finding, ok, problem, warning
from generator.doctor.looking import attempt, look
from generator.doctor.trust_policy import TrustPolicy
from generator.errors import InvalidInputError
from generator.github import id_token
from generator.inputs.project import Project, load_project
from generator.inputs.settings import PRODUCTION, Settings
from generator.presets import Preset
from generator.stacks import oidc


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is examined: a repository's folder, one environment and its settings, and what the process was given.

    `token` is an OIDC token to explain; without one, a job that may have a token asks for it.
    """

    root: Path
    settings: Settings
    environ: Mapping[str, str]
    now: datetime
    environment: str = PRODUCTION
    repository: str | None = None
    token: str | None = None


def examine(case: Case) -> tuple[Finding, ...]:
    """Look at everything, and change nothing."""
    presets, of_files = files(case.root)
    github = github_side.examine(case.settings.github, case.environment, case.root, case.environ, case.repository)
    aws = in_aws(case.settings, presets, github.says)
    of_token = look("token", lambda: explanation(case, aws, github.says))
    return (*of_files, *github.findings, *aws.findings, *of_token)


def files(root: Path) -> tuple[tuple[Preset, ...], tuple[Finding, ...]]:
    """Return the presets, none where one is not valid, and whether what is rendered from them is committed."""
    try:
        project = load_project(root)
    except InvalidInputError as error:
        return (), tuple(problem("presets", str(one), "") for one in error.problems)
    rows = (ok("presets", ", ".join(preset.name for preset in project.presets) or "none"), *_rendered(project))
    return project.presets, rows


def _rendered(project: Project) -> tuple[Finding, ...]:
    def differences() -> Iterator[Finding]:
        found = templates_out.differences(project.root, render.render(project))
        for each in found:
            yield problem("templates_out", str(each), "")
        if not found:
            yield ok("templates_out", "in step with presets/ and spot-runner.yaml")

    return look("templates_out", differences)


def in_aws(settings: Settings, presets: tuple[Preset, ...], says: Mapping[str, str]) -> AwsSide:
    """Look at AWS, if there are credentials at all."""

    def connected() -> Aws:
        with explained():
            return connect(settings.region)

    aws = attempt("credentials", connected)
    return AwsSide(findings=(aws,)) if isinstance(aws, Finding) else aws_side.examine(aws, settings, presets, says)


def explanation(case: Case, aws: AwsSide, says: Mapping[str, str]) -> Iterator[Finding]:
    """Yield how roles take the token that was given, or that this job may have."""
    if case.token is None and not id_token.available(case.environ):
        if case.environ.get("GITHUB_ACTIONS") == "true":
            yield warning("token", "this job may have no OIDC token", "give it `permissions: id-token: write`")
        return
    claims = token.decoded(id_token.requested(case.environ, oidc.AUDIENCE) if case.token is None else case.token)
    roles = aws.trusted or _as_rendered(case, says)
    if not roles:
        said = f"{token.shown(claims)}; neither AWS nor GitHub tells what roles should trust"
        yield warning("token", said, "give this command credentials for AWS, or a token for GitHub")
        return
    yield from explaining.explain(claims, roles, case.now)


def _as_rendered(case: Case, says: Mapping[str, str]) -> Mapping[str, tuple[TrustPolicy, ...]]:
    """Return what roles would trust after a bootstrap, or nothing where GitHub does not tell whom."""
    if not says:
        return {}
    wanted = aws_side.wanted_bootstrap(case.settings, {**says, oidc.ENVIRONMENT: case.environment})
    return {role: (policy,) for role, policy in expected.trust_policies(wanted.body, wanted.parameters).items()}
